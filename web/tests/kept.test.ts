import assert from "node:assert/strict";
import { test } from "node:test";

import { changed, InMemory, Kept, type Queued } from "../widget/storage.ts";

function queued(id: string, at: number): Queued {
  return { frame: { t: "msg", id, text: id }, shown: id, at };
}

test("messages wait in the order they were written, those of other tabs among them", () => {
  const store = new InMemory();
  const [one, other] = [new Kept(store), new Kept(store)];
  one.enqueue(queued("b", 2));
  other.enqueue(queued("a", 1));
  one.enqueue(queued("c", 3));
  one.dequeue("b");
  assert.deepEqual(other.queue().map((each) => each.frame.id), ["a", "c"]);
});

test("what is no message in the store is passed over", () => {
  const store = new InMemory();
  store.setItem("guitai.queue.x", "{");
  store.setItem("guitai.queue.y", '{"frame":{"t":"logout"},"shown":"y"}');
  assert.deepEqual(new Kept(store).queue(), []);
});

test("signed out, no name, no message and no mark is left, and how they like it stays", () => {
  const store = new InMemory();
  const kept = new Kept(store);
  kept.visitor = "token";
  kept.language = "en";
  kept.sound = false;
  kept.setRead("c1", 7);
  kept.enqueue(queued("a", 1));
  store.setItem("shop.cart", "full");
  kept.forget();
  assert.deepEqual([kept.visitor, kept.read("c1"), kept.queue()], [null, 0, []]);
  assert.deepEqual([kept.language, kept.sound, store.getItem("shop.cart")], ["en", false, "full"]);
});

test("what was read stays read, in its own talk", () => {
  const kept = new Kept(new InMemory());
  kept.setRead("c1", 7);
  kept.setRead("c1", 3);
  assert.deepEqual([kept.read("c1"), kept.read("c2")], [7, 0]);
});

test("a full store loses no talk", () => {
  const store = new InMemory();
  store.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  new Kept(store).enqueue(queued("a", 1));
});

test("a change in the store is told by its name, the page's own things are not ours", () => {
  assert.equal(changed("guitai.visitor"), "visitor");
  assert.equal(changed("shop.cart"), null);
});
