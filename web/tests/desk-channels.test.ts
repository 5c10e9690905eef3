import assert from "node:assert/strict";
import { test } from "node:test";

import { channelNow, channelsOf, places } from "../desk/groups.ts";
import type { Line } from "../shared/desk.ts";

const line = (seq: number, channel: string | undefined, more: Partial<Line> = {}): Line => ({
  seq,
  who: "customer",
  at: `2026-11-22T04:00:0${seq}.000Z`,
  text: "hello",
  ...(channel && { channel }),
  ...more,
});

test("lines that come by one channel need not say so, by two they do", () => {
  assert.equal(channelsOf([line(1, "web"), line(2, "web")]).size, 1);
  assert.deepEqual([...channelsOf([line(1, "web"), line(2, "telegram"), line(3, "rest", { who: "bot" })])], ["web", "telegram"]);
});

test("a customer is where they wrote last, whoever spoke since", () => {
  assert.equal(channelNow([line(1, "web"), line(2, "wechat"), line(3, "wechat", { who: "agent" }), line(4, undefined, { who: "note" })]), "wechat");
  assert.equal(channelNow([]), undefined);
});

test("what follows on another channel begins a group of its own", () => {
  assert.deepEqual(
    places([line(1, "web"), line(2, "web"), line(3, "telegram")]).map((place) => place.opens),
    [true, false, true],
  );
});
