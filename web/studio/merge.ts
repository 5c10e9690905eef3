/** Two editors changed one entry: what both touched is chosen field by field, the rest goes together by itself. */

import type { Language } from "../shared/protocol.ts";
import type { Answer, Entry } from "../shared/studio.ts";
import { LANGUAGES } from "./draft.ts";

export type Side = "theirs" | "mine" | "both";
export type Clash = {
  /** `examples.zh`, `answers.en.wechat`, `editors.tags`; an answer for every channel is `answers.en.*`. */
  field: string;
  base: unknown;
  theirs: unknown;
  mine: unknown;
  /** Lists of wordings can take what either side added. */
  hasBoth: boolean;
};

const DETAILS = ["owner", "tags", "category", "valid_from", "valid_until"] as const;

/** The fields that both changed, each in another way. */
export function clashes(base: Entry, theirs: Entry, mine: Entry): Clash[] {
  return fieldsOf([base, theirs, mine])
    .map((field) => ({
      field,
      base: valueAt(base, field),
      theirs: valueAt(theirs, field),
      mine: valueAt(mine, field),
      hasBoth: field.startsWith("examples."),
    }))
    .filter((one) => !same(one.base, one.mine) && !same(one.base, one.theirs) && !same(one.mine, one.theirs));
}

/** The fields in which two differ. */
export function differing(before: Entry, after: Entry): { field: string; before: unknown; after: unknown }[] {
  return fieldsOf([before, after])
    .map((field) => ({ field, before: valueAt(before, field), after: valueAt(after, field) }))
    .filter((one) => !same(one.before, one.after));
}

/** Theirs, with my changes where only I made any, and for what both changed the side that was chosen. */
export function merged(base: Entry, theirs: Entry, mine: Entry, chosen: Readonly<Record<string, Side>>): Entry {
  let entry = theirs;
  for (const field of fieldsOf([base, theirs, mine])) {
    const [before, other, own] = [valueAt(base, field), valueAt(theirs, field), valueAt(mine, field)];
    if (same(before, own) || same(other, own)) continue;
    if (same(before, other)) entry = put(entry, field, own);
    else if (chosen[field] === "mine") entry = put(entry, field, own);
    else if (chosen[field] === "both") entry = put(entry, field, together(before as string[], other as string[], own as string[]));
  }
  return entry;
}

/** Their list, without what I took out, with what I added. */
function together(base: readonly string[], theirs: readonly string[], mine: readonly string[]): string[] {
  const gone = new Set(base.filter((one) => !mine.includes(one)));
  const kept = theirs.filter((one) => !gone.has(one));
  return [...kept, ...mine.filter((one) => !base.includes(one) && !kept.includes(one))];
}

function fieldsOf(entries: readonly Entry[]): string[] {
  const answers = LANGUAGES.flatMap((language) => {
    const channels = entries.flatMap((entry) => (entry.answers[language] ?? []).map((one) => one.channel));
    return [...new Set(channels)].map((channel) => `answers.${language}.${channel ?? "*"}`);
  });
  return ["topic", ...LANGUAGES.map((one) => `examples.${one}`), ...answers, ...DETAILS.map((one) => `editors.${one}`)];
}

function valueAt(entry: Entry, field: string): unknown {
  const [part, name = "", channel] = field.split(".");
  if (part === "topic") return entry.topic;
  if (part === "examples") return entry.examples[name as Language] ?? [];
  if (part === "editors") return entry.editors[name as (typeof DETAILS)[number]] ?? null;
  return (entry.answers[name as Language] ?? []).filter((one) => (one.channel ?? "*") === channel).map(content);
}

/** An answer's own words, in one order and without what the server derives from them. */
function content({ channel, text, buttons, image, when = [] }: Answer): Answer {
  return { channel, text, buttons, image: image || null, when };
}

function put(entry: Entry, field: string, value: unknown): Entry {
  const [part, name = "", channel] = field.split(".");
  if (part === "topic") return { ...entry, topic: value as string };
  if (part === "examples") return { ...entry, examples: { ...entry.examples, [name]: value } };
  if (part === "editors") return { ...entry, editors: { ...entry.editors, [name]: value } };
  const others = (entry.answers[name as Language] ?? []).filter((one) => (one.channel ?? "*") !== channel);
  const own = value as Answer[];
  const all = channel === "*" ? [...own, ...others] : [...others, ...own];
  return { ...entry, answers: { ...entry.answers, [name]: all } };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
