/** What the desk knows, and how each frame changes it. Pure: tested without a browser. */

import type {
  Agent,
  Approval,
  Frame,
  Group,
  HintField,
  Item,
  Line,
  Looking,
  Me,
  Opened,
  Snapshot,
  Suggestions,
  Words,
} from "../shared/desk.ts";
import type { Both } from "../shared/protocol.ts";

export type Reach = "connecting" | "online" | "offline";
/** Words that the server has not confirmed. */
export type Pending = { frame: Words; at: number; state: "sending" | "delivered" | "failed"; seq?: number; why?: Both };
export type Typing = { who: "customer" | "agent"; name?: string; text?: string; until: number };

/** One conversation as far as it was fetched. */
export type Talk = {
  state: "loading" | "ready" | "failed";
  opened: Opened | null;
  lines: Line[];
  older: boolean;
  customerRead: number;
  looking: Looking[];
  typing: Typing | null;
  hint: HintField[];
  suggestions: Suggestions | null;
};
export type State = {
  me: Me | null;
  reach: Reach;
  /** What the server's clock is ahead of ours. */
  aheadMs: number;
  agents: Record<string, Agent>;
  groups: Group[];
  items: Record<string, Item>;
  approvals: Record<string, Approval>;
  talks: Record<string, Talk>;
  pending: Pending[];
};
export type Change =
  | Frame
  | { t: "reach"; reach: Reach }
  | { t: "loading"; conversation: string }
  | { t: "opened"; conversation: string; opened: Opened }
  | { t: "unopened"; conversation: string }
  | { t: "earlier"; conversation: string; lines: Line[]; older: boolean }
  | { t: "suggested"; conversation: string; suggestions: Suggestions }
  | { t: "sending"; frame: Words; at: number }
  | { t: "refused"; client_id: string; why: Both }
  | { t: "delivered"; client_id: string; seq?: number }
  | { t: "discard"; client_id: string }
  | { t: "hushed"; conversation: string }
  | { t: "seen"; conversation: string }
  | { t: "signed_out" };

export const EMPTY: State = {
  me: null,
  reach: "connecting",
  aheadMs: 0,
  agents: {},
  groups: [],
  items: {},
  approvals: {},
  talks: {},
  pending: [],
};
const TYPING_MS = 8_000;
const NO_TALK: Talk = {
  state: "loading",
  opened: null,
  lines: [],
  older: false,
  customerRead: 0,
  looking: [],
  typing: null,
  hint: [],
  suggestions: null,
};

export function update(state: State, change: Change, now = Date.now()): State {
  switch (change.t) {
    case "snapshot":
      return entered(state, change, now);
    case "item":
      return { ...state, items: { ...state.items, [change.item.id]: change.item } };
    case "gone":
      return { ...state, items: without(state.items, change.id) };
    case "agent":
      return { ...state, agents: { ...state.agents, [change.agent.id]: change.agent } };
    case "approval": {
      const { t: _, ...approval } = change;
      return { ...state, approvals: { ...state.approvals, [approval.id]: approval } };
    }
    case "line":
      return lineCame(state, change.conversation, change.line);
    case "typing":
      return inTalk(state, change.conversation, {
        typing: change.on === false ? null : { ...change, until: now + TYPING_MS },
      });
    case "looking":
      return inTalk(state, change.conversation, { looking: change.agents });
    case "hint":
      return inTalk(state, change.conversation, { hint: change.fields });
    case "read":
      return inTalk(state, change.conversation, { customerRead: change.seq });
    case "suggested":
      return inTalk(state, change.conversation, { suggestions: change.suggestions });
    case "hushed":
      return inTalk(state, change.conversation, { typing: null, hint: [] });
    case "loading": {
      const talk = state.talks[change.conversation];
      return withTalk(state, change.conversation, talk?.opened ? talk : { ...NO_TALK });
    }
    case "opened":
      return opened(state, change.conversation, change.opened);
    case "unopened":
      return inTalk(state, change.conversation, { state: state.talks[change.conversation]?.opened ? "ready" : "failed" });
    case "earlier":
      return inTalk(state, change.conversation, {
        lines: merged(change.lines, state.talks[change.conversation]?.lines ?? []),
        older: change.older,
      });
    case "seen":
      return seen(state, change.conversation);
    case "sending":
      if (state.pending.some((one) => one.frame.client_id === change.frame.client_id)) {
        return mark(state, change.frame.client_id, { state: "sending" });
      }
      return { ...state, pending: [...state.pending, { frame: change.frame, at: change.at, state: "sending" }] };
    case "delivered":
      return mark(state, change.client_id, { state: "delivered", ...(change.seq !== undefined && { seq: change.seq }) });
    case "refused":
      return mark(state, change.client_id, { state: "failed", why: change.why });
    case "discard":
      return { ...state, pending: state.pending.filter((one) => one.frame.client_id !== change.client_id) };
    case "reach":
      return { ...state, reach: change.reach };
    case "signed_out":
      return { ...EMPTY, reach: "offline" };
    default:
      return state;
  }
}

/** The talk of a conversation that is there or being fetched. */
export function talkOf(state: State, conversation: string): Talk {
  return state.talks[conversation] ?? NO_TALK;
}

export function itemOf(state: State, conversation: string): Item | null {
  const found = Object.values(state.items).find((item) => item.conversation === conversation && item.state !== "closed");
  return found ?? state.talks[conversation]?.opened?.conversation.item ?? null;
}

/** After a pause what is known may be old: lists are the snapshot's, talks stay until they are fetched anew. */
function entered(state: State, snapshot: Snapshot, now: number): State {
  const items = [...snapshot.queue, ...snapshot.mine, ...(snapshot.others ?? [])];
  return {
    ...state,
    me: snapshot.me,
    reach: "online",
    aheadMs: snapshot.now ? Date.parse(snapshot.now) - now : state.aheadMs,
    agents: byId(snapshot.agents),
    groups: snapshot.groups,
    items: byId(items),
    approvals: byId(snapshot.approvals ?? []),
  };
}

function lineCame(state: State, conversation: string, line: Line): State {
  const pending = state.pending.filter(
    (one) =>
      one.frame.conversation !== conversation ||
      (one.frame.client_id !== line.client_id && (one.seq === undefined || one.seq !== line.seq)),
  );
  const talk = state.talks[conversation];
  if (!talk) return { ...state, pending };
  const typing = talk.typing?.who === line.who ? null : talk.typing;
  const suggestions = line.who === "customer" || line.who === "agent" ? null : talk.suggestions;
  return withTalk({ ...state, pending }, conversation, {
    ...talk,
    typing,
    suggestions,
    lines: merged(talk.lines, [line]),
  });
}

function opened(state: State, conversation: string, found: Opened): State {
  const talk = talkOf(state, conversation);
  const reaches = talk.lines.some((line) => line.seq === found.lines[0]?.seq);
  const lines = reaches ? merged(talk.lines, found.lines) : found.lines;
  const known = new Set(lines.map((line) => line.client_id).filter(Boolean));
  const next = withTalk(state, conversation, {
    ...talk,
    state: "ready",
    opened: found,
    lines,
    older: reaches ? talk.older : found.older,
    customerRead: Math.max(talk.customerRead, found.customer_read ?? 0),
    looking: found.looking ?? talk.looking,
  });
  return { ...next, pending: next.pending.filter((one) => !known.has(one.frame.client_id)) };
}

function seen(state: State, conversation: string): State {
  const item = itemOf(state, conversation);
  if (!item || item.unread === 0 || !state.items[item.id]) return state;
  return { ...state, items: { ...state.items, [item.id]: { ...item, unread: 0 } } };
}

function mark(state: State, id: string, as: Partial<Pending>): State {
  return { ...state, pending: state.pending.map((one) => (one.frame.client_id === id ? { ...one, ...as } : one)) };
}

function inTalk(state: State, conversation: string, change: Partial<Talk>): State {
  const talk = state.talks[conversation];
  return talk ? withTalk(state, conversation, { ...talk, ...change }) : state;
}

function withTalk(state: State, conversation: string, talk: Talk): State {
  return { ...state, talks: { ...state.talks, [conversation]: talk } };
}

/** Lines by their numbers, each once; the later word on one counts. */
function merged(one: readonly Line[], other: readonly Line[]): Line[] {
  const all = new Map<number, Line>();
  for (const line of [...one, ...other]) all.set(line.seq, line);
  return [...all.values()].sort((before, after) => before.seq - after.seq);
}

function byId<Kind extends { id: string }>(all: readonly Kind[]): Record<string, Kind> {
  return Object.fromEntries(all.map((one) => [one.id, one]));
}

function without<Kind>(all: Record<string, Kind>, id: string): Record<string, Kind> {
  const { [id]: _, ...rest } = all;
  return rest;
}
