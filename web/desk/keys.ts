/** The keyboard's shortcuts. Single letters work only while nobody writes, and can be switched off. */

import type { Name } from "./texts.ts";

export type Command = "down" | "up" | "next" | "claim" | "reply" | "note" | "transfer" | "close" | "search" | "help";

const SINGLE: Record<string, Command> = {
  j: "down",
  k: "up",
  g: "next",
  c: "claim",
  r: "reply",
  n: "note",
  t: "transfer",
  e: "close",
  s: "search",
  "?": "help",
};

export type Pressed = {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
};

/** What a key means. `isWriting` when it goes into a field, `hasSingle` while single letters are switched on. */
export function command(event: Pressed, isWriting: boolean, hasSingle: boolean): Command | null {
  if (event.isComposing || event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "k" ? "search" : null;
  if (isWriting) return null;
  return hasSingle ? (SINGLE[event.key.toLowerCase()] ?? null) : null;
}

/** The sheet: keys and what they do. */
export const SHEET: readonly (readonly [keys: readonly string[], does: Name])[] = [
  [["J", "K"], "key_move"],
  [["G"], "key_next"],
  [["C"], "key_claim"],
  [["R"], "key_reply"],
  [["N"], "key_note"],
  [["T"], "key_transfer"],
  [["E"], "key_close"],
  [["S", "Ctrl K"], "key_search"],
  [["?"], "key_help"],
  [["Enter"], "key_send"],
  [["Shift Enter"], "key_line"],
  [["/"], "key_canned"],
  [["Alt 1 – 3"], "key_suggestion"],
  [["Esc"], "key_escape"],
];
