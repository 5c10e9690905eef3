/** The frames and answers between the desk and the server, as docs/desk.md has them. */

import type { Both, Button, Language, SentFile } from "./protocol.ts";

export type Role = "agent" | "supervisor" | "editor" | "reviewer" | "admin";
export type Presence = "online" | "away" | "offline";
export type Priority = "urgent" | "high" | "normal";
/** CNY, as the server writes it. */
export type Money = string | number;

export type Me = {
  id: string;
  name: string;
  shown_as: Both;
  roles: Role[];
  groups: string[];
  languages: Language[];
  capacity: number;
  /** Null when there is none. */
  money_limit: Money | null;
  totp: boolean;
};
export type Agent = {
  id: string;
  name: string;
  shown_as?: Both;
  roles?: Role[];
  status: Presence;
  load: number;
  capacity: number;
};
export type Group = { id: string; name: Both };

export type Who = "customer" | "bot" | "agent" | "note" | "system";

/** Plain words, or the same in each language. */
export type Sentence = string | Both;

/** A handoff on its way from the queue to its end. Times are ISO UTC. */
export type Item = {
  id: string;
  conversation: string;
  customer: { name: string | null; tier: string | null; known_by: string };
  channel: string;
  language: Language;
  reason: string;
  priority: Priority;
  summary: Sentence;
  group: string;
  state: "waiting" | "assigned" | "closed";
  agent: { id: string; name: string } | null;
  place: number | null;
  since: string;
  first_due: string | null;
  next_due: string | null;
  warned: boolean;
  breached: boolean;
  unread: number;
  last: { who: Who; text: string; at: string } | null;
  vip: boolean;
  tags: string[];
};

export type Understood = {
  intent: string;
  confidence: number;
  entities?: { entity: string; value: unknown }[] | Record<string, unknown>;
};
/** `seq` orders; notes stand between the lines with a fraction of their own. */
export type Line = {
  seq: number;
  who: Who;
  at: string;
  name?: string | null;
  text?: string;
  buttons?: Button[];
  image?: string;
  custom?: unknown;
  files?: SentFile[];
  /** Of a bot's line: what it made of the message that it answers. */
  understood?: Understood | null;
  /** Of a note. */
  kind?: "note" | "whisper" | "system";
  mentions?: string[];
  read?: boolean;
  client_id?: string;
  channel?: string;
  /** Of a customer's line: what was proven by then. */
  level?: string;
};

/** A channel by which a customer comes. */
export type Way = {
  channel: string;
  conversation: string;
  address?: string;
  since?: string;
  how?: string | null;
  /** The number under which a supervisor can end it; null where one signs out instead. */
  link?: number | null;
  can_undo?: boolean;
};

export type Approval = {
  id: string;
  conversation: string;
  customer: string | null;
  action: string;
  label: Both;
  order: string | null;
  amount: Money | null;
  reason: string;
  by: { id: string; name: string };
  at: string;
  state: "open" | "approved" | "refused";
  decided_by?: string | null;
  why?: string | null;
};

export type OrderView = {
  number: string;
  status: string;
  status_words?: Both;
  placed_on: string;
  total: Money;
  goods: string[];
  tracking?: string | null;
  rma?: string | null;
};
export type Past = {
  conversation: string;
  episode: number;
  at: string;
  summary: Sentence;
  reason: string | null;
  resolved: boolean | null;
};
export type CustomerView = {
  id: string | null;
  name: string | null;
  phone: string | null;
  email: string | null;
  tier: string | null;
  tags: string[];
  known_by: string;
  channels: Way[];
  /** Channels of others of whom a platform says that they may be the same person. */
  perhaps_also?: string[];
  orders: OrderView[];
  returns: (string | { rma?: string; number?: string; order?: string; status?: string })[];
  tickets?: unknown[];
  past: Past[];
  incomplete?: boolean;
};

export type Known = { name: string; value: unknown; source: string; said?: string | null };
export type Remark = { response: string; text: string };
/** What the bot hands over: bot/handoff/packet.py. */
export type Packet = {
  version: number;
  number: string;
  created_at: string;
  reason: string;
  priority: Priority;
  summary: Sentence;
  language: Language;
  channel: string;
  conversation: string;
  in_hours: boolean;
  customer: { known_by: string; proven_orders?: string[]; incomplete?: boolean };
  wants: string[];
  slots: Known[];
  looked_up: Record<string, unknown>;
  failed: Remark[];
  promised: Remark[];
  mood: string | null;
  next_steps: string[];
};
export type Action = {
  id: string;
  kind: string;
  label: Both;
  order: string | null;
  amount: Money | null;
  limit: Money | null;
  needs_approval: boolean;
};

export type Opened = {
  conversation: {
    id: string;
    owner: "bot" | "queue" | "agent" | "closed";
    channel: string;
    language: Language;
    item: Item | null;
  };
  lines: Line[];
  older: boolean;
  packet: Packet | null;
  packet_versions: unknown[];
  customer: CustomerView;
  actions: Action[];
  customer_read?: number;
  looking?: Looking[];
};
export type Suggestions = {
  faq: { key: string; question: string; answer: string; confidence: number }[];
  replies: { title: string; text: string }[];
};
export type Canned = { id: string; title: Both; text: Both; shortcut: string; shared: boolean };
export type Macro = { id: string; label: Both; does?: Both };
export type Shelf = { canned: Canned[]; macros: Macro[] };
export type Found = {
  conversation: string;
  customer: { name: string | null; tier?: string | null };
  channel: string;
  at: string;
  text: Sentence;
  owner: string;
  item: Item | null;
};
export type WaitFigures = {
  waiting: number;
  longest_seconds: number | null;
  minutes: number | null;
  handled_today: number;
};

export type Looking = { id: string; name: string; typing: boolean };
export type HintField = { field: string; value: string; where: string };
export type Category =
  | "delivery"
  | "order_change"
  | "return_exchange"
  | "refund"
  | "product"
  | "payment"
  | "warranty"
  | "membership"
  | "complaint"
  | "other";
export type WrapUp = { category: Category; resolved: boolean; summary: string };

/** What the desk says; the line adds the `id` that the answer names. */
export type Saying =
  | { t: "claim"; item: string }
  | { t: "pull" }
  | { t: "say"; conversation: string; text: string; files?: string[]; client_id: string }
  | { t: "note"; conversation: string; text: string; mentions?: string[]; client_id: string }
  | { t: "whisper"; conversation: string; text: string; client_id: string }
  | { t: "draft"; conversation: string; text: string }
  | { t: "look"; conversation: string | null }
  | { t: "read"; conversation: string; seq: number }
  | { t: "transfer"; item: string; to: { agent: string } | { group: string }; note: string }
  | { t: "close"; item: string; wrap_up: WrapUp }
  | { t: "back_to_bot"; item: string; note: string }
  | { t: "status"; status: Presence }
  | { t: "join"; item: string }
  | { t: "take_over"; item: string }
  | { t: "act"; conversation: string; action: string; order: string | null; amount: Money | null; reason: string }
  | { t: "decide"; approval: string; approve: boolean; reason: string }
  | { t: "tag"; conversation: string; add?: string; remove?: string }
  | { t: "macro"; conversation: string; macro: string; client_id: string }
  | { t: "ping" };
/** Words, which are kept until the server has them. */
export type Words = Extract<Saying, { t: "say" | "note" | "whisper" }>;

export type Snapshot = {
  t: "snapshot";
  me: Me;
  agents: Agent[];
  groups: Group[];
  queue: Item[];
  mine: Item[];
  others?: Item[];
  approvals?: Approval[];
  now?: string;
};
export type Frame =
  | Snapshot
  | { t: "item"; item: Item }
  | { t: "gone"; id: string }
  | { t: "line"; conversation: string; line: Line }
  | { t: "typing"; conversation: string; who: "customer" | "agent"; name?: string; text?: string; on?: boolean }
  | { t: "looking"; conversation: string; agents: Looking[] }
  | { t: "agent"; agent: Agent }
  | { t: "mention"; conversation: string; by: string; text: string }
  | { t: "hint"; id?: string; conversation: string; fields: HintField[] }
  | ({ t: "approval" } & Approval)
  | { t: "refresh"; conversation: string }
  | { t: "read"; conversation: string; seq: number }
  | Done
  | Refusal
  | { t: "pong" };
export type Done = { t: "done"; id: string; seq?: number; item?: Item | null; outcome?: string; text?: Both };
export type Refusal = { t: "error"; id?: string; code: string; message: Both };

/** A frame of the server's, or null for what is none. */
export function parseFrame(text: string): Frame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && typeof (frame as { t?: unknown }).t === "string"
      ? (frame as Frame)
      : null;
  } catch {
    return null;
  }
}
