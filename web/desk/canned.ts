/** Canned replies: found by what follows a slash, filled from what is known of the customer. */

import type { Canned } from "../shared/desk.ts";
import type { Language } from "../shared/protocol.ts";

const MOST = 8;
const CALL = /(?:^|\s)\/([^\s/]{0,30})$/u;
const VARIABLE = /\{(\w+)\}/gu;

export type Values = { customer_name?: string | null; order_number?: string | null; agent_name?: string | null };

/** What is being looked for: the word after a slash right before the cursor. Null when there is none. */
export function called(text: string, cursor: number): { from: number; word: string } | null {
  const match = CALL.exec(text.slice(0, cursor));
  const word = match?.[1];
  return word === undefined ? null : { from: cursor - word.length - 1, word };
}

/** Those that fit the word, shortcuts first. */
export function fitting(shelf: readonly Canned[], word: string, language: Language): Canned[] {
  const wanted = word.toLowerCase();
  const rank = (reply: Canned) => {
    if (reply.shortcut.toLowerCase().startsWith(wanted)) return 0;
    if (reply.title[language].toLowerCase().includes(wanted)) return 1;
    return reply.text[language].toLowerCase().includes(wanted) ? 2 : 3;
  };
  return shelf
    .map((reply) => ({ reply, rank: rank(reply) }))
    .filter((one) => one.rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map((one) => one.reply);
}

/**
 * The text with what is known put in. A variable without a value stays, so that the agent sees what is missing; only a
 * stranger is greeted without a name.
 */
export function filled(text: string, values: Values): string {
  const known: Record<string, string | null> = values;
  const named = known.customer_name ? text : text.replace(/ ?\{customer_name\}/gu, "");
  return named.replace(VARIABLE, (whole, name: string) => known[name] || whole);
}

/** Where the first variable without a value stands, to be selected; null when nothing is missing. */
export function missing(text: string): { from: number; to: number } | null {
  const match = new RegExp(VARIABLE.source, "u").exec(text);
  return match ? { from: match.index, to: match.index + match[0].length } : null;
}
