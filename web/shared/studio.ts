/** What the studio and the server tell each other, as docs/studio.md has it. Times are ISO UTC. */

import type { Both, Language } from "./protocol.ts";

export type Kind = "faq" | "text";
export type Status = "published" | "draft" | "review" | "approved";
/** A button says something to the bot; links stand in the text, where every channel can show them. */
export type AnswerButton = { title: string; payload: string };
/** `channel` null is what every channel without an answer of its own gives. */
export type Answer = {
  channel: string | null;
  text: string;
  buttons: AnswerButton[];
  image: string | null;
  /** What else must be so: set by the content's developers, kept by editors. */
  when?: { slot: string; value: unknown }[];
};
export type Details = {
  owner: string | null;
  tags: string[];
  category: string | null;
  valid_from: string | null;
  valid_until: string | null;
};

/** One FAQ or one text of the bot's. */
export type Entry = {
  key: string;
  kind: Kind;
  topic: string;
  title: Both;
  status: Status;
  /** Changes with every saved change. */
  revision: string;
  published_revision: string | null;
  editors: Details;
  examples: Record<Language, string[]>;
  answers: Record<Language, Answer[]>;
  quotes: unknown;
  changed_by: string | null;
  changed_at: string | null;
  review_by: string | null;
  deleted?: boolean;
  is_new?: boolean;
};
export type Here = { name: string; since: string };
export type Fault = {
  severity: "error" | "warning";
  code: string;
  /** Where: `examples.zh.3`, `answers.en.0.text`. */
  field: string;
  words: Both;
  other?: string | null;
  channel?: string | null;
};
export type OpenedEntry = Entry & {
  faults: Fault[];
  others_here: Here[];
  published?: Entry | null;
  /** Why it was sent back. */
  why?: string | null;
  /** What is published changed after the draft was begun: to be saved once more. */
  outdated?: boolean;
};

export type Row = {
  key: string;
  kind: Kind;
  topic: string;
  title: Both;
  status: Status;
  changed_by: string | null;
  changed_at: string | null;
  counts: Record<Language, number>;
  warnings: number;
  asked: number;
  helpful: { up: number; down: number };
  handoffs: number;
  deleted?: boolean;
  is_new?: boolean;
};
export type Counts = { draft: number; review: number; approved: number };
export type Listing = {
  entries: Row[];
  total: number;
  topics: { name: string; count: number; kind?: Kind }[];
  tags: string[];
  owners: string[];
  counts?: Counts;
  page_size?: number;
};
/** Empty for what does not matter. */
export type Query = { q: string; topic: string; status: string; tag: string; language: string; owner: string; kind: string };

export type Palette = {
  variables: { name: string; words: Both; example: Both }[];
  channels: { name: string; words: Both; max: number; unit: "characters" | "bytes" }[];
  payloads: { payload: string; words: Both }[];
};

export type Shown = { text?: string; buttons?: { title: string }[]; image?: string | null };
export type Preview = {
  web: Shown;
  wechat: { messages: Shown[] };
  telegram: { messages: Shown[]; keyboard: { title: string }[][] };
};
export type Guess = {
  intent: string;
  confidence: number;
  reply: Shown[];
  ranking: { intent: string; title?: Both | string | null; confidence: number }[];
  nearest: { text: string; intent: string; score: number }[];
};
/** `draft` is null where nothing differs from what is published. */
export type Trial = { published: Guess; draft: Guess | null };

export type DiffLine = { op: "same" | "add" | "remove"; text: string };
export type Version = { version: string | number; who: string; when: string; what: Both; diff: DiffLine[] };

export type ImportRow = { row: number; status: "new" | "changed" | "same" | "refused"; key: string | null; words: Both };
export type ImportReport = { rows: ImportRow[]; counts: Record<string, number>; applied: boolean };

export const STAGES = ["validate", "train", "gate", "swap", "watch"] as const;
export type StageName = (typeof STAGES)[number];
export type Stage = { name: StageName; state: string; seconds: number | null };
export type Publication = {
  id: string | number;
  state: "waiting" | "running" | "live" | "refused" | "failed";
  stage: StageName | null;
  /** From 0 to 1. */
  done: number;
  stages: Stage[];
  reasons: { words: Both; key?: string | null }[];
  changes: { question: string; before: string | null; after: string | null }[];
  who: string;
  when: string;
  keys?: string[] | null;
  /** What it made is this revision of the content; null when it never went live. */
  revision?: number | null;
  /** Of a way back: the revision it went back to. */
  back_to?: number | null;
};

export const KINDS = ["unknown", "unsure", "corrected", "by_hand"] as const;
export type InboxKind = (typeof KINDS)[number];
export type Group = {
  id: string | number;
  count: number;
  examples: { text: string; at: string; channel: string }[];
  suggested: { key: string; title: Both | string; score: number }[];
  answer: string | null;
  language: Language;
};
export type Inbox = { groups: Group[]; counts: Partial<Record<InboxKind, number>>; total: number };
export type Insights = {
  asked: { key: string; title: Both | string; count: number; share?: number }[];
  unhelpful: { key: string; title: Both | string; asked: number; up: number; down: number; handoffs: number }[];
  coverage: { asked: number; understood: number; unsure: number; unknown: number };
};
export type Audited = { when: string; who: string; action: string; key: string | null; words: Both };
