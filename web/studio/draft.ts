/** What an editor does to an entry before it is saved; every step gives a new entry. */

import type { Language } from "../shared/protocol.ts";
import type { Answer, Details, Entry } from "../shared/studio.ts";

export const LANGUAGES: readonly Language[] = ["zh", "en"];
export const EMPTY_ANSWER: Answer = { channel: null, text: "", buttons: [], image: null };

export function withExamples(entry: Entry, language: Language, examples: readonly string[]): Entry {
  return { ...entry, examples: { ...entry.examples, [language]: [...examples] } };
}

export function withAnswers(entry: Entry, language: Language, answers: readonly Answer[]): Entry {
  return { ...entry, answers: { ...entry.answers, [language]: [...answers] } };
}

export function withAnswer(entry: Entry, language: Language, at: number, change: Partial<Answer>): Entry {
  return withAnswers(entry, language, (entry.answers[language] ?? []).map((one, index) => (index === at ? { ...one, ...change } : one)));
}

export function withDetails(entry: Entry, change: Partial<Details>): Entry {
  return { ...entry, editors: { ...entry.editors, ...change } };
}

/** What was pasted takes the place of one wording: each line is one, list marks go. */
export function pasted(examples: readonly string[], at: number, text: string): string[] {
  const lines = text
    .split(/\r?\n/u)
    .map((line) => line.replace(/^\s*(?:[-*•·]|\d+[.)、．])\s*/u, "").trim())
    .filter(Boolean);
  return [...examples.slice(0, at), ...lines, ...examples.slice(at + 1)];
}

export function moved(examples: readonly string[], from: number, to: number): string[] {
  if (to < 0 || to >= examples.length) return [...examples];
  const rest = examples.filter((_, index) => index !== from);
  return [...rest.slice(0, to), examples[from] ?? "", ...rest.slice(to)];
}

/** Without empty ones and without those that differ only in spaces, case and punctuation; the first stays. */
export function deduplicated(examples: readonly string[]): string[] {
  const seen = new Set<string>();
  return examples.filter((one) => {
    const bare = bareOf(one);
    if (bare === "" || seen.has(bare)) return false;
    seen.add(bare);
    return true;
  });
}

export function bareOf(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[\s\p{P}]+/gu, "");
}

/** As it is sent: empty wordings and channels without words are no content. */
export function tidied(entry: Entry): Entry {
  const examples = { zh: trimmed(entry.examples.zh), en: trimmed(entry.examples.en) };
  const answers = { zh: said(entry.answers.zh), en: said(entry.answers.en) };
  return { ...entry, examples, answers };
}

/** Whether there is something to save. */
export function differs(one: Entry, other: Entry): boolean {
  return JSON.stringify(contentOf(one)) !== JSON.stringify(contentOf(other));
}

/** The answer that a channel gives: its own, or everybody's; one that needs nothing else to be so comes first. */
export function answerFor(entry: Entry, language: Language, channel: string): Answer | null {
  const answers = entry.answers[language] ?? [];
  const plain = answers.filter((one) => (one.when ?? []).length === 0);
  const among = (all: readonly Answer[]) => all.find((one) => one.channel === channel) ?? all.find((one) => one.channel === null);
  return among(plain) ?? among(answers) ?? null;
}

function contentOf(entry: Entry): unknown {
  const { examples, answers } = tidied(entry);
  const { owner, tags, category, valid_from, valid_until } = entry.editors;
  return [entry.topic, examples, answers, owner || null, tags, category || null, valid_from || null, valid_until || null].map(sorted);
}

/** An object with its names in order: two that say the same are then written the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const named = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(named).sort().map((name) => [name, sorted(named[name])]));
}

function trimmed(examples: readonly string[] | undefined): string[] {
  return (examples ?? []).map((one) => one.trim()).filter(Boolean);
}

function said(answers: readonly Answer[] | undefined): Answer[] {
  return (answers ?? []).filter((one) => one.text.trim() !== "" || one.image || one.buttons.length > 0);
}
