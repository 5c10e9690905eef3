/** The way to the server where sockets are blocked; loaded only then. Tokens ride in bodies, never in an address. */

import type { ClientFrame, Hello, ServerFrame } from "../shared/protocol.ts";
import type { Heard, Transport } from "./connection.ts";

const CUT = 1006;

/** Who speaks, as of now: the visitor's token comes with the first welcome. */
export type Proof = () => { visitor: string | null; customer?: string };

/** Server-sent events by fetch, so that the hello rides in the body; what the customer sends is posted. */
export function openStream(base: string, proof: Proof, hello: Hello, heard: Heard): Transport {
  const stop = new AbortController();
  let last = Promise.resolve();
  const ended = (code: number): void => {
    if (!stop.signal.aborted) heard.closed(code);
  };
  void listen(base, hello, stop.signal, heard.text).then(ended, () => ended(CUT));
  return {
    send(frame: ClientFrame) {
      if (frame.t === "identify") return ended(CUT); // somebody else is shown another talk: that takes a new hello
      last = last // one after the other, so that messages arrive in the order they were written
        .then(() => post(base, { ...proof(), tab: hello.tab, lang: hello.lang, frames: [frame] }, stop.signal))
        .then(
          (frames) => frames.forEach((answer) => heard.text(JSON.stringify(answer))),
          () => ended(CUT),
        );
    },
    close: () => stop.abort(),
  };
}

/** The code that a socket would have been closed with, once the stream has ended. */
async function listen(base: string, hello: Hello, signal: AbortSignal, told: (data: string) => void): Promise<number> {
  const response = await fetch(`${base}/web/stream`, asked(hello, signal));
  if (!response.ok || !response.body) return codeOf(response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return CUT;
    const read = events(rest + value);
    rest = read.rest;
    read.data.forEach(told);
  }
}

/** The data of the whole events in a piece of a stream, and what is left of an unfinished one. */
export function events(text: string): { data: string[]; rest: string } {
  const whole = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = whole.pop() ?? "";
  const data = whole
    .map((event) => event.split("\n").filter((line) => line.startsWith("data:")))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.slice(5).trimStart()).join("\n"));
  return { data, rest };
}

async function post(base: string, body: object, signal: AbortSignal): Promise<ServerFrame[]> {
  const response = await fetch(`${base}/web/send`, asked(body, signal));
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  return ((await response.json()) as { frames: ServerFrame[] }).frames;
}

function asked(body: object, signal: AbortSignal): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body), signal, cache: "no-store" };
}

function codeOf(status: number): number {
  if (status === 401) return 4001;
  return status === 403 ? 1008 : CUT;
}
