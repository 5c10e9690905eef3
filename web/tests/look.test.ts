import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, inkOn, parseColour, readableOn, type Rgb, surface } from "../widget/colours.ts";
import { chosen, tell, texts } from "../widget/texts.ts";
import { day } from "../widget/time.ts";

const SOME: Rgb[] = ["#b5472f", "#ffcc00", "#777", "#00ff00", "#fff", "#000", "#ff0000", "#1677ff", "#8e8e00"].map(
  (text) => parseColour(text) as Rgb,
);

test("only hex digits are a colour", () => {
  assert.deepEqual(parseColour("#b52"), [187, 85, 34]);
  for (const trick of ["red", "#12", "#1234567", "#fff;}</style><script>", "url(https://a.example)", "", null, undefined]) {
    assert.equal(parseColour(trick), null, String(trick));
  }
});

test("whatever colour a shop picks, texts on it and in it can be read", () => {
  for (const colour of SOME) {
    assert.ok(contrast(surface(colour), inkOn(colour)) >= 4.5, String(colour));
    for (const paper of [[255, 255, 255], [28, 33, 40]] as Rgb[]) {
      assert.ok(contrast(readableOn(colour, paper), paper) >= 4.5, `${colour} on ${paper}`);
    }
  }
});

test("the language is the page's, or the browser's first that is spoken here", () => {
  assert.equal(chosen("zh-CN", ["en"]), "zh");
  assert.equal(chosen(null, ["fr", "zh-TW", "en"]), "zh");
  assert.equal(chosen("zhx", ["de"]), "en");
});

test("both languages say the same things with the same blanks", () => {
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/gu)].map(String).sort();
  for (const name of Object.keys(texts.zh) as (keyof typeof texts.zh)[]) {
    assert.deepEqual(blanks(texts.zh[name]), blanks(texts.en[name]), name);
    assert.notEqual(texts.en[name], "", name);
  }
  assert.equal(tell("en", "statusPlace", { place: 3 }), "In line, place 3");
});

test("days are told as people tell them", () => {
  const now = new Date(2026, 0, 2, 1, 0);
  assert.equal(day(new Date(2026, 0, 2, 0, 1), now, "zh"), "今天");
  assert.equal(day(new Date(2026, 0, 1, 23, 59), now, "en"), "Yesterday");
  assert.match(day(new Date(2025, 11, 30), now, "en"), /30 December 2025/u);
});
