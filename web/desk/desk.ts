/** The desk in this tab: who is signed in, what is open, and what is on its way to the server. */

import type { Approval, Done, Frame, Item, Line, Presence, Refusal, Saying, Sentence, Shelf, WaitFigures, Words } from "../shared/desk.ts";
import type { Both, Language, SentFile } from "../shared/protocol.ts";
import { Refused } from "../shared/staff/api.ts";
import type { Api } from "./api.ts";
import type { Kept } from "./kept.ts";
import { type Change, EMPTY, itemOf, type State, talkOf, update } from "./state.ts";
import { type OpenSocket, Wire } from "./wire.ts";

const DRAFT_MS = 350;
const RESEND_MS = 3_000;
const ANSWER_MS = 15_000;
const FIGURES_MS = 20_000;
const SUGGEST_MS = 150;

/** What the agent's attention is called to: a sound, a desktop notification. */
export type Call = { kind: "queue" | "line" | "mention" | "approval" | "assigned"; conversation: string; who: string; text: Sentence };
export type Toast = { id: number; kind: "fault" | "good" | "news"; text: Both; conversation?: string };
type Answer = { done(answer: Done): void; refused(why: Refusal): void; timer: ReturnType<typeof setTimeout> };
type Surroundings = {
  api: Api;
  kept: Kept;
  open: OpenSocket;
  language(): Language;
  changed(): void;
  called(call: Call): void;
};

export const NO_LINE: Both = { zh: "连接已断开，请稍后再试。", en: "The connection is down. Please try again in a moment." };

export class Desk {
  state: State = EMPTY;
  /** Whether anybody is signed in is not known before the first answer. */
  phase: "starting" | "signed_out" | "signed_in" = "starting";
  open: string | null = null;
  shelf: Shelf = { canned: [], macros: [] };
  figures: WaitFigures | null = null;
  toasts: readonly Toast[] = [];
  readonly #in: Surroundings;
  readonly #wire: Wire;
  readonly #answers = new Map<string, Answer>();
  readonly #fetching = new Map<string, number>();
  readonly #joined = new Set<string>();
  #isWatched = true;
  #draft: { timer?: ReturnType<typeof setTimeout>; sent: string } = { sent: "" };
  #figuresTimer: ReturnType<typeof setInterval> | undefined;
  #resendTimer: ReturnType<typeof setTimeout> | undefined;
  #toastNumber = 0;

  constructor(surroundings: Surroundings) {
    this.#in = surroundings;
    this.#wire = new Wire({
      open: surroundings.open,
      heard: (frame) => this.#heard(frame),
      reached: (reach) => this.#reached(reach),
      refused: () => void this.#whoIsThere(),
    });
  }

  get api(): Api {
    return this.#in.api;
  }

  get kept(): Kept {
    return this.#in.kept;
  }

  get isSupervisor(): boolean {
    return this.state.me?.roles.some((role) => role === "supervisor" || role === "admin") ?? false;
  }

  async start(): Promise<void> {
    await this.#whoIsThere();
  }

  async signIn(name: string, password: string, totp: string): Promise<void> {
    const me = await this.api.signIn(name, password, totp);
    this.kept.belongTo(me.id);
    this.kept.status = "online";
    await this.#enter(me);
  }

  async signOut(): Promise<void> {
    this.#wire.send({ t: "status", status: "offline" });
    await this.api.signOut().catch(() => undefined);
    this.#leave();
  }

  wake(): void {
    this.#wire.wake();
  }

  lost(): void {
    this.#wire.lost();
  }

  stop(): void {
    this.#wire.stop();
  }

  /** Whether the agent sees the desk: lines that come to an open talk are then read. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#noteRead();
  }

  /** Shows a conversation, and tells the others that it is being looked at. */
  show(conversation: string | null): void {
    if (conversation === this.open) return;
    this.#endDraft();
    this.open = conversation;
    this.#wire.send({ t: "look", conversation });
    if (conversation !== null) void this.fetch(conversation);
    this.#changed();
  }

  async fetch(conversation: string): Promise<void> {
    const turn = (this.#fetching.get(conversation) ?? 0) + 1;
    this.#fetching.set(conversation, turn);
    this.#apply({ t: "loading", conversation });
    try {
      const opened = await this.api.open(conversation);
      if (this.#fetching.get(conversation) !== turn) return; // a later request knows more
      this.#apply({ t: "opened", conversation, opened });
      this.#noteRead();
      this.#suggestSoon(conversation);
    } catch {
      this.#apply({ t: "unopened", conversation });
    }
  }

  async earlier(conversation: string): Promise<void> {
    const first = talkOf(this.state, conversation).lines[0];
    if (!first) return;
    const found = await this.api.earlier(conversation, first.seq).catch(() => null);
    if (found) this.#apply({ t: "earlier", conversation, ...found });
  }

  say(conversation: string, text: string, files: readonly SentFile[]): void {
    const ids = files.map((file) => file.id);
    this.#speak({ t: "say", conversation, text, client_id: crypto.randomUUID(), ...(ids.length > 0 && { files: ids }) });
  }

  note(conversation: string, text: string, mentions: string[]): void {
    const client_id = crypto.randomUUID();
    this.#speak({ t: "note", conversation, text, client_id, ...(mentions.length > 0 && { mentions }) });
  }

  whisper(conversation: string, text: string): void {
    this.#speak({ t: "whisper", conversation, text, client_id: crypto.randomUUID() });
  }

  again(words: Words): void {
    this.#speak(words);
  }

  discard(id: string): void {
    this.kept.dequeue(id);
    this.#apply({ t: "discard", client_id: id });
  }

  /** What is being typed, for those who look on and for the hint; told a moment after the last key. */
  drafted(conversation: string, text: string): void {
    clearTimeout(this.#draft.timer);
    this.#draft.timer = setTimeout(() => this.#tellDraft(conversation, text), DRAFT_MS);
  }

  /** Asks and waits for the answer. Rejects with the words for the agent. */
  ask(saying: Saying): Promise<Done> {
    return new Promise((resolve, reject: (why: Both) => void) => {
      const id = this.#wire.send(saying);
      if (id === null) {
        reject(NO_LINE);
        return;
      }
      const timer = setTimeout(() => {
        this.#answers.delete(id);
        reject(NO_LINE);
      }, ANSWER_MS);
      this.#answers.set(id, { done: resolve, refused: (why) => reject(why.message), timer });
    });
  }

  /** Asks, and tells of a refusal on the screen; null when refused. */
  async try(saying: Saying): Promise<Done | null> {
    try {
      return await this.ask(saying);
    } catch (why) {
      this.toast("fault", why as Both);
      return null;
    }
  }

  async claim(item: Item): Promise<void> {
    const done = await this.try({ t: "claim", item: item.id });
    if (done?.item) this.#apply({ t: "item", item: done.item });
    if (done) this.show(item.conversation);
  }

  async pull(): Promise<void> {
    const done = await this.try({ t: "pull" });
    if (!done) return;
    if (!done.item) {
      this.toast("news", { zh: "现在没有等待您接待的会话。", en: "Nobody is waiting for you right now." });
      return;
    }
    this.#apply({ t: "item", item: done.item });
    this.show(done.item.conversation);
  }

  /** A supervisor speaks beside the agent from now on. */
  async join(item: Item): Promise<void> {
    const done = await this.try({ t: "join", item: item.id });
    if (!done) return;
    this.#joined.add(item.conversation);
    this.#changed();
  }

  /** A supervisor unlinks a chat; what is shown of the customer is read anew, whatever came of it. */
  async endLink(conversation: string, link: number, undo: boolean): Promise<void> {
    try {
      await this.api.endLink(conversation, link, undo);
    } catch {
      this.toast("fault", { zh: "没有解绑成功，请重试。", en: "The chat was not unlinked. Please try again." });
    }
    await this.fetch(conversation);
  }

  hasJoined(conversation: string): boolean {
    return this.#joined.has(conversation);
  }

  /** The language to answer in. */
  languageOf(conversation: string): Language {
    const item = itemOf(this.state, conversation);
    return item?.language ?? talkOf(this.state, conversation).opened?.conversation.language ?? this.#in.language();
  }

  async setStatus(status: Presence): Promise<void> {
    const { me, agents } = this.state;
    const done = await this.try({ t: "status", status });
    if (!done || !me) return;
    this.kept.status = status;
    const agent = agents[me.id];
    if (agent) this.#apply({ t: "agent", agent: { ...agent, status } });
  }

  async decide(approval: Approval, approve: boolean, reason: string): Promise<boolean> {
    return (await this.try({ t: "decide", approval: approval.id, approve, reason })) !== null;
  }

  toast(kind: Toast["kind"], text: Both, conversation?: string): void {
    this.#toastNumber += 1;
    const id = this.#toastNumber;
    this.toasts = [...this.toasts.slice(-2), { id, kind, text, ...(conversation && { conversation }) }];
    setTimeout(() => this.dismiss(id), kind === "fault" ? 8_000 : 5_000);
    this.#changed();
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
    this.#changed();
  }

  async fetchShelf(): Promise<void> {
    const shelf = await this.api.shelf().catch(() => null);
    if (shelf) this.shelf = shelf;
    this.#changed();
  }

  async #whoIsThere(): Promise<void> {
    try {
      const me = await this.api.me();
      if (me && this.phase !== "signed_in") await this.#enter(me);
      else if (!me) this.#leave();
    } catch {
      if (this.phase === "starting") setTimeout(() => void this.#whoIsThere(), RESEND_MS);
    }
  }

  async #enter(me: NonNullable<State["me"]>): Promise<void> {
    this.phase = "signed_in";
    this.kept.belongTo(me.id);
    this.state = { ...EMPTY, me };
    for (const words of this.kept.queue()) this.#apply({ t: "sending", ...words });
    this.#wire.start();
    clearInterval(this.#figuresTimer);
    this.#figuresTimer = setInterval(() => void this.#fetchFigures(), FIGURES_MS);
    this.#changed();
    await Promise.all([this.fetchShelf(), this.#fetchFigures()]);
  }

  #leave(): void {
    this.phase = "signed_out";
    this.open = null;
    this.toasts = [];
    this.#wire.stop();
    clearInterval(this.#figuresTimer);
    this.#apply({ t: "signed_out" });
  }

  async #fetchFigures(): Promise<void> {
    this.figures = await this.api.wait().catch((error: unknown) => {
      if (error instanceof Refused && error.status === 401) this.#leave();
      return this.figures;
    });
    this.#changed();
  }

  #reached(reach: State["reach"]): void {
    if (reach === "online") return; // said by the snapshot
    for (const { refused, timer } of this.#answers.values()) {
      clearTimeout(timer);
      refused({ t: "error", code: "offline", message: NO_LINE });
    }
    this.#answers.clear();
    this.#apply({ t: "reach", reach });
  }

  #heard(frame: Frame): void {
    const before = this.state;
    if (frame.t === "done" || frame.t === "error") this.#answered(frame);
    this.#apply(frame);
    switch (frame.t) {
      case "snapshot":
        this.#entered();
        return;
      case "item":
        this.#itemCame(before, frame.item);
        return;
      case "gone":
        if (before.items[frame.id]?.conversation === this.open && this.open !== null) void this.fetch(this.open);
        return;
      case "line":
        this.#lineCame(frame.conversation, frame.line);
        return;
      case "typing":
        setTimeout(() => this.#changed(), 8_100); // when nobody says that they stopped
        return;
      case "refresh":
        if (frame.conversation === this.open) void this.fetch(frame.conversation);
        return;
      case "mention":
        this.#call("mention", frame.conversation, frame.by, frame.text);
        this.toast("news", { zh: `${frame.by} 提到了您：${frame.text}`, en: `${frame.by} mentioned you: ${frame.text}` }, frame.conversation);
        return;
      case "approval":
        this.#approvalCame(before, frame);
    }
  }

  /** The line stands again: everything is as the snapshot says, and what was said meanwhile goes out. */
  #entered(): void {
    const { me, agents } = this.state;
    const { status } = this.kept;
    if (me && agents[me.id]?.status !== status) this.#wire.send({ t: "status", status });
    if (this.open !== null) {
      this.#wire.send({ t: "look", conversation: this.open });
      void this.fetch(this.open);
    }
    this.#resend();
  }

  #itemCame(before: State, item: Item): void {
    const known = before.items[item.id];
    const mine = item.state === "assigned" && item.agent?.id === this.state.me?.id;
    const wasMine = known?.agent?.id === this.state.me?.id;
    if (item.state === "closed" && item.conversation === this.open) void this.fetch(item.conversation);
    if (mine && !wasMine && item.conversation !== this.open) this.#callFor("assigned", item);
    else if (item.state === "waiting" && known === undefined) this.#callFor("queue", item);
    if (item.conversation === this.open && item.agent?.id !== known?.agent?.id) void this.fetch(item.conversation);
  }

  #lineCame(conversation: string, line: Line): void {
    if (line.client_id) this.kept.dequeue(line.client_id);
    if (line.who === "customer") {
      this.#suggestSoon(conversation);
      const item = itemOf(this.state, conversation);
      const isMine = item?.agent?.id === this.state.me?.id;
      if (isMine && !(this.#isWatched && conversation === this.open)) {
        this.#call("line", conversation, item?.customer.name ?? "", line.text ?? "");
      }
    }
    this.#noteRead();
  }

  #approvalCame(before: State, approval: Approval): void {
    const mine = approval.by.id === this.state.me?.id;
    if (approval.state === "open") {
      if (!mine && !before.approvals[approval.id]) this.#call("approval", approval.conversation, approval.by.name, approval.reason);
      return;
    }
    if (!mine || before.approvals[approval.id]?.state === approval.state) return;
    const isApproved = approval.state === "approved";
    this.toast(
      isApproved ? "good" : "fault",
      isApproved
        ? { zh: `主管已批准：${approval.label.zh}`, en: `Approved: ${approval.label.en}` }
        : { zh: `主管未批准：${approval.label.zh}`, en: `Not approved: ${approval.label.en}` },
      approval.conversation,
    );
  }

  #callFor(kind: Call["kind"], item: Item): void {
    this.#call(kind, item.conversation, item.customer.name ?? "", item.last?.text ?? item.summary);
  }

  #call(kind: Call["kind"], conversation: string, who: string, text: Sentence): void {
    this.#in.called({ kind, conversation, who, text });
  }

  #answered(frame: Done | Refusal): void {
    if (frame.id === undefined) return;
    const answer = this.#answers.get(frame.id);
    if (!answer) return;
    this.#answers.delete(frame.id);
    clearTimeout(answer.timer);
    if (frame.t === "done") answer.done(frame);
    else answer.refused(frame);
  }

  #speak(frame: Words): void {
    const at = Date.now();
    this.kept.enqueue({ frame, at });
    this.#apply({ t: "sending", frame, at });
    this.#endDraft();
    this.#sendWords(frame);
  }

  #sendWords(frame: Words): void {
    const id = this.#wire.send(frame);
    if (id === null) return; // sent with the next snapshot
    const timer = setTimeout(() => this.#again(id), ANSWER_MS);
    this.#answers.set(id, {
      done: ({ seq }) => {
        this.kept.dequeue(frame.client_id);
        this.#apply({ t: "delivered", client_id: frame.client_id, ...(seq !== undefined && { seq }) });
      },
      refused: ({ code, message }) => {
        if (code === "offline") return;
        if (code === "try_later" || code === "slow_down") {
          this.#resendSoon();
          return;
        }
        this.kept.dequeue(frame.client_id);
        this.#apply({ t: "refused", client_id: frame.client_id, why: message });
      },
      timer,
    });
  }

  #again(id: string): void {
    this.#answers.delete(id);
    this.#resendSoon();
  }

  #resendSoon(): void {
    clearTimeout(this.#resendTimer);
    this.#resendTimer = setTimeout(() => this.#resend(), RESEND_MS);
  }

  /** In the order they were written, each at most once on its way. */
  #resend(): void {
    for (const words of this.kept.queue()) {
      this.#apply({ t: "sending", ...words });
      this.#sendWords(words.frame);
    }
  }

  #tellDraft(conversation: string, text: string): void {
    if (text === this.#draft.sent) return;
    this.#draft.sent = text;
    this.#wire.send({ t: "draft", conversation, text });
    if (text === "") this.#apply({ t: "hushed", conversation });
  }

  #endDraft(): void {
    clearTimeout(this.#draft.timer);
    if (this.open !== null && this.#draft.sent !== "") this.#tellDraft(this.open, "");
  }

  #suggestSoon(conversation: string): void {
    setTimeout(() => void this.#suggest(conversation), SUGGEST_MS);
  }

  async #suggest(conversation: string): Promise<void> {
    const item = itemOf(this.state, conversation);
    const last = talkOf(this.state, conversation).lines.findLast((line) => line.who === "customer" || line.who === "agent");
    if (conversation !== this.open || !item || item.state === "closed" || last?.who !== "customer") return;
    const suggestions = await this.api.suggestions(conversation).catch(() => null);
    if (suggestions) this.#apply({ t: "suggested", conversation, suggestions });
  }

  #noteRead(): void {
    if (this.open === null || !this.#isWatched) return;
    const item = itemOf(this.state, this.open);
    const seq = talkOf(this.state, this.open).lines.at(-1)?.seq;
    if (!item || item.unread === 0 || seq === undefined || item.agent?.id !== this.state.me?.id) return;
    if (this.#wire.send({ t: "read", conversation: this.open, seq }) !== null) this.#apply({ t: "seen", conversation: this.open });
  }

  #apply(change: Change): void {
    this.state = update(this.state, change);
    this.#changed();
  }

  #changed(): void {
    this.#in.changed();
  }
}
