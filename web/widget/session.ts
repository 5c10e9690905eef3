/** The customer's talk in this tab: what is shown, what waits to be sent, and who they are. */

import type { Button, ClientFrame, Hello, Language, Line, Message, ServerFrame, Welcome } from "../shared/protocol.ts";
import { type Change, type Chat, EMPTY, hasOlder, leavesGap, newest, unread, update } from "./chat.ts";
import { Connection, type Kind, type Open } from "./connection.ts";
import { changed, type Kept, type Queued } from "./storage.ts";
import { faultOf, preview, upload, type Upload } from "./uploads.ts";

const TYPING_AGAIN_MS = 5_000;
const TYPING_STOPS_MS = 4_000;
const RESEND_MS = 5_000;
const READING_MS = 250;

type Surroundings = {
  base: string;
  kept: Kept;
  open: Record<Kind, Open>;
  language(): Language;
  changed(): void;
  /** A line came that the customer has not seen. */
  arrived(): void;
};

export class Session {
  chat: Chat = EMPTY;
  uploads: readonly Upload[] = [];
  isLoadingOlder = false;
  readonly #in: Surroundings;
  readonly #connection: Connection;
  readonly #tab = crypto.randomUUID();
  #customer: string | undefined;
  /** The customer's token that the server has been told. */
  #introduced: string | undefined;
  #isWatched = false;
  #typedAt = 0;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #resend: ReturnType<typeof setTimeout> | undefined;
  #reading: ReturnType<typeof setTimeout> | undefined;
  /** Lines up to here were history when the page was opened. */
  #history: number | null = null;
  #visitor = "";

  constructor(surroundings: Surroundings) {
    this.#in = surroundings;
    for (const queued of this.#kept.queue()) this.chat = update(this.chat, { t: "sending", queued });
    this.#connection = new Connection({
      open: surroundings.open,
      hello: () => this.#hello(),
      heard: (frame) => this.#heard(frame),
      reached: (reach) => this.#apply({ t: "reach", reach }),
      refused: () => this.#refused(),
    });
  }

  get unread(): number {
    return unread(this.chat, this.#kept.read(this.#conversation));
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  wake(): void {
    this.#connection.wake();
  }

  lost(): void {
    this.#connection.lost();
  }

  /** Whether the customer sees the lines: the panel is open and the tab in front. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#noteRead();
  }

  say(text: string): void {
    this.#send({ t: "msg", id: crypto.randomUUID(), text }, text);
  }

  press(button: Button): void {
    this.#send({ t: "msg", id: crypto.randomUUID(), button: button.payload }, button.title);
  }

  again(id: string): void {
    const failed = this.chat.pending.find((one) => one.frame.id === id);
    if (failed) this.#send(failed.frame, failed.shown);
  }

  discard(id: string): void {
    this.#kept.dequeue(id);
    this.#apply({ t: "discard", id });
  }

  thumb(seq: number, up: boolean | null): void {
    const thumb = { t: "thumb", seq, up } as const;
    this.#apply(thumb);
    this.#connection.send(thumb);
  }

  /** False when the line is down: the customer may try again. */
  rate(stars: number, text: string): boolean {
    return this.#connection.send({ t: "rate", stars, ...(text && { text }) });
  }

  older(): void {
    const first = this.chat.lines[0];
    if (first === undefined || this.isLoadingOlder || !hasOlder(this.chat)) return;
    this.isLoadingOlder = this.#connection.send({ t: "older", before: first.seq });
    this.#in.changed();
  }

  /** Only a person cares whether somebody is typing. */
  typed(): void {
    if (this.chat.status.owner === "bot") return;
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => this.#stopTyping(), TYPING_STOPS_MS);
    const now = Date.now();
    if (now - this.#typedAt < TYPING_AGAIN_MS) return;
    this.#typedAt = now;
    this.#connection.send({ t: "typing", on: true });
  }

  async attach(files: Iterable<File>): Promise<void> {
    await Promise.all([...files].map((file) => this.#attach(file)));
  }

  dismiss(id: string): void {
    this.#setUploads(this.uploads.filter((one) => one.id !== id));
  }

  noticed(): void {
    this.#apply({ t: "noticed" });
  }

  identify(token: string): void {
    this.#customer = token;
    this.#introduce();
  }

  /** Nothing of the talk stays here, and the server lets the token open nothing any more. */
  logout(): void {
    this.#kept.leaving = this.#kept.visitor;
    this.#forget();
    if (this.#kept.leaving !== null) this.#connection.send({ t: "logout" });
  }

  /** Who speaks, for requests beside the line. */
  get proof(): { visitor: string | null; customer?: string } {
    const visitor = this.#kept.leaving ?? this.#kept.visitor;
    return { visitor, ...(this.#customer && { customer: this.#customer }) };
  }

  async transcript(): Promise<Blob> {
    const response = await fetch(`${this.#in.base}/web/transcript`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...this.proof, lang: this.#in.language() }),
    });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return response.blob();
  }

  /** Another tab changed what is kept. */
  keptElsewhere(key: string | null, value: string | null): void {
    const name = changed(key);
    if (name === "visitor" && value === null) this.#forgottenElsewhere();
    else if (name === "visitor" && subject(value ?? "") !== this.#visitor) this.#someoneElse();
    else if (name === "read") this.#in.changed();
  }

  /** The talk's id; a talk without one has just begun. */
  get #conversation(): string {
    return this.chat.conversation ?? "new";
  }

  get #kept(): Kept {
    return this.#in.kept;
  }

  /** A token may come while hello is on its way without it. */
  #introduce(): void {
    if (this.#customer === undefined || this.#customer === this.#introduced) return;
    if (this.#connection.send({ t: "identify", customer: this.#customer })) this.#introduced = this.#customer;
  }

  #hello(): Hello {
    this.#introduced = this.#customer;
    const visitor = this.#kept.leaving ?? this.#kept.visitor;
    this.#visitor = subject(visitor ?? "");
    const { conversation } = this.chat;
    return {
      t: "hello",
      v: 1,
      since: conversation === null ? 0 : newest(this.chat),
      lang: this.#in.language(),
      tab: this.#tab,
      ...(visitor && { visitor }),
      ...(this.#customer && { customer: this.#customer }),
      ...(conversation && { conversation }),
    };
  }

  #heard(frame: ServerFrame): void {
    if (this.#kept.leaving !== null) {
      this.#heardWhileLeaving(frame);
      return;
    }
    if (frame.t === "line" && leavesGap(this.chat, frame)) {
      this.#connection.restart();
      return;
    }
    const known = newest(this.chat);
    if (frame.t === "welcome") this.#enter(frame);
    this.#apply(frame);
    if (frame.t === "welcome") this.#welcomed(frame.visitor);
    else if (frame.t === "line") this.#lineCame(frame, known);
    else if (frame.t === "ack") this.#kept.dequeue(frame.id);
    else if (frame.t === "lines") this.#olderCame();
    else if (frame.t === "error") this.#fault(frame);
    else if (frame.t === "signed_out") this.#signedOut();
  }

  #heardWhileLeaving(frame: ServerFrame): void {
    if (frame.t === "welcome") this.#connection.send({ t: "logout" });
    if (frame.t === "signed_out") this.#left();
  }

  /** A talk that had no id has one now: what was read in it stays read. Another talk begins with its history. */
  #enter({ conversation, seq }: Welcome): void {
    if (this.#history === null || conversation !== this.chat.conversation) this.#history = seq;
    if (this.chat.conversation === null && conversation !== null && this.chat.lines.length > 0) {
      this.#kept.setRead(conversation, this.#kept.read("new"));
    }
  }

  #welcomed(visitor: string): void {
    this.#kept.visitor = visitor;
    this.#visitor = subject(visitor);
    this.#introduce();
    this.isLoadingOlder = false;
    for (const queued of this.#kept.queue()) {
      this.#apply({ t: "sending", queued });
      this.#connection.send(queued.frame);
    }
    this.#tellRead();
  }

  #lineCame(line: Line, known: number): void {
    if (line.client_id) this.#kept.dequeue(line.client_id);
    const isNews = line.who !== "customer" && line.seq > Math.max(known, this.#history ?? 0);
    if (isNews && !this.#isWatched) this.#in.arrived();
    this.#noteRead();
  }

  #olderCame(): void {
    this.isLoadingOlder = false;
    this.#in.changed();
  }

  #fault(error: { code: string; id?: string; retry: boolean }): void {
    if (error.code === "expired") this.#customer = undefined;
    if (error.id === undefined) return;
    if (!error.retry) {
      this.#kept.dequeue(error.id);
      return;
    }
    clearTimeout(this.#resend);
    this.#resend = setTimeout(() => this.#sendQueue(), RESEND_MS);
  }

  #refused(): void {
    const customer = this.#customer;
    if (this.#kept.leaving !== null) this.#kept.leaving = null;
    else this.#forget();
    this.#customer = customer; // who is signed in stays so: only the visitor's token is no good
  }

  #signedOut(): void {
    this.#forget();
    this.#connection.restart();
  }

  #left(): void {
    this.#kept.leaving = null;
    this.#connection.restart();
  }

  #forgottenElsewhere(): void {
    this.#clear();
    this.#connection.restart();
  }

  /** Two tabs began at once, each with a visitor of its own: the one that has said nothing joins the other. */
  #someoneElse(): void {
    if (this.chat.lines.length === 0 && this.chat.pending.length === 0) this.#connection.restart();
  }

  /** Another tab may have a new visitor by now, whose things are not ours to remove. */
  #forget(): void {
    if (subject(this.#kept.visitor ?? "") === this.#visitor) this.#kept.forget();
    this.#clear();
  }

  #clear(): void {
    this.#customer = undefined;
    this.#history = null;
    this.#visitor = "";
    this.uploads = [];
    this.#apply({ t: "forgotten" });
  }

  #send(frame: Message, shown: string): void {
    const queued: Queued = { frame, shown, at: Date.now() };
    this.#kept.enqueue(queued);
    this.#apply({ t: "sending", queued });
    if (this.#kept.leaving === null) this.#connection.send(frame);
    this.#stopTyping();
  }

  #sendQueue(): void {
    for (const queued of this.#kept.queue()) this.#connection.send(queued.frame);
  }

  #stopTyping(): void {
    clearTimeout(this.#typingEnds);
    if (this.#typedAt === 0) return;
    this.#typedAt = 0;
    const off: ClientFrame = { t: "typing", on: false };
    this.#connection.send(off);
  }

  async #attach(file: File): Promise<void> {
    const rules = this.chat.config?.files;
    const visitor = this.#kept.visitor;
    if (rules === undefined || visitor === null) return;
    const id = crypto.randomUUID();
    const fault = faultOf(file, rules);
    const seen = { id, name: file.name, bytes: file.size, preview: null, progress: 0, fault };
    this.#setUploads([...this.uploads, seen]);
    if (fault) return;
    void preview(file).then((found) => this.#setUpload(id, { preview: found }));
    const progress = (share: number) => this.#setUpload(id, { progress: share });
    await upload(this.#in.base, visitor, file, progress).then(
      (stored) => {
        this.dismiss(id);
        this.#send({ t: "msg", id, files: [stored] }, file.name);
      },
      (why: Upload["fault"]) => this.#setUpload(id, { fault: why }),
    );
  }

  #setUpload(id: string, change: Partial<Upload>): void {
    this.#setUploads(this.uploads.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #setUploads(uploads: readonly Upload[]): void {
    this.uploads = uploads;
    this.#in.changed();
  }

  #noteRead(): void {
    const seq = newest(this.chat);
    if (!this.#isWatched || seq <= this.#kept.read(this.#conversation)) return;
    this.#kept.setRead(this.#conversation, seq);
    this.#in.changed();
    this.#reading ??= setTimeout(() => this.#tellRead(), READING_MS);
  }

  /** Once for all lines that came together. */
  #tellRead(): void {
    this.#reading = undefined;
    const seq = this.#kept.read(this.#conversation);
    if (seq > 0) this.#connection.send({ t: "read", seq });
  }

  #apply(change: Change): void {
    this.chat = update(this.chat, change);
    this.#in.changed();
  }
}

/** Whom a visitor's token names; the token changes with each renewal, its subject does not. */
function subject(token: string): string {
  try {
    return (JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as { sub?: string }).sub ?? token;
  } catch {
    return token;
  }
}
