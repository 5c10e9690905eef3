/** What is kept on the customer's device: in localStorage, or in memory where that is blocked. */

import { Drawer, type Keep } from "../shared/drawer.ts";
import type { Language, Message } from "../shared/protocol.ts";

const PREFIX = "guitai.";
const QUEUED = "queue.";

/** A message that the server has not acknowledged, with the words shown for it. */
export type Queued = { frame: Message; shown: string; at: number };

export class Kept {
  readonly #drawer: Drawer;

  constructor(store: Keep) {
    this.#drawer = new Drawer(store, PREFIX);
  }

  get visitor(): string | null {
    return this.#drawer.get("visitor");
  }

  set visitor(token: string | null) {
    this.#drawer.set("visitor", token);
  }

  /** A token that is to be revoked as soon as the server can be reached. */
  get leaving(): string | null {
    return this.#drawer.get("leaving");
  }

  set leaving(token: string | null) {
    this.#drawer.set("leaving", token);
  }

  get language(): Language | null {
    const kept = this.#drawer.get("lang");
    return kept === "zh" || kept === "en" ? kept : null;
  }

  set language(language: Language | null) {
    this.#drawer.set("lang", language);
  }

  get sound(): boolean {
    return this.#drawer.get("sound") !== "off";
  }

  set sound(on: boolean) {
    this.#drawer.set("sound", on ? "on" : "off");
  }

  /** The newest line of a conversation that was seen in any tab. */
  read(conversation: string): number {
    const [of, seq] = (this.#drawer.get("read") ?? "").split(" ");
    return of === conversation ? Number(seq) || 0 : 0;
  }

  setRead(conversation: string, seq: number): void {
    if (seq > this.read(conversation)) this.#drawer.set("read", `${conversation} ${seq}`);
  }

  /** Each message has a key of its own, so that two tabs never overwrite each other's. */
  enqueue(queued: Queued): void {
    this.#drawer.set(QUEUED + queued.frame.id, JSON.stringify(queued));
  }

  dequeue(id: string): void {
    this.#drawer.set(QUEUED + id, null);
  }

  /** The messages that wait, oldest first, those of other tabs included. */
  queue(): Queued[] {
    const found: Queued[] = [];
    for (const name of this.#drawer.names(QUEUED)) {
      const queued = parsed(this.#drawer.get(name));
      if (queued) found.push(queued);
    }
    return found.sort((one, other) => one.at - other.at);
  }

  /** Forget who was here and what they wrote; how they like it stays. */
  forget(): void {
    this.visitor = null;
    this.#drawer.set("read", null);
    for (const name of this.#drawer.names(QUEUED)) this.#drawer.set(name, null);
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
