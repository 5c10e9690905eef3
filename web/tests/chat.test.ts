import assert from "node:assert/strict";
import { test } from "node:test";

import type { Line, ServerFrame, Welcome } from "../shared/protocol.ts";
import { type Chat, EMPTY, hasOlder, leavesGap, newest, unread, update } from "../widget/chat.ts";

const AT = "2026-11-22T04:00:00.000Z";

function line(seq: number, more: Partial<Line> = {}): { t: "line" } & Line {
  return { t: "line", seq, who: "bot", at: AT, text: `line ${seq}`, ...more };
}

function welcome(more: Partial<Welcome> = {}): Welcome {
  const both = { zh: "", en: "" };
  return {
    t: "welcome",
    v: 1,
    visitor: "token",
    conversation: "c1",
    seq: 0,
    resume: "full",
    status: { owner: "bot" },
    customer: null,
    config: { shop: both, greeting: both, suggestions: { zh: [], en: [] }, max_text: 9, files: { max_bytes: 1, types: [] } },
    ...more,
  };
}

function after(...frames: ServerFrame[]): Chat {
  return frames.reduce(update, EMPTY);
}

function waiting(chat: Chat, id: string): Chat {
  return update(chat, { t: "sending", queued: { frame: { t: "msg", id, text: "hello" }, shown: "hello", at: 1 } });
}

const numbers = (chat: Chat) => chat.lines.map((one) => one.seq);

test("a line that was seen is not shown again", () => {
  assert.deepEqual(numbers(after(welcome(), line(1), line(2), line(1), line(2))), [1, 2]);
});

test("a line that leaves a gap is not shown", () => {
  const chat = after(welcome(), line(1));
  assert.ok(leavesGap(chat, line(3)));
  assert.deepEqual(numbers(update(chat, line(3))), [1]);
});

test("a talk that goes on keeps its lines", () => {
  assert.deepEqual(numbers(after(welcome(), line(1), welcome({ seq: 2 }), line(2))), [1, 2]);
});

test("a talk with a hole in its middle is shown from behind the hole", () => {
  const chat = after(welcome(), line(1), welcome({ resume: "partial", seq: 300 }), line(101));
  assert.deepEqual(numbers(chat), [101]);
  assert.ok(hasOlder(chat));
});

test("another talk shows nothing of the one before", () => {
  assert.deepEqual(numbers(after(welcome(), line(1), welcome({ conversation: "c2" }))), []);
});

test("older lines go before the first, and only when they join it", () => {
  const chat = after(welcome({ resume: "partial" }), line(5));
  assert.deepEqual(numbers(update(chat, { t: "lines", lines: [line(3), line(4)], more: true })), [3, 4, 5]);
  assert.deepEqual(numbers(update(chat, { t: "lines", lines: [line(2), line(3)], more: true })), [5]);
});

test("a customer's message becomes the server's line, whichever tells first", () => {
  const sent = waiting(after(welcome()), "m1");
  const own = line(1, { who: "customer", client_id: "m1" });
  const acked = update(sent, { t: "ack", id: "m1", seq: 1 });
  assert.equal(acked.pending[0]?.state, "delivered");
  assert.equal(update(acked, own).pending.length, 0);
  const shown = update(sent, own);
  assert.equal(shown.pending.length, 0);
  assert.deepEqual(update(shown, { t: "ack", id: "m1", seq: 1 }).pending, []);
});

test("a message that is queued twice is shown once", () => {
  const chat = waiting(waiting(after(welcome()), "m1"), "m1");
  assert.equal(chat.pending.length, 1);
  assert.equal(waiting(update(chat, line(1, { who: "customer", client_id: "m1" })), "m1").pending.length, 0);
});

test("what is refused for good says why, what may be repeated goes on waiting", () => {
  const message = { zh: "太长", en: "too long" };
  const chat = waiting(after(welcome()), "m1");
  const refused = update(chat, { t: "error", code: "too_long", id: "m1", retry: false, message });
  assert.deepEqual([refused.pending[0]?.state, refused.pending[0]?.reason], ["failed", message]);
  const slow = update(chat, { t: "error", code: "slow_down", id: "m1", retry: true, message });
  assert.deepEqual([slow.pending[0]?.state, slow.notice], ["sending", message]);
});

test("an answer tells that the question was read", () => {
  assert.equal(after(welcome(), line(1, { who: "customer" }), line(2)).readBy, 2);
});

test("unread are the lines of others after the last that was seen", () => {
  const chat = after(welcome(), line(1), line(2, { who: "customer" }), line(3), line(4, { who: "agent" }));
  assert.equal(unread(chat, 1), 2);
});

test("signed out, nothing of the talk is left", () => {
  const chat = update(waiting(after(welcome({ customer: { name: "Li" } }), line(1)), "m1"), { t: "signed_out" });
  assert.deepEqual([chat.lines, chat.pending, chat.customer, chat.conversation], [[], [], null, null]);
});

test("a frame of a kind to come changes nothing", () => {
  const chat = after(welcome(), line(1));
  assert.equal(update(chat, { t: "confetti" } as unknown as ServerFrame), chat);
  assert.equal(newest(chat), 1);
});
