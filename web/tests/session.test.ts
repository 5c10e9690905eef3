import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import type { ClientFrame, Hello, ServerFrame } from "../shared/protocol.ts";
import type { Heard } from "../widget/connection.ts";
import { Session } from "../widget/session.ts";
import { InMemory, Kept } from "../widget/storage.ts";

const BOTH = { zh: "", en: "" };

/** A token as the server makes one: its subject stays when it is renewed. */
function token(subject: string, issued = 0): string {
  return `head.${btoa(JSON.stringify({ sub: subject, iat: issued }))}.sign`;
}

class Tab {
  readonly kept: Kept;
  readonly session: Session;
  hellos: Hello[] = [];
  sent: ClientFrame[] = [];
  chimes = 0;
  #heard: Heard | undefined;

  constructor(store = new InMemory()) {
    this.kept = new Kept(store);
    const open = (hello: Hello, heard: Heard) => {
      this.hellos.push(hello);
      this.#heard = heard;
      return { send: (frame: ClientFrame) => void this.sent.push(frame), close: () => undefined };
    };
    this.session = new Session({
      base: "",
      kept: this.kept,
      open: { socket: open, stream: open },
      language: () => "zh",
      changed: () => undefined,
      arrived: () => {
        this.chimes += 1;
      },
    });
  }

  hear(frame: ServerFrame): this {
    this.#heard?.text(JSON.stringify(frame));
    return this;
  }

  cut(code = 1006): this {
    this.#heard?.closed(code);
    return this;
  }

  welcome(visitor: string, conversation: string | null, seq = 0): this {
    const config = { shop: BOTH, greeting: BOTH, suggestions: { zh: [], en: [] }, max_text: 9 };
    return this.hear({
      t: "welcome",
      v: 1,
      visitor,
      conversation,
      seq,
      resume: "full",
      status: { owner: "bot" },
      customer: null,
      config: { ...config, files: { max_bytes: 1, types: [] } },
    });
  }

  line(seq: number, who: "bot" | "customer" = "bot"): this {
    return this.hear({ t: "line", seq, who, at: "2026-11-22T04:00:00.000Z", text: "x" });
  }

  start(): this {
    this.session.start();
    return this;
  }
}

const kinds = (frames: ClientFrame[]) => frames.map((frame) => frame.t);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

test("what is written while the line is down goes out after the next welcome, in its order", () => {
  const tab = new Tab().start();
  tab.session.say("one");
  tab.session.say("two");
  assert.equal(tab.sent.length, 0);
  tab.welcome(token("v"), null);
  assert.deepEqual(tab.sent.map((frame) => frame.t === "msg" && frame.text), ["one", "two"]);
});

test("a message is sent again after each cut until it is acknowledged", () => {
  const tab = new Tab().start().welcome(token("v"), "c");
  tab.session.say("one");
  tab.cut();
  mock.timers.tick(1000);
  tab.welcome(token("v"), "c");
  const [first, again] = tab.sent as { id: string }[];
  assert.equal(first?.id, again?.id);
  tab.hear({ t: "ack", id: first?.id ?? "", seq: 1 });
  assert.deepEqual(tab.kept.queue(), []);
});

test("a talk that has no id yet is asked for from its beginning", () => {
  const tab = new Tab().start().welcome(token("v"), null).line(1, "customer").line(2).cut();
  mock.timers.tick(1000);
  assert.equal(tab.hellos[1]?.since, 0);
  tab.welcome(token("v"), "c", 2).line(1, "customer").line(2).cut();
  mock.timers.tick(1000);
  assert.deepEqual([tab.hellos[2]?.since, tab.hellos[2]?.conversation], [2, "c"]);
});

test("a missing line makes the widget ask again from the last it has", () => {
  const tab = new Tab().start().welcome(token("v"), "c").line(1).line(3);
  assert.equal(tab.hellos[1]?.since, 1);
});

test("who signs in while hello is under way is introduced once, after the welcome", () => {
  const tab = new Tab().start();
  tab.session.identify("jwt");
  tab.welcome(token("v"), null);
  assert.deepEqual(tab.sent, [{ t: "identify", customer: "jwt" }]);
  tab.session.identify("jwt");
  assert.equal(tab.sent.length, 1);
});

test("signed out without a network, the old token is revoked before a new talk begins", () => {
  const tab = new Tab().start().welcome(token("v"), "c").line(1).cut();
  tab.session.logout();
  assert.deepEqual([tab.kept.visitor, tab.session.chat.lines], [null, []]);
  mock.timers.tick(1000);
  assert.equal(tab.hellos[1]?.visitor, token("v"));
  tab.welcome(token("v"), "c", 1).line(1);
  assert.deepEqual(kinds(tab.sent), ["logout"]);
  assert.deepEqual(tab.session.chat.lines, []);
  tab.hear({ t: "signed_out" });
  assert.equal(tab.hellos[2]?.visitor, undefined);
});

test("a visitor's token that is refused is dropped, and who is signed in stays so", () => {
  const tab = new Tab();
  tab.kept.visitor = token("v");
  tab.session.identify("jwt");
  tab.start().cut(4001);
  mock.timers.tick(1000);
  assert.deepEqual([tab.hellos[1]?.visitor, tab.hellos[1]?.customer], [undefined, "jwt"]);
});

test("signed out in one tab, the other forgets too, and takes nothing from who comes next", () => {
  const store = new InMemory();
  const [one, other] = [new Tab(store).start(), new Tab(store).start()];
  one.welcome(token("v"), "c").line(1);
  other.welcome(token("v"), "c").line(1);
  one.session.logout();
  one.hear({ t: "signed_out" }).welcome(token("next"), null);
  other.hear({ t: "signed_out" });
  assert.deepEqual(other.session.chat.lines, []);
  assert.equal(one.kept.visitor, token("next"));
});

test("a renewed token is nobody else", () => {
  const tab = new Tab().start().welcome(token("v", 1), null);
  tab.session.keptElsewhere("guitai.visitor", token("v", 2));
  assert.equal(tab.hellos.length, 1);
  tab.session.keptElsewhere("guitai.visitor", token("w"));
  assert.equal(tab.hellos.length, 2);
});

test("history makes no sound, what comes after does, and what is seen does not", () => {
  const tab = new Tab().start().welcome(token("v"), "c", 2).line(1).line(2);
  assert.deepEqual([tab.chimes, tab.session.unread], [0, 2]);
  tab.line(3);
  assert.equal(tab.chimes, 1);
  tab.session.watch(true);
  assert.equal(tab.session.unread, 0);
  tab.line(4);
  assert.equal(tab.chimes, 1);
});

test("lines that come together are told as read together", () => {
  const tab = new Tab().start().welcome(token("v"), "c");
  tab.session.watch(true);
  for (let seq = 1; seq <= 200; seq += 1) tab.line(seq);
  mock.timers.tick(1000);
  assert.deepEqual(tab.sent, [{ t: "read", seq: 200 }]);
});

test("history that was asked for when the line was cut can be asked for again", () => {
  const tab = new Tab().start().welcome(token("v"), "c", 9).line(9);
  tab.session.older();
  tab.cut();
  mock.timers.tick(1000);
  tab.welcome(token("v"), "c", 9);
  tab.session.older();
  assert.deepEqual(kinds(tab.sent), ["older", "older"]);
});

test("what came while the line was down is news", () => {
  const tab = new Tab().start().welcome(token("v"), "c", 1).line(1).cut();
  mock.timers.tick(1000);
  tab.welcome(token("v"), "c", 2).line(2);
  assert.equal(tab.chimes, 1);
});
