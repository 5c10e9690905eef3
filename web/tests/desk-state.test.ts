import assert from "node:assert/strict";
import { test } from "node:test";

import type { Item, Line, Opened, Snapshot, Words } from "../shared/desk.ts";
import { type Change, EMPTY, itemOf, type State, talkOf, update } from "../desk/state.ts";

const AT = "2026-11-22T04:00:00.000Z";
const NOW = Date.parse(AT);

function item(id: string, more: Partial<Item> = {}): Item {
  return {
    id,
    conversation: `talk-${id}`,
    customer: { name: "林晓彤", tier: "gold", known_by: "signed_in" },
    channel: "web",
    language: "zh",
    reason: "asked",
    priority: "normal",
    summary: "",
    group: "general",
    state: "waiting",
    agent: null,
    place: 1,
    since: AT,
    first_due: null,
    next_due: null,
    warned: false,
    breached: false,
    unread: 0,
    last: null,
    vip: false,
    tags: [],
    ...more,
  };
}

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  const me = {
    id: "li",
    name: "李静",
    shown_as: { zh: "李静", en: "Li Jing" },
    roles: ["agent" as const],
    groups: [],
    languages: [],
    capacity: 5,
    money_limit: "2000",
    totp: false,
  };
  return { t: "snapshot", me, agents: [], groups: [], queue: [], mine: [], ...more };
}

function opened(...lines: Line[]): Opened {
  return {
    conversation: { id: "talk-1", owner: "agent", channel: "web", language: "zh", item: null },
    lines,
    older: true,
    packet: null,
    packet_versions: [],
    customer: { id: null, name: null, phone: null, email: null, tier: null, tags: [], known_by: "nothing", channels: [], orders: [], returns: [], past: [] },
    actions: [],
  };
}

const line = (seq: number, more: Partial<Line> = {}): Line => ({ seq, who: "customer", at: AT, text: `line ${seq}`, ...more });
const words: Words = { t: "say", conversation: "talk-1", text: "您好", client_id: "w1" };
const after = (...changes: Change[]): State => changes.reduce((state, change) => update(state, change, NOW), EMPTY);
const open = (...lines: Line[]): Change[] => [
  snapshot(),
  { t: "loading", conversation: "talk-1" },
  { t: "opened", conversation: "talk-1", opened: opened(...lines) },
];
const numbers = (state: State) => talkOf(state, "talk-1").lines.map((one) => one.seq);

test("after a pause the lists are the snapshot's and nothing of before stays", () => {
  const state = after(snapshot({ queue: [item("1"), item("2")] }), snapshot({ mine: [item("2", { state: "assigned" })] }));
  assert.deepEqual(Object.keys(state.items), ["2"]);
});

test("waiting times are counted on the server's clock", () => {
  const state = after(snapshot({ now: "2026-11-22T04:00:07.000Z" }));
  assert.equal(state.aheadMs, 7_000);
});

test("a line that comes twice stands once, and lines stand in the order of their numbers", () => {
  const came = [3, 2, 3].map((seq): Change => ({ t: "line", conversation: "talk-1", line: line(seq) }));
  assert.deepEqual(numbers(after(...open(line(1)), ...came)), [1, 2, 3]);
});

test("lines missed during a pause come in, and earlier ones stay", () => {
  const earlier: Change = { t: "earlier", conversation: "talk-1", lines: [line(1), line(2)], older: false };
  const again: Change = { t: "opened", conversation: "talk-1", opened: opened(line(3), line(4), line(5)) };
  const state = after(...open(line(3)), earlier, again);
  assert.deepEqual(numbers(state), [1, 2, 3, 4, 5]);
  assert.equal(talkOf(state, "talk-1").older, false);
});

test("a pause longer than what is fetched leaves no hole that looks like a talk", () => {
  const again: Change = { t: "opened", conversation: "talk-1", opened: opened(line(300)) };
  assert.deepEqual(numbers(after(...open(line(3)), again)), [300]);
});

test("words show at once and give way to the line they became", () => {
  const sending = after(...open(line(1)), { t: "sending", frame: words, at: NOW });
  assert.equal(sending.pending.length, 1);
  const said = line(2, { who: "agent", client_id: "w1" });
  assert.equal(update(sending, { t: "line", conversation: "talk-1", line: said }).pending.length, 0);
});

test("words whose line was only told by number give way to it too", () => {
  const delivered = after(...open(line(1)), { t: "sending", frame: words, at: NOW }, { t: "delivered", client_id: "w1", seq: 2 });
  const state = update(delivered, { t: "line", conversation: "talk-1", line: line(2, { who: "agent" }) });
  assert.equal(state.pending.length, 0);
});

test("refused words stay, with the reason, until they are sent again or thrown away", () => {
  const why = { zh: "太长", en: "too long" };
  const refused = after(...open(), { t: "sending", frame: words, at: NOW }, { t: "refused", client_id: "w1", why });
  assert.deepEqual(refused.pending[0]?.why, why);
  assert.equal(update(refused, { t: "sending", frame: words, at: NOW }).pending[0]?.state, "sending");
  assert.equal(update(refused, { t: "discard", client_id: "w1" }).pending.length, 0);
});

test("a customer's new message puts away what was suggested for the last", () => {
  const suggested: Change = { t: "suggested", conversation: "talk-1", suggestions: { faq: [], replies: [{ title: "a", text: "b" }] } };
  const state = after(...open(line(1)), suggested, { t: "line", conversation: "talk-1", line: line(2) });
  assert.equal(talkOf(state, "talk-1").suggestions, null);
});

test("whoever wrote is typing no more", () => {
  const typing: Change = { t: "typing", conversation: "talk-1", who: "customer" };
  assert.ok(talkOf(after(...open(), typing), "talk-1").typing);
  const state = after(...open(), typing, { t: "line", conversation: "talk-1", line: line(1) });
  assert.equal(talkOf(state, "talk-1").typing, null);
});

test("a conversation's item is the live one, and the fetched one when it has left the lists", () => {
  const state = after(snapshot({ mine: [item("1", { state: "assigned" })] }));
  assert.equal(itemOf(state, "talk-1")?.id, "1");
  assert.equal(itemOf(update(state, { t: "gone", id: "1" }), "talk-1"), null);
});

test("what was read counts no more", () => {
  const state = after(snapshot({ mine: [item("1", { state: "assigned", unread: 3 })] }), { t: "seen", conversation: "talk-1" });
  assert.equal(state.items["1"]?.unread, 0);
});
