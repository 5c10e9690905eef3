import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces, safe, safeImage } from "../shared/links.ts";

const links = (text: string) => pieces(text).flatMap((piece) => (piece.href === undefined ? [] : [piece.text]));

test("a text is the same text after its links were found", () => {
  for (const text of ["", "see https://a.example/b, please", "运单：https://a.example/?n=1。谢谢", "a@b.example!"]) {
    assert.equal(pieces(text).map((piece) => piece.text).join(""), text);
  }
});

test("punctuation of the sentence is not part of a link, in either language", () => {
  assert.deepEqual(links("(see https://a.example/x_(1)), or https://b.example/y."), [
    "https://a.example/x_(1)",
    "https://b.example/y",
  ]);
  assert.deepEqual(links("详情见https://a.example/b，谢谢"), ["https://a.example/b"]);
});

test("a mail address can be written to", () => {
  assert.equal(pieces("help@shop.example")[0]?.href, "mailto:help@shop.example");
});

test("only http, https, mailto and tel are followed", () => {
  const tricks = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:x",
    "java\tscript:alert(1)",
    "//a.example",
  ];
  for (const trick of tricks) {
    assert.equal(safe(trick), null, trick);
    assert.deepEqual(links(trick), [], trick);
  }
  assert.equal(safe("tel:+862155500101"), "tel:+862155500101");
});

test("a link ends where a quote or a tag begins", () => {
  assert.deepEqual(links('https://a.example/"onmouseover="x https://b.example/<b>'), [
    "https://a.example/",
    "https://b.example/",
  ]);
});

test("pictures come by https or from our own server", () => {
  assert.equal(safeImage("/web/files/a1?k=2"), "/web/files/a1?k=2");
  assert.equal(safeImage("https://cdn.example/a.png"), "https://cdn.example/a.png");
  const tricks = ["http://a.example/a.png", "data:image/svg+xml,<svg onload=alert(1)>", "javascript:alert(1)", "x", "/demo"];
  for (const trick of tricks) assert.equal(safeImage(trick), null, trick);
});
