/** What the widget knows of a conversation, and how each frame changes it. Pure: no clock, no network, no screen. */

import type { Both, Config, Line, ServerFrame, Status, Welcome } from "../shared/protocol.ts";
import type { Queued } from "./storage.ts";

export type Reach = "connecting" | "online" | "offline";

/** A customer's message on its way: shown at once, joined by its id with the line that the server makes of it. */
export type Pending = Queued & { state: "sending" | "delivered" | "failed"; seq?: number; reason?: Both };

export type Chat = {
  reach: Reach;
  conversation: string | null;
  /** In order, without gaps; the first is not 1 when there is older history to fetch. */
  lines: readonly Line[];
  pending: readonly Pending[];
  status: Status;
  typing: "bot" | "agent" | null;
  /** The newest line that bot or agent have read. */
  readBy: number;
  customer: { name: string } | null;
  config: Config | null;
  notice: Both | null;
};

export type Change =
  | ServerFrame
  | { t: "reach"; reach: Reach }
  | { t: "sending"; queued: Queued }
  | { t: "discard"; id: string }
  | { t: "noticed" }
  | { t: "forgotten" };

export const EMPTY: Chat = {
  reach: "connecting",
  conversation: null,
  lines: [],
  pending: [],
  status: { owner: "bot" },
  typing: null,
  readBy: 0,
  customer: null,
  config: null,
  notice: null,
};

export function newest(chat: Chat): number {
  return chat.lines.at(-1)?.seq ?? 0;
}

export function hasOlder(chat: Chat): boolean {
  return (chat.lines[0]?.seq ?? 1) > 1;
}

/** Whether lines between those we have and this one are missing, so that they must be asked for again. */
export function leavesGap(chat: Chat, line: Line): boolean {
  return chat.lines.length > 0 && line.seq > newest(chat) + 1;
}

export function unread(chat: Chat, seen: number): number {
  return chat.lines.filter((line) => line.seq > seen && line.who !== "customer").length;
}

export function update(chat: Chat, change: Change): Chat {
  switch (change.t) {
    case "welcome":
      return welcomed(chat, change);
    case "line":
      return withLine(chat, change);
    case "lines":
      return { ...chat, lines: joined(chat.lines, change.lines) };
    case "ack":
      return acknowledged(chat, change.id, change.seq);
    case "read":
      return { ...chat, readBy: Math.max(chat.readBy, change.seq) };
    case "status":
      return { ...chat, status: { ...change }, typing: change.owner === "bot" ? chat.typing : null };
    case "typing":
      return { ...chat, typing: change.on ? change.who : null };
    case "error":
      return refused(chat, change);
    case "signed_out":
    case "forgotten":
      return { ...EMPTY, reach: chat.reach, config: chat.config };
    case "reach":
      return { ...chat, reach: change.reach, typing: change.reach === "online" ? chat.typing : null };
    case "sending":
      return sending(chat, change.queued);
    case "discard":
      return { ...chat, pending: chat.pending.filter((one) => one.frame.id !== change.id) };
    case "thumb":
      return {
        ...chat,
        lines: chat.lines.map((line) => (line.seq === change.seq ? { ...line, thumb: change.up } : line)),
      };
    case "noticed":
      return { ...chat, notice: null };
    default:
      return chat;
  }
}

function welcomed(chat: Chat, frame: Welcome): Chat {
  const goesOn = chat.conversation === frame.conversation && frame.resume === "full";
  return {
    ...chat,
    reach: "online",
    conversation: frame.conversation,
    lines: goesOn ? chat.lines : [],
    readBy: goesOn ? chat.readBy : 0,
    status: frame.status,
    customer: frame.customer,
    config: frame.config,
    notice: null,
  };
}

function withLine(chat: Chat, line: Line): Chat {
  if (line.seq <= newest(chat) || leavesGap(chat, line)) return chat;
  const answered = line.who === "bot" || line.who === "agent";
  return {
    ...chat,
    lines: [...chat.lines, line],
    pending: chat.pending.filter((one) => one.frame.id !== line.client_id),
    typing: answered ? null : chat.typing,
    readBy: answered ? Math.max(chat.readBy, line.seq) : chat.readBy,
  };
}

/** Older lines before those we have; whatever does not end right before them is of no use. */
function joined(lines: readonly Line[], older: readonly Line[]): readonly Line[] {
  const first = lines[0]?.seq;
  if (first === undefined) return lines;
  const before = older.filter((line) => line.seq < first).sort((one, other) => one.seq - other.seq);
  return before.at(-1)?.seq === first - 1 ? [...before, ...lines] : lines;
}

function acknowledged(chat: Chat, id: string, seq: number): Chat {
  if (chat.lines.some((line) => line.client_id === id || (line.seq === seq && line.who === "customer"))) {
    return update(chat, { t: "discard", id });
  }
  return { ...chat, pending: chat.pending.map((one) => (one.frame.id === id ? delivered(one, seq) : one)) };
}

function delivered(one: Pending, seq: number): Pending {
  return { frame: one.frame, shown: one.shown, at: one.at, state: "delivered", seq };
}

function refused(chat: Chat, error: { id?: string; retry: boolean; message: Both }): Chat {
  if (error.id === undefined || error.retry) return { ...chat, notice: error.message };
  const failed = (one: Pending): Pending =>
    one.frame.id === error.id ? { ...one, state: "failed", reason: error.message } : one;
  return { ...chat, pending: chat.pending.map(failed) };
}

function sending(chat: Chat, queued: Queued): Chat {
  const id = queued.frame.id;
  if (chat.lines.some((line) => line.client_id === id)) return chat;
  const others = chat.pending.filter((one) => one.frame.id !== id);
  return { ...chat, pending: [...others, { ...queued, state: "sending" }], notice: null };
}
