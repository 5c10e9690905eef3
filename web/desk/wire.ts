/** The desk's line to the server: one WebSocket, opened again for as long as it is wanted. */

import { type Frame, parseFrame, type Saying } from "../shared/desk.ts";
import { waitSeconds } from "../shared/backoff.ts";

const BEAT_MS = 15_000;
const PATIENCE_MS = 10_000;
const WAKING_MS = 4_000;
/** The server ends a line whose session is over. */
const SIGNED_OUT = new Set([4001, 4401, 1008]);

export type Socket = { send(text: string): void; close(): void };
export type OpenSocket = (heard: { text(text: string): void; closed(code: number): void }) => Socket;
export type Wiring = {
  open: OpenSocket;
  heard(frame: Frame): void;
  reached(reach: "connecting" | "online" | "offline"): void;
  /** The line was refused: perhaps nobody is signed in any more. */
  refused(): void;
  chance?: () => number;
};

export class Wire {
  readonly #wiring: Wiring;
  #socket: Socket | null = null;
  #isWanted = false;
  #isEntered = false;
  #failures = 0;
  #number = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#connect();
  }

  stop(): void {
    this.#isWanted = false;
    this.#end();
  }

  /** The id the answer will name, or null when the line is down. */
  send(saying: Saying): string | null {
    if (!this.#isEntered || !this.#socket) return null;
    this.#number += 1;
    const id = String(this.#number);
    this.#socket.send(JSON.stringify({ ...saying, id }));
    return id;
  }

  /** The page was asleep or the network is back: see at once whether the line still holds. */
  wake(): void {
    if (!this.#isWanted) return;
    if (this.#isEntered) this.#ping(WAKING_MS);
    else if (!this.#socket) this.#connect();
  }

  lost(): void {
    if (this.#socket) this.#closed(0);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#wiring.reached("connecting");
    const opened: { socket: Socket | null } = { socket: null };
    const isCurrent = () => opened.socket !== null && opened.socket === this.#socket;
    opened.socket = this.#wiring.open({
      text: (text) => isCurrent() && this.#heard(parseFrame(text)),
      closed: (code) => isCurrent() && this.#closed(code),
    });
    this.#socket = opened.socket;
    this.#expectWithin(PATIENCE_MS);
  }

  #heard(frame: Frame | null): void {
    if (frame === null) return;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    if (frame.t === "snapshot") {
      this.#isEntered = true;
      this.#failures = 0;
      clearInterval(this.#beat);
      this.#beat = setInterval(() => this.#ping(PATIENCE_MS), BEAT_MS);
    }
    this.#wiring.heard(frame);
  }

  #ping(patience: number): void {
    this.send({ t: "ping" });
    if (this.#deadline === undefined) this.#expectWithin(patience);
  }

  #expectWithin(milliseconds: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#closed(0), milliseconds);
  }

  #closed(code: number): void {
    const wasEntered = this.#isEntered;
    this.#end();
    this.#wiring.reached("offline");
    // a handshake that is refused tells no reason: ask whether anybody is signed in
    if (SIGNED_OUT.has(code) || (!wasEntered && this.#failures > 0)) this.#wiring.refused();
    if (!this.#isWanted) return;
    const seconds = waitSeconds(this.#failures, (this.#wiring.chance ?? Math.random)());
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), seconds * 1000);
  }

  #end(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#deadline);
    clearInterval(this.#beat);
    this.#deadline = undefined;
    this.#isEntered = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}

export function openDeskSocket(address: string): OpenSocket {
  return (heard) => {
    const socket = new WebSocket(address);
    socket.onmessage = (event: MessageEvent<unknown>) => heard.text(String(event.data));
    socket.onclose = (event) => heard.closed(event.code);
    return {
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      close() {
        socket.onmessage = socket.onclose = null;
        socket.close();
      },
    };
  };
}
