import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import type { ClientFrame, Hello } from "../shared/protocol.ts";
import { Connection, type Heard, type Kind, type Transport } from "../widget/connection.ts";

const WELCOME = JSON.stringify({ t: "welcome" });

class Opened implements Transport {
  readonly kind: Kind;
  readonly heard: Heard;
  sent: ClientFrame[] = [];
  isClosed = false;

  constructor(kind: Kind, heard: Heard) {
    this.kind = kind;
    this.heard = heard;
  }

  send(frame: ClientFrame): void {
    this.sent.push(frame);
  }

  close(): void {
    this.isClosed = true;
  }
}

class Line {
  opened: Opened[] = [];
  refusals = 0;
  chance = 0.5;
  connection = new Connection({
    open: { socket: (_, heard) => this.#open("socket", heard), stream: (_, heard) => this.#open("stream", heard) },
    hello: () => ({ t: "hello" }) as Hello,
    heard: () => undefined,
    reached: () => undefined,
    refused: () => {
      this.refusals += 1;
    },
    chance: () => this.chance,
  });

  get last(): Opened {
    const last = this.opened.at(-1);
    assert.ok(last);
    return last;
  }

  welcomed(): this {
    this.connection.start();
    this.last.heard.text(WELCOME);
    return this;
  }

  #open(kind: Kind, heard: Heard): Opened {
    const made = new Opened(kind, heard);
    this.opened.push(made);
    return made;
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

test("nothing is sent before the welcome", () => {
  const line = new Line();
  line.connection.start();
  assert.equal(line.connection.send({ t: "ping" }), false);
  assert.deepEqual(line.last.sent, []);
});

test("a cut line is opened again, the waits growing with each failure", () => {
  const line = new Line().welcomed();
  const waits: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const before = line.opened.length;
    line.last.heard.closed(1006);
    let waited = 0;
    while (line.opened.length === before) {
      mock.timers.tick(10);
      waited += 10;
    }
    waits.push(waited);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000]);
});

test("a welcome ends the growing of the waits", () => {
  const line = new Line().welcomed();
  for (let round = 0; round < 5; round += 1) {
    line.last.heard.closed(1006);
    mock.timers.tick(250);
    line.last.heard.text(WELCOME);
  }
  assert.equal(line.opened.length, 6);
});

test("a silent line is given up ten seconds after it was asked", () => {
  const line = new Line().welcomed();
  mock.timers.tick(25_000);
  assert.deepEqual(line.last.sent, [{ t: "ping" }]);
  mock.timers.tick(9_999);
  assert.equal(line.last.isClosed, false);
  mock.timers.tick(1);
  assert.equal(line.opened[0]?.isClosed, true);
});

test("any frame shows that the line lives", () => {
  const line = new Line().welcomed();
  for (let round = 0; round < 10; round += 1) {
    mock.timers.tick(25_000);
    line.last.heard.text('{"t":"pong"}');
  }
  assert.equal(line.opened.length, 1);
});

test("where sockets are blocked a stream is tried, and then both in turn", () => {
  const line = new Line();
  line.connection.start();
  for (let round = 0; round < 4; round += 1) {
    line.last.heard.closed(1006);
    mock.timers.tick(30_000);
  }
  assert.deepEqual(line.opened.map((one) => one.kind).slice(0, 5), ["socket", "socket", "stream", "socket", "stream"]);
});

test("a socket that hangs without a welcome counts as blocked", () => {
  const line = new Line();
  line.chance = 0;
  line.connection.start();
  mock.timers.tick(10_000);
  mock.timers.tick(1);
  mock.timers.tick(10_000);
  mock.timers.tick(1);
  assert.equal(line.last.kind, "stream");
});

test("after a restart of the server everybody comes back within three seconds", () => {
  const line = new Line().welcomed();
  line.last.heard.closed(1012);
  mock.timers.tick(1_499);
  assert.equal(line.opened.length, 1);
  mock.timers.tick(1);
  assert.equal(line.opened.length, 2);
});

test("a refused token is told before the next hello", () => {
  const line = new Line().welcomed();
  line.last.heard.closed(4001);
  assert.equal(line.refusals, 1);
});

test("a line that was given up says nothing any more", () => {
  const line = new Line().welcomed();
  const old = line.last;
  line.connection.restart();
  old.heard.closed(1006);
  old.heard.text(WELCOME);
  assert.equal(line.opened.length, 2);
  assert.equal(line.connection.isOnline, false);
});

test("after sleep the line is tried at once, and a dead one is noticed in five seconds", () => {
  const line = new Line().welcomed();
  line.connection.wake();
  mock.timers.tick(5_000);
  assert.equal(line.opened[0]?.isClosed, true);
  line.connection.wake();
  assert.equal(line.opened.length, 2);
});

test("stopped is stopped", () => {
  const line = new Line().welcomed();
  line.connection.stop();
  line.connection.wake();
  mock.timers.tick(60_000);
  assert.equal(line.opened.length, 1);
});
