/** How far a publication is: told by the server as it happens, asked for where that does not get through. */

import type { Publication } from "../shared/studio.ts";

const ASK_MS = 700;

export type Told = { message(data: string): void; failed(): void };
export type Following = {
  open(told: Told): { close(): void };
  ask(): Promise<Publication>;
  heard(publication: Publication): void;
};

/** Nothing more will happen; what is live is still being watched for a while. */
export function isOver({ state, done }: Publication): boolean {
  return state === "refused" || state === "failed" || (state === "live" && done >= 1);
}

/** Another publication can be begun. */
export function isSettled({ state }: Publication): boolean {
  return state !== "waiting" && state !== "running";
}

/** Follows until it is over or until the returned function is called. */
export function follow({ open, ask, heard }: Following): () => void {
  let isWanted = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hear = (publication: Publication) => {
    if (!isWanted) return;
    heard(publication);
    if (isOver(publication)) stop();
  };
  const stop = () => {
    isWanted = false;
    clearTimeout(timer);
    source.close();
  };
  const poll = async () => {
    try {
      hear(await ask());
    } catch {
      // a worker that restarts: the next question may reach another
    }
    if (isWanted) timer = setTimeout(() => void poll(), ASK_MS);
  };
  const source = open({
    message(data) {
      const publication = parsed(data);
      if (publication) hear(publication);
    },
    failed() {
      source.close();
      if (isWanted) void poll();
    },
  });
  return stop;
}

export function openEvents(address: string): Following["open"] {
  return (told) => {
    const source = new EventSource(address);
    source.onmessage = (event: MessageEvent<unknown>) => told.message(String(event.data));
    source.onerror = () => told.failed();
    return source;
  };
}

function parsed(data: string): Publication | null {
  try {
    const publication: unknown = JSON.parse(data);
    return typeof publication === "object" && publication !== null && "state" in publication ? (publication as Publication) : null;
  } catch {
    return null;
  }
}
