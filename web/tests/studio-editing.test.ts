import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused } from "../shared/staff/api.ts";
import type { Entry, OpenedEntry, Publication } from "../shared/studio.ts";
import type { Api } from "../studio/api.ts";
import { withAnswer, withExamples } from "../studio/draft.ts";
import { Editing } from "../studio/editing.ts";
import { follow, type Told } from "../studio/follow.ts";
import { Kept, type Unsaved } from "../studio/kept.ts";
import { InMemory } from "../widget/storage.ts";

const opened = (more: Partial<Entry> = {}): OpenedEntry => ({
  key: "faq/dispatch_time",
  kind: "faq",
  topic: "delivery",
  title: { zh: "多久发货", en: "" },
  status: "published",
  revision: "r1",
  published_revision: "r1",
  editors: { owner: null, tags: [], category: null, valid_from: null, valid_until: null },
  examples: { zh: ["多久发货"], en: [] },
  answers: { zh: [{ channel: null, text: "24 小时内。", buttons: [], image: null }], en: [] },
  quotes: null,
  changed_by: null,
  changed_at: null,
  review_by: null,
  faults: [],
  others_here: [],
  ...more,
});

/** A server with one entry: whoever saves must have seen the newest. */
class FakeServer {
  now = opened();
  first = opened();
  saves = 0;
  told: unknown[] = [];
  kept = new Kept(new InMemory());

  editing(): Editing {
    const keep = (unsaved: Unsaved | null) => this.kept.setUnsaved(this.now.key, unsaved);
    const around = { api: this as unknown as Api, changed: () => undefined, told: (error: unknown) => this.told.push(error), keep };
    return new Editing(this.now, around, this.kept.unsaved(this.now.key));
  }

  async save(revision: string, entry: Entry): Promise<OpenedEntry> {
    if (revision !== this.now.revision) throw new Refused(409, "conflict", "", { base: this.first, theirs: this.now });
    this.saves += 1;
    this.now = { ...opened(entry), revision: `r${this.saves + 1}`, status: "draft" };
    return this.now;
  }

  async check(entry: Entry): Promise<{ faults: OpenedEntry["faults"] }> {
    const words = { zh: "太短", en: "too short" };
    return { faults: entry.examples.zh.length < 2 ? [{ severity: "warning", code: "too_few", field: "examples.zh", words }] : [] };
  }
}

test("what is typed is unsaved until it is saved, and nothing to save asks nobody", async () => {
  const server = new FakeServer();
  const editing = server.editing();
  assert.equal(await editing.save(), true);
  assert.equal(server.saves, 0);
  editing.change(withAnswer(editing.mine, "zh", 0, { text: "48 小时内。" }));
  assert.equal(editing.isUnsaved, true);
  assert.equal(await editing.save(), true);
  assert.deepEqual([editing.isUnsaved, editing.base.status, server.now.answers.zh[0]?.text], [false, "draft", "48 小时内。"]);
  editing.close();
});

test("faults come with the check and go with it", async () => {
  const editing = new FakeServer().editing();
  await editing.check();
  assert.equal(editing.at("examples.zh")[0]?.code, "too_few");
  assert.equal(editing.at("examples", true).length, 1);
  assert.equal(editing.at("examples.zh.0").length, 0);
  editing.mine = withExamples(editing.mine, "zh", ["多久发货", "几天发货"]);
  await editing.check();
  assert.equal(editing.faults.length, 0);
  editing.close();
});

test("words that were never saved are there again, and merge with what others saved meanwhile", async () => {
  const server = new FakeServer();
  const lost = server.editing();
  lost.change(withAnswer(lost.mine, "zh", 0, { text: "一天内。" }));
  lost.close(); // the tab went, or the session ended
  server.now = { ...server.now, ...withExamples(server.now, "zh", ["多久发货", "别人加的"]), revision: "r9" };
  const found = server.editing();
  assert.deepEqual([found.isFound, found.isStale, found.mine.answers.zh[0]?.text], [true, true, "一天内。"]);
  assert.equal(await found.save(), true);
  assert.deepEqual(server.now.examples.zh, ["多久发货", "别人加的"]);
  assert.equal(server.now.answers.zh[0]?.text, "一天内。");
  assert.equal(server.kept.unsaved(server.now.key), null);
  found.close();
});

test("what is dropped is not found again, nor what another editor left", () => {
  const kept = new Kept(new InMemory());
  kept.belongTo("zhou");
  kept.setUnsaved("faq/x", { base: opened({ key: "faq/x" }), mine: opened({ key: "faq/x" }) });
  assert.notEqual(kept.unsaved("faq/x"), null);
  kept.belongTo("chen");
  assert.equal(kept.unsaved("faq/x"), null);
  kept.belongTo("zhou");
  kept.setUnsaved("faq/x", null);
  assert.equal(kept.unsaved("faq/x"), null);
});

test("two who changed different fields lose nothing and are asked nothing", async () => {
  const server = new FakeServer();
  const [one, other] = [server.editing(), server.editing()];
  one.change(withExamples(one.mine, "zh", ["多久发货", "几天发货"]));
  other.change(withAnswer(other.mine, "zh", 0, { text: "一天内。" }));
  assert.equal(await one.save(), true);
  assert.equal(await other.save(), true);
  assert.deepEqual(server.now.examples.zh, ["多久发货", "几天发货"]);
  assert.equal(server.now.answers.zh[0]?.text, "一天内。");
  for (const each of [one, other]) each.close();
});

test("two who changed the same field: nothing is overwritten, the second chooses", async () => {
  const server = new FakeServer();
  const [one, other] = [server.editing(), server.editing()];
  one.change(withAnswer(one.mine, "zh", 0, { text: "一天内。" }));
  other.change(withAnswer(other.mine, "zh", 0, { text: "两天内。" }));
  await one.save();
  assert.equal(await other.save(), false);
  assert.equal(server.now.answers.zh[0]?.text, "一天内。");
  assert.equal(other.conflict?.theirs.answers.zh[0]?.text, "一天内。");
  assert.equal(await other.resolve({ "answers.zh.*": "mine" }), true);
  assert.deepEqual([server.now.answers.zh[0]?.text, other.conflict, other.isUnsaved], ["两天内。", null, false]);
  for (const each of [one, other]) each.close();
});

test("a save that fails otherwise is told, and the words stay", async () => {
  const server = new FakeServer();
  const editing = server.editing();
  server.save = () => Promise.reject(new Refused(503, "try_later", "later"));
  editing.change(withAnswer(editing.mine, "zh", 0, { text: "一天内。" }));
  assert.equal(await editing.save(), false);
  assert.deepEqual([server.told.length, editing.isUnsaved, editing.isBusy], [1, true, false]);
  editing.close();
});

const publication = (state: Publication["state"], done = 0.3): Publication => ({
  id: 1, state, stage: "train", done, stages: [], reasons: [], changes: [], who: "chen", when: "2026-11-22T04:00:00Z",
});

test("a publication is followed by what the server tells, until it is over", () => {
  const heard: string[] = [];
  let told: Told | undefined;
  let closed = 0;
  follow({
    open: (listener) => {
      told = listener;
      return { close: () => (closed += 1) };
    },
    ask: () => Promise.reject(new Error("nobody need ask")),
    heard: (one) => heard.push(one.state),
  });
  told?.message("no JSON");
  for (const done of [0.3, 0.8, 1, 0.5]) told?.message(JSON.stringify(publication(done < 0.5 ? "running" : "live", done)));
  assert.deepEqual([heard, closed], [["running", "live", "live"], 1]);
});

test("where events do not get through it is asked for", async () => {
  const heard: string[] = [];
  let told: Told | undefined;
  const over = new Promise<void>((done) => {
    follow({
      open: (listener) => {
        told = listener;
        return { close: () => undefined };
      },
      ask: () => Promise.resolve(publication("refused")),
      heard: (one) => {
        heard.push(one.state);
        done();
      },
    });
  });
  told?.failed();
  await over;
  assert.deepEqual(heard, ["refused"]);
});
