/** What is kept on the agent's device: wishes, unfinished words, and words the server has not confirmed. */

import type { Presence, Words } from "../shared/desk.ts";
import type { Language } from "../shared/protocol.ts";

const PREFIX = "guitai.desk.";
const WORDS = "words.";
const DRAFT = "draft.";
const MOST_DRAFTS = 50;

export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
export type Theme = "system" | "light" | "dark";
export type Draft = { text: string; isNote: boolean };
export type KeptWords = { frame: Words; at: number };

export class Kept {
  readonly #store: Keep;
  /** Whose words they are: two agents at one computer never send each other's. */
  #owner = "";

  constructor(store: Keep) {
    this.#store = store;
  }

  belongTo(owner: string): void {
    this.#owner = `${owner}.`;
  }

  get language(): Language | null {
    const kept = this.#get("lang");
    return kept === "zh" || kept === "en" ? kept : null;
  }

  set language(language: Language | null) {
    this.#set("lang", language);
  }

  get theme(): Theme {
    const kept = this.#get("theme");
    return kept === "light" || kept === "dark" ? kept : "system";
  }

  set theme(theme: Theme) {
    this.#set("theme", theme === "system" ? null : theme);
  }

  /** What the agent last chose; whoever signs in anew is online. */
  get status(): Presence {
    const kept = this.#get(`${this.#owner}status`);
    return kept === "away" || kept === "offline" ? kept : "online";
  }

  set status(status: Presence) {
    this.#set(`${this.#owner}status`, status);
  }

  /** Switches that are on until somebody turns them off, or the other way round. */
  isOn(name: "sound" | "keys" | "notify", otherwise: boolean): boolean {
    const kept = this.#get(name);
    return kept === null ? otherwise : kept === "on";
  }

  setOn(name: "sound" | "keys" | "notify", on: boolean): void {
    this.#set(name, on ? "on" : "off");
  }

  draft(conversation: string): Draft {
    const draft = parsed(this.#get(this.#owner + DRAFT + conversation)) as Partial<Draft> | null;
    return { text: typeof draft?.text === "string" ? draft.text : "", isNote: draft?.isNote === true };
  }

  setDraft(conversation: string, draft: Draft): void {
    this.#set(this.#owner + DRAFT + conversation, draft.text || draft.isNote ? JSON.stringify(draft) : null);
    const others = this.#names(this.#owner + DRAFT);
    if (others.length > MOST_DRAFTS) this.#set(others.find((name) => !name.endsWith(conversation)) ?? "", null);
  }

  enqueue(words: KeptWords): void {
    this.#set(this.#owner + WORDS + words.frame.client_id, JSON.stringify(words));
  }

  dequeue(id: string): void {
    this.#set(this.#owner + WORDS + id, null);
  }

  /** The words that wait, oldest first. */
  queue(): KeptWords[] {
    const found: KeptWords[] = [];
    for (const name of this.#names(this.#owner + WORDS)) {
      const words = parsed(this.#get(name)) as Partial<KeptWords> | null;
      if (words?.frame?.client_id && typeof words.at === "number") found.push(words as KeptWords);
    }
    return found.sort((one, other) => one.at - other.at);
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
      // full: the words still go out, they only would not outlive a reload
    }
  }
}

function parsed(text: string | null): object | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
