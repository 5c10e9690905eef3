import assert from "node:assert/strict";
import { test } from "node:test";

import type { Line } from "../shared/protocol.ts";
import { besides, cardsIn } from "../widget/cards.ts";
import { liveButtons, places } from "../widget/groups.ts";
import { events } from "../widget/stream.ts";

test("an order's card keeps what it knows and leaves out the rest", () => {
  const given = { card: "order", number: "GT1", status: "shipped", items: [{ name: "Kettle" }, { quantity: 2 }, null] };
  assert.deepEqual(cardsIn(given), [
    { card: "order", number: "GT1", status: "shipped", items: [{ name: "Kettle", quantity: 1 }] },
  ]);
});

test("several cards come in their order", () => {
  const store = { card: "store", name: "S", address: "A", phone: "1" };
  assert.deepEqual(cardsIn({ cards: [store, { card: "product", name: "P", in_stock: false }] }).map((one) => one.card), [
    "store",
    "product",
  ]);
});

test("lines of a list that cards tell are left to the cards", () => {
  const cards = cardsIn({ cards: [{ card: "store", name: "Jing'an" }, { card: "order", number: "GT1", status: "sent" }] });
  assert.equal(besides("Two of them:\nJing'an: 1 West Road\nGT1 · Kettle\nWhich one?", cards), "Two of them:\nWhich one?");
  assert.equal(besides("Jing'an is open.\nUntil ten.", cards), "Jing'an is open.\nUntil ten.");
});

test("what is no card of ours is not drawn", () => {
  for (const odd of [null, 1, "x", [], {}, { card: "order" }, { card: "store", name: {} }, { cards: 3 }]) {
    assert.deepEqual(cardsIn(odd), []);
  }
});

test("buttons live until the customer goes on", () => {
  const line = (seq: number, who: Line["who"]): Line => ({ seq, who, at: "2026-11-22T04:00:00.000Z" });
  assert.equal(liveButtons([line(1, "customer"), line(2, "bot"), line(3, "bot")]), 1);
  assert.equal(liveButtons([line(1, "bot")]), 0);
});

test("bubbles of one person within a while stand together", () => {
  const line = (seq: number, at: string, who: Line["who"] = "bot"): Line => ({ seq, who, at: `2026-11-22T${at}.000Z` });
  const found = places([line(1, "04:00:00"), line(2, "04:01:00"), line(3, "04:05:00"), line(4, "04:05:01", "customer")]);
  assert.deepEqual(found.map((one) => [one.opens, one.closes]), [
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
});

test("events are read however the stream is cut into pieces", () => {
  const stream = 'id: 1\r\ndata: {"t":"line"}\r\n\r\n: still here\n\ndata: {"t":"pong"}\n\n';
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const first = events(stream.slice(0, cut));
    const second = events(first.rest + stream.slice(cut));
    assert.deepEqual([...first.data, ...second.data], ['{"t":"line"}', '{"t":"pong"}'], String(cut));
  }
});
