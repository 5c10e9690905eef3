/** What is kept on the agent's device: wishes, unfinished words, and words the server has not confirmed. */

import type { Presence, Words } from "../shared/desk.ts";
import { Drawer, type Keep } from "../shared/drawer.ts";
import { Wishes } from "../shared/staff/wishes.ts";

const PREFIX = "guitai.desk.";
const WORDS = "words.";
const DRAFT = "draft.";
const MOST_DRAFTS = 50;

export type Draft = { text: string; isNote: boolean };
export type KeptWords = { frame: Words; at: number };

export class Kept extends Wishes {
  /** Whose words they are: two agents at one computer never send each other's. */
  #owner = "";

  constructor(store: Keep) {
    super(new Drawer(store, PREFIX));
  }

  belongTo(owner: string): void {
    this.#owner = `${owner}.`;
  }

  /** What the agent last chose; whoever signs in anew is online. */
  get status(): Presence {
    const kept = this.drawer.get(`${this.#owner}status`);
    return kept === "away" || kept === "offline" ? kept : "online";
  }

  set status(status: Presence) {
    this.drawer.set(`${this.#owner}status`, status);
  }

  /** Switches that are on until somebody turns them off, or the other way round. */
  isOn(name: "sound" | "keys" | "notify", otherwise: boolean): boolean {
    const kept = this.drawer.get(name);
    return kept === null ? otherwise : kept === "on";
  }

  setOn(name: "sound" | "keys" | "notify", on: boolean): void {
    this.drawer.set(name, on ? "on" : "off");
  }

  draft(conversation: string): Draft {
    const draft = parsed(this.drawer.get(this.#owner + DRAFT + conversation)) as Partial<Draft> | null;
    return { text: typeof draft?.text === "string" ? draft.text : "", isNote: draft?.isNote === true };
  }

  setDraft(conversation: string, draft: Draft): void {
    this.drawer.set(this.#owner + DRAFT + conversation, draft.text || draft.isNote ? JSON.stringify(draft) : null);
    const others = this.drawer.names(this.#owner + DRAFT);
    if (others.length > MOST_DRAFTS) this.drawer.set(others.find((name) => !name.endsWith(conversation)) ?? "", null);
  }

  enqueue(words: KeptWords): void {
    this.drawer.set(this.#owner + WORDS + words.frame.client_id, JSON.stringify(words));
  }

  dequeue(id: string): void {
    this.drawer.set(this.#owner + WORDS + id, null);
  }

  /** The words that wait, oldest first. */
  queue(): KeptWords[] {
    const found: KeptWords[] = [];
    for (const name of this.drawer.names(this.#owner + WORDS)) {
      const words = parsed(this.drawer.get(name)) as Partial<KeptWords> | null;
      if (words?.frame?.client_id && typeof words.at === "number") found.push(words as KeptWords);
    }
    return found.sort((one, other) => one.at - other.at);
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
