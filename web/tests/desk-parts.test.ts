import assert from "node:assert/strict";
import { test } from "node:test";

import type { Canned, Item } from "../shared/desk.ts";
import { called, filled, fitting, missing } from "../desk/canned.ts";
import { fact, goods, money } from "../desk/format.ts";
import { command } from "../desk/keys.ts";
import { Kept } from "../desk/kept.ts";
import { lists, matches, NO_FILTER, pressing } from "../desk/lists.ts";
import { stopwatch } from "../shared/staff/time.ts";
import { categoryOf, mainWish, word } from "../desk/words.ts";
import { InMemory } from "../widget/storage.ts";

const NOW = Date.parse("2026-11-22T04:00:00.000Z");
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

function item(id: string, more: Partial<Item> = {}): Item {
  return {
    id,
    conversation: `talk-${id}`,
    customer: { name: "Emily", tier: null, known_by: "nothing" },
    channel: "web",
    language: "en",
    reason: "asked",
    priority: "normal",
    summary: "wants a refund",
    group: "general",
    state: "waiting",
    agent: null,
    place: null,
    since: at(-10),
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

const li = { id: "li", name: "李静" };
const wang = { id: "wang", name: "王磊" };
const ids = (items: readonly Item[]) => items.map((one) => one.id).join("");

test("a conversation stands in the list of whoever has it", () => {
  const all = [item("a"), item("b", { state: "assigned", agent: li }), item("c", { state: "assigned", agent: wang }), item("d", { state: "closed" })];
  const found = lists(all, "li");
  assert.deepEqual([ids(found.queue), ids(found.mine), ids(found.others)], ["a", "b", "c"]);
});

test("the queue stands in the server's order, else by priority and waiting", () => {
  assert.equal(ids(lists([item("a", { place: 2 }), item("b", { place: 1 })], "li").queue), "ba");
  const unplaced = [item("a"), item("b", { since: at(-20) }), item("c", { priority: "urgent" })];
  assert.equal(ids(lists(unplaced, "li").queue), "cba");
});

test("among my own the nearest deadline comes first, and who waits for nothing last", () => {
  const mine = { state: "assigned", agent: li } as const;
  const all = [item("a", mine), item("b", { ...mine, next_due: at(9) }), item("c", { ...mine, next_due: at(2) })];
  assert.equal(ids(lists(all, "li").mine), "cba");
});

test("a deadline is calm, then near, then late", () => {
  assert.equal(pressing(item("a"), NOW), "calm");
  assert.equal(pressing(item("a", { first_due: at(20) }), NOW), "calm");
  assert.equal(pressing(item("a", { first_due: at(4) }), NOW), "near");
  assert.equal(pressing(item("a", { first_due: at(20), warned: true }), NOW), "near");
  assert.equal(pressing(item("a", { first_due: at(-1) }), NOW), "late");
});

test("a filter looks at name, words, tags and the picks", () => {
  const one = item("a", { tags: ["大件"], last: { who: "customer", text: "My Parcel is lost", at: at(-1) } });
  assert.ok(matches(one, { ...NO_FILTER, text: "parcel" }));
  assert.ok(matches(one, { ...NO_FILTER, text: "大件", language: "en" }));
  assert.ok(!matches(one, { ...NO_FILTER, text: "parcel", channel: "wechat" }));
  assert.ok(!matches(one, { ...NO_FILTER, text: "battery" }));
});

test("waiting times read like a stopwatch", () => {
  assert.deepEqual([0, 7_400, 760_000, 3_729_000, 300_000_000].map(stopwatch), ["0:00", "0:07", "12:40", "1:02:09", "3d"]);
});

test("a slash calls canned replies at the start of a word only", () => {
  assert.deepEqual(called("/hi", 3), { from: 0, word: "hi" });
  assert.deepEqual(called("好的 /", 4), { from: 3, word: "" });
  assert.equal(called("1/2", 3), null);
  assert.equal(called("https://a", 9), null);
});

test("a canned reply is found by shortcut first, then by title and text", () => {
  const one = (id: string, shortcut: string, title: string, text: string): Canned => ({ id, shortcut, title: { zh: title, en: title }, text: { zh: text, en: text }, shared: true });
  const shelf = [one("1", "bye", "Goodbye", "hi and bye"), one("2", "hi", "Greeting", "Hello"), one("3", "x", "Say hi", "…")];
  assert.deepEqual(fitting(shelf, "hi", "en").map((each) => each.id), ["2", "3", "1"]);
});

test("a variable is filled with what is known, and what is missing stays to be seen", () => {
  const text = filled("Hello {customer_name}, order {order_number}", { customer_name: "Emily {agent_name}" });
  assert.equal(text, "Hello Emily {agent_name}, order {order_number}");
  assert.equal(filled("Hello {customer_name}, this is {agent_name}", { agent_name: "Li" }), "Hello, this is Li");
  assert.deepEqual(missing("Order {order_number}."), { from: 6, to: 20 });
  assert.equal(missing("Order."), null);
});

test("facts are told in the agent's language, and the customer's own words stay as they are", () => {
  assert.equal(fact("reason", "no_reason", "zh"), "七天无理由");
  assert.equal(fact("amount_cny", "2599", "en"), "¥2,599.00");
  assert.equal(fact("opened", false, "en"), "No");
  assert.equal(fact("complaint", "bad", "zh"), "bad");
  assert.equal(fact("x", null, "zh"), null);
  assert.equal(money("12.5"), "¥12.50");
});

test("goods show the half of their name that the agent reads", () => {
  assert.equal(goods("纯棉 T 恤 / Cotton T-shirt ×3", "en"), "Cotton T-shirt ×3");
  assert.equal(goods("纯棉 T 恤 / Cotton T-shirt ×3", "zh"), "纯棉 T 恤 ×3");
  assert.equal(goods("纯棉 T 恤", "en"), "纯棉 T 恤");
});

test("the wish is what moves the talk, not its yes and no", () => {
  assert.equal(mainWish(["greet", "return_item", "affirm", "human"]), "return_item");
  assert.equal(categoryOf(["return_item", "human"], "asked"), "return_exchange");
  assert.equal(categoryOf(["human"], "complaint"), "complaint");
  assert.equal(word("wish", "faq/refund_days", "en"), "FAQ · refund days");
});

const key = (name: string, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...more });

test("single keys do nothing while somebody writes, or when they are switched off", () => {
  assert.equal(command(key("c"), false, true), "claim");
  assert.equal(command(key("C"), false, true), "claim");
  assert.equal(command(key("c"), true, true), null);
  assert.equal(command(key("c"), false, false), null);
  assert.equal(command(key("c", { ctrlKey: true }), false, true), null);
  assert.equal(command(key("k", { ctrlKey: true }), true, false), "search");
});

test("unsent words and drafts belong to the agent who wrote them", () => {
  const kept = new Kept(new InMemory());
  kept.belongTo("li");
  kept.enqueue({ frame: { t: "say", conversation: "c", text: "您好", client_id: "1" }, at: 1 });
  kept.setDraft("c", { text: "半句", isNote: false });
  kept.belongTo("wang");
  assert.deepEqual([kept.queue().length, kept.draft("c").text], [0, ""]);
  kept.belongTo("li");
  assert.deepEqual([kept.queue().length, kept.draft("c").text], [1, "半句"]);
  kept.dequeue("1");
  assert.equal(kept.queue().length, 0);
});
