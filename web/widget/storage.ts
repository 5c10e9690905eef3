/** What is kept on the customer's device: in localStorage, or in memory where that is blocked. */

import type { Language, Message } from "../shared/protocol.ts";

const PREFIX = "guitai.";
const QUEUED = "queue.";

export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** A message that the server has not acknowledged, with the words shown for it. */
export type Queued = { frame: Message; shown: string; at: number };

export class Kept {
  readonly #store: Keep;

  constructor(store: Keep) {
    this.#store = store;
  }

  get visitor(): string | null {
    return this.#get("visitor");
  }

  set visitor(token: string | null) {
    this.#set("visitor", token);
  }

  /** A token that is to be revoked as soon as the server can be reached. */
  get leaving(): string | null {
    return this.#get("leaving");
  }

  set leaving(token: string | null) {
    this.#set("leaving", token);
  }

  get language(): Language | null {
    const kept = this.#get("lang");
    return kept === "zh" || kept === "en" ? kept : null;
  }

  set language(language: Language | null) {
    this.#set("lang", language);
  }

  get sound(): boolean {
    return this.#get("sound") !== "off";
  }

  set sound(on: boolean) {
    this.#set("sound", on ? "on" : "off");
  }

  /** The newest line of a conversation that was seen in any tab. */
  read(conversation: string): number {
    const [of, seq] = (this.#get("read") ?? "").split(" ");
    return of === conversation ? Number(seq) || 0 : 0;
  }

  setRead(conversation: string, seq: number): void {
    if (seq > this.read(conversation)) this.#set("read", `${conversation} ${seq}`);
  }

  /** Each message has a key of its own, so that two tabs never overwrite each other's. */
  enqueue(queued: Queued): void {
    this.#set(QUEUED + queued.frame.id, JSON.stringify(queued));
  }

  dequeue(id: string): void {
    this.#set(QUEUED + id, null);
  }

  /** The messages that wait, oldest first, those of other tabs included. */
  queue(): Queued[] {
    const found: Queued[] = [];
    for (const name of this.#names(QUEUED)) {
      const queued = parsed(this.#get(name));
      if (queued) found.push(queued);
    }
    return found.sort((one, other) => one.at - other.at);
  }

  /** Forget who was here and what they wrote; how they like it stays. */
  forget(): void {
    this.visitor = null;
    this.#set("read", null);
    for (const name of this.#names(QUEUED)) this.#set(name, null);
  }

  #names(prefix: string): string[] {
    const names: string[] = [];
    for (let at = 0; at < this.#store.length; at += 1) {
      const name = this.#store.key(at);
      if (name?.startsWith(PREFIX + prefix)) names.push(name.slice(PREFIX.length));
    }
    return names;
  }

  #get(name: string): string | null {
    return this.#store.getItem(PREFIX + name);
  }

  #set(name: string, value: string | null): void {
    try {
      if (value === null) this.#store.removeItem(PREFIX + name);
      else this.#store.setItem(PREFIX + name, value);
    } catch {
      // full: the message still goes out, it only would not outlive a reload
    }
  }
}

/** The key's meaning in a `storage` event, such as `visitor`; null when it is not ours. */
export function changed(key: string | null): string | null {
  return key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

/** localStorage, or a store in memory where the browser refuses it. */
export function openStore(): Keep {
  try {
    const probe = `${PREFIX}probe`;
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return new InMemory();
  }
}

export class InMemory implements Keep {
  readonly #values = new Map<string, string>();

  get length(): number {
    return this.#values.size;
  }

  key(at: number): string | null {
    return [...this.#values.keys()][at] ?? null;
  }

  getItem(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    this.#values.set(name, value);
  }

  removeItem(name: string): void {
    this.#values.delete(name);
  }
}

function parsed(text: string | null): Queued | null {
  try {
    const queued = JSON.parse(text ?? "null") as Partial<Queued> | null;
    return queued?.frame?.t === "msg" && typeof queued.shown === "string" ? (queued as Queued) : null;
  } catch {
    return null;
  }
}
