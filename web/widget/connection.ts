/** Keeps one line to the server open: a WebSocket, or a stream with posts where sockets are blocked. */

import { CLOSED, type ClientFrame, type Hello, parse, type ServerFrame } from "../shared/protocol.ts";
import { restartSeconds, waitSeconds } from "../shared/backoff.ts";
import type { Reach } from "./chat.ts";

/** What a transport tells: each frame as text, and how it ended. */
export type Heard = { text(frame: string): void; closed(code: number): void };
/** An opened transport. After `close` it tells nothing more. */
export type Transport = { send(frame: ClientFrame): void; close(): void };
export type Open = (hello: Hello, heard: Heard) => Transport;
/** A way whose code is fetched when it is first needed. */
export function lazily(load: () => Promise<Open>): Open {
  return (hello, heard) => {
    let isClosed = false;
    let transport: Transport | undefined;
    void load().then(
      (open) => {
        if (!isClosed) transport = open(hello, heard);
      },
      () => heard.closed(0),
    );
    return {
      send: (frame) => transport?.send(frame),
      close() {
        isClosed = true;
        transport?.close();
      },
    };
  };
}

export type Kind = "socket" | "stream";

const BEAT_MS = 25_000;
const PATIENCE_MS = 10_000;
const WAKING_MS = 5_000;
const SOCKET_TRIES = 2;

export type Wiring = {
  open: Record<Kind, Open>;
  hello(): Hello;
  heard(frame: ServerFrame): void;
  reached(reach: Reach): void;
  /** The server refuses the tokens that `hello` gave. */
  refused(): void;
  chance?: () => number;
};

export class Connection {
  readonly #wiring: Wiring;
  readonly #chance: () => number;
  #transport: Transport | null = null;
  #kind: Kind = "socket";
  #failures = 0;
  #failedSockets = 0;
  #isWelcomed = false;
  #isWanted = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#chance = wiring.chance ?? Math.random;
  }

  get isOnline(): boolean {
    return this.#isWelcomed;
  }

  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#connect();
  }

  stop(): void {
    this.#isWanted = false;
    this.#end();
    this.#wiring.reached("offline");
  }

  /** Say hello anew, with the tokens of now. */
  restart(): void {
    if (!this.#isWanted) return;
    this.#end();
    this.#connect();
  }

  /** Sends when welcomed; whoever must not lose a frame keeps it and sends it again after the next welcome. */
  send(frame: ClientFrame): boolean {
    if (!this.#isWelcomed) return false;
    this.#transport?.send(frame);
    return true;
  }

  /** The page was asleep or the network is back: see at once whether the line still holds. */
  wake(): void {
    if (!this.#isWanted) return;
    if (this.#isWelcomed) {
      this.#ping(WAKING_MS);
      return;
    }
    if (this.#transport) return;
    this.#failures = 0;
    this.#connect();
  }

  /** The network is gone: do not wait to notice. */
  lost(): void {
    if (this.#transport) this.#closed(0);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#kind = this.#kind === "socket" && this.#failedSockets >= SOCKET_TRIES ? "stream" : "socket";
    this.#wiring.reached("connecting");
    const opened: { transport: Transport | null } = { transport: null };
    const isCurrent = () => opened.transport !== null && opened.transport === this.#transport;
    opened.transport = this.#wiring.open[this.#kind](this.#wiring.hello(), {
      text: (text) => isCurrent() && this.#heard(parse(text)),
      closed: (code) => isCurrent() && this.#closed(code),
    });
    this.#transport = opened.transport;
    this.#expectWithin(PATIENCE_MS);
  }

  #heard(frame: ServerFrame | null): void {
    if (frame === null) return;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    if (frame.t === "welcome") {
      this.#isWelcomed = true;
      this.#failures = 0;
      if (this.#kind === "socket") this.#failedSockets = 0;
      clearInterval(this.#beat);
      this.#beat = setInterval(() => this.#ping(PATIENCE_MS), BEAT_MS);
    }
    this.#wiring.heard(frame);
  }

  #ping(patience: number): void {
    this.#transport?.send({ t: "ping" });
    if (this.#deadline === undefined) this.#expectWithin(patience);
  }

  #expectWithin(milliseconds: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#closed(0), milliseconds);
  }

  #closed(code: number): void {
    if (!this.#isWelcomed && this.#kind === "socket") this.#failedSockets += 1;
    this.#end();
    this.#wiring.reached("offline");
    if (code === CLOSED.tokenRefused) this.#wiring.refused();
    const seconds =
      code === CLOSED.restart ? restartSeconds(this.#chance()) : waitSeconds(this.#failures, this.#chance());
    this.#failures += code === CLOSED.policy ? 4 : 1;
    this.#retry = setTimeout(() => this.#connect(), seconds * 1000);
  }

  #end(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#deadline);
    clearInterval(this.#beat);
    this.#deadline = undefined;
    this.#isWelcomed = false;
    const transport = this.#transport;
    this.#transport = null;
    transport?.close();
  }
}
