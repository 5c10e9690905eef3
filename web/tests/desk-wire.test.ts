import assert from "node:assert/strict";
import { mock, test } from "node:test";

import type { Both } from "../shared/protocol.ts";
import type { Api } from "../desk/api.ts";
import { Desk } from "../desk/desk.ts";
import { Kept } from "../desk/kept.ts";
import type { OpenSocket } from "../desk/wire.ts";
import { InMemory } from "../widget/storage.ts";

const ME = { id: "li", name: "李静", shown_as: { zh: "李静", en: "Li" }, roles: ["agent"], groups: [], languages: [], capacity: 5, money_limit: 0, totp: false };
const SNAPSHOT = { t: "snapshot", me: ME, agents: [], groups: [], queue: [], mine: [] };

/** A server at the other end: every frame it was sent, and a way to answer. */
class FakeServer {
  frames: Record<string, unknown>[] = [];
  lines = 0;
  #heard: Parameters<OpenSocket>[0] | null = null;

  open: OpenSocket = (heard) => {
    this.lines += 1;
    this.#heard = heard;
    return { send: (text) => this.frames.push(JSON.parse(text) as Record<string, unknown>), close: () => undefined };
  };

  say(frame: object): void {
    this.#heard?.text(JSON.stringify(frame));
  }

  cut(): void {
    this.#heard?.closed(1006);
  }

  said(kind: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame.t === kind);
  }
}

const calm = { found: [], more: false };
const api = { me: async () => ME, shelf: async () => ({ canned: [], macros: [] }), wait: async () => null, search: async () => calm } as unknown as Api;

async function desk(store = new InMemory()): Promise<{ desk: Desk; server: FakeServer }> {
  const server = new FakeServer();
  const made = new Desk({ api, kept: new Kept(store), open: server.open, language: () => "zh", changed: () => undefined, called: () => undefined });
  await made.start();
  return { desk: made, server };
}

test("what is written while the line is down goes out once it stands, in order and once", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { desk: made, server } = await desk();
  made.say("c1", "一", []);
  made.note("c1", "二", []);
  assert.equal(server.frames.length, 0);
  server.say(SNAPSHOT);
  assert.deepEqual(server.frames.filter((frame) => "text" in frame).map((frame) => frame.text), ["一", "二"]);
  server.cut();
  mock.timers.tick(60_000);
  server.say({ ...SNAPSHOT });
  const ids = server.said("say").map((frame) => frame.client_id);
  assert.equal(new Set(ids).size, 1, "sent again under the same id, so that the server stores it once");
  mock.timers.reset();
});

test("words outlive the page until the server has them", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const store = new InMemory();
  const first = await desk(store);
  first.desk.say("c1", "您好", []);
  const { desk: second, server } = await desk(store);
  assert.equal(second.state.pending.length, 1);
  server.say(SNAPSHOT);
  const [said] = server.said("say");
  server.say({ t: "done", id: said?.id, seq: 4 });
  assert.equal((await desk(store)).desk.state.pending.length, 0);
  mock.timers.reset();
});

test("a question whose line broke is answered with a refusal rather than never", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { desk: made, server } = await desk();
  server.say(SNAPSHOT);
  const asked = made.ask({ t: "pull" }).catch((why: unknown) => why as Both);
  server.cut();
  assert.ok("zh" in (await asked));
  mock.timers.reset();
});

test("a silent line is opened anew", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { server } = await desk();
  server.say(SNAPSHOT);
  mock.timers.tick(15_000);
  assert.equal(server.said("ping").length, 1);
  mock.timers.tick(10_000);
  mock.timers.tick(30_000);
  assert.ok(server.lines >= 2);
  mock.timers.reset();
});
