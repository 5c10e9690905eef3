import assert from "node:assert/strict";
import { test } from "node:test";

import type { Answer, Entry } from "../shared/studio.ts";
import { folded } from "../studio/diff.ts";
import { answerFor, deduplicated, differs, moved, pasted, withAnswer, withDetails, withExamples } from "../studio/draft.ts";
import { clashes, differing, merged } from "../studio/merge.ts";
import { hashOf, routeOf } from "../studio/route.ts";
import { tell } from "../studio/texts.ts";
import { titleOf, word } from "../studio/words.ts";

const answer = (text: string, channel: string | null = null): Answer => ({ channel, text, buttons: [], image: null });

function entry(more: Partial<Entry> = {}): Entry {
  return {
    key: "faq/dispatch_time",
    kind: "faq",
    topic: "delivery",
    title: { zh: "多久发货", en: "how soon do you ship" },
    status: "published",
    revision: "r1",
    published_revision: "r1",
    editors: { owner: null, tags: [], category: null, valid_from: null, valid_until: null },
    examples: { zh: ["多久发货", "几天发货"], en: ["how soon do you ship"] },
    answers: { zh: [answer("24 小时内。")], en: [answer("Within 24 hours.")] },
    quotes: null,
    changed_by: null,
    changed_at: null,
    review_by: null,
    ...more,
  };
}

test("an address leads to its page and back, and a broken one to the list", () => {
  assert.deepEqual(routeOf(hashOf("entries", "faq/dispatch_time")), { page: "entries", key: "faq/dispatch_time" });
  assert.deepEqual(routeOf(hashOf("inbox")), { page: "inbox", key: null });
  for (const odd of ["", "#", "#/nowhere/x", "#/entries/%E4%B8", "#/inbox/x"]) assert.equal(routeOf(odd).key, null);
});

test("lines pasted into a wording become one each, without their list marks", () => {
  assert.deepEqual(pasted(["甲", "乙"], 1, "- 一\r\n\n2. 二\n • three "), ["甲", "一", "二", "three"]);
  assert.deepEqual(pasted([""], 0, "2026 年的活动\n3C 产品"), ["2026 年的活动", "3C 产品"]);
});

test("wordings that differ only in width, case, spaces and marks are duplicates", () => {
  assert.deepEqual(deduplicated(["多久发货？", "多久 发货", "", "ＯＫ吗", "ok吗!", "别的"]), ["多久发货？", "ＯＫ吗", "别的"]);
});

test("a wording moves by one place and never out of the list", () => {
  assert.deepEqual(moved(["a", "b", "c"], 2, 1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b"], 0, -1), ["a", "b"]);
});

test("an empty line and an owner who is nobody are no change; a word is", () => {
  const before = entry();
  assert.equal(differs(before, withExamples(before, "zh", ["多久发货", "几天发货", " "])), false);
  assert.equal(differs(before, withDetails(before, { owner: "" })), false);
  assert.equal(differs(before, withAnswer(before, "zh", 0, { text: "48 小时内。" })), true);
});

test("a channel gives its own answer, else everybody's", () => {
  const own = entry({ answers: { zh: [answer("网页"), answer("微信", "wechat")], en: [] } });
  assert.equal(answerFor(own, "zh", "wechat")?.text, "微信");
  assert.equal(answerFor(own, "zh", "telegram")?.text, "网页");
  assert.equal(answerFor(own, "en", "web"), null);
});

test("what is true only under a condition is not what is usually said", () => {
  const when = [{ slot: "in_hours", value: false }];
  const own = entry({ answers: { zh: [{ ...answer("夜里"), when }, answer("白天")], en: [{ ...answer("At night"), when }] } });
  assert.equal(answerFor(own, "zh", "web")?.text, "白天");
  assert.equal(answerFor(own, "en", "web")?.text, "At night");
});

test("changes of two editors in different places go together without a question", () => {
  const base = entry();
  const theirs = withAnswer(base, "en", 0, { text: "Within a day." });
  const mine = withExamples(withAnswer(base, "zh", 0, { text: "一天内。" }), "zh", ["多久发货"]);
  assert.deepEqual(clashes(base, theirs, mine), []);
  const both = merged(base, theirs, mine, {});
  assert.equal(both.answers.en[0]?.text, "Within a day.");
  assert.equal(both.answers.zh[0]?.text, "一天内。");
  assert.deepEqual(both.examples.zh, ["多久发货"]);
});

test("what both changed is theirs until mine is chosen", () => {
  const base = entry();
  const theirs = withAnswer(base, "zh", 0, { text: "对方" });
  const mine = withAnswer(base, "zh", 0, { text: "我" });
  assert.deepEqual(clashes(base, theirs, mine).map((one) => one.field), ["answers.zh.*"]);
  assert.equal(merged(base, theirs, mine, {}).answers.zh[0]?.text, "对方");
  assert.equal(merged(base, theirs, mine, { "answers.zh.*": "mine" }).answers.zh[0]?.text, "我");
});

test("of two lists of wordings both can be had: what either added, without what either took out", () => {
  const base = entry();
  const theirs = withExamples(base, "zh", ["多久发货", "几天发货", "他们加的"]);
  const mine = withExamples(base, "zh", ["几天发货", "我加的"]);
  const both = merged(base, theirs, mine, { "examples.zh": "both" });
  assert.deepEqual(both.examples.zh, ["几天发货", "他们加的", "我加的"]);
});

test("an answer for a channel that only I added comes along, and the order of channels stays", () => {
  const base = entry();
  const mine = entry({ answers: { ...base.answers, zh: [answer("24 小时内。"), answer("微信里说", "wechat")] } });
  const theirs = withAnswer(base, "zh", 0, { text: "一天内。" });
  assert.deepEqual(merged(base, theirs, mine, {}).answers.zh.map((one) => one.text), ["一天内。", "微信里说"]);
});

test("a reviewer sees the fields that differ and no others", () => {
  const base = entry();
  const draft = withDetails(withAnswer(base, "zh", 0, { text: "一天内。" }), { tags: ["大促"] });
  assert.deepEqual(differing(base, draft).map((one) => one.field), ["answers.zh.*", "editors.tags"]);
});

test("long stretches of the same are folded around what changed", () => {
  const same = (text: string) => ({ op: "same" as const, text });
  const found = folded([same("1"), same("2"), same("3"), { op: "add", text: "+" }, same("4"), same("5"), same("6")]);
  assert.deepEqual(found.map((line) => (line.op === "fold" ? `(${line.count})` : line.text)), ["(2)", "3", "+", "4", "(2)"]);
});

test("names of ours are told in words, unknown ones as they are, and a title in the other language rather than none", () => {
  assert.equal(word("topic", "returns", "zh"), "退换货");
  assert.equal(word("topic", "gift_cards", "en"), "gift cards");
  assert.equal(titleOf({ zh: "多久发货", en: "" }, "faq/dispatch_time", "en"), "多久发货");
  assert.equal(titleOf(null, "faq/dispatch_time", "en"), "dispatch time");
  assert.equal(tell("zh", "publishDo", { count: 2 }), "发布 2 条");
});
