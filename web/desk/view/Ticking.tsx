import { useEffect, useState } from "preact/hooks";

import type { Item } from "../../shared/desk.ts";
import { due, pressing } from "../lists.ts";
import { period, stopwatch } from "../../shared/staff/time.ts";
import { useScreen } from "./screen.ts";

const SECOND = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The server's time of now, told anew each second; only what shows a time is drawn for it. */
export function useNow(): number {
  const { desk } = useScreen();
  const [, tick] = useState(0);
  useEffect(() => {
    const listener = () => tick((count) => count + 1);
    listeners.add(listener);
    timer ??= setInterval(() => listeners.forEach((each) => each()), SECOND);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return Date.now() + desk.state.aheadMs;
}

/** How long a customer has waited, or how long there is to answer, in the colour of its deadline. */
export function Ticking({ item }: { item: Item }) {
  const { say } = useScreen();
  const now = useNow();
  const end = due(item);
  const state = pressing(item, now);
  const waited = now - Date.parse(item.since);
  if (item.state === "waiting") {
    return (
      <time class={`ticking ${state}`} dateTime={period(waited)} title={say("waitedFor", { time: stopwatch(waited) })}>
        {stopwatch(waited)}
      </time>
    );
  }
  if (end === null) return null;
  const left = Date.parse(end) - now;
  const words = left > 0 ? say("dueIn", { time: stopwatch(left) }) : say("overdue", { time: stopwatch(-left) });
  return (
    <time class={`ticking ${state}`} dateTime={period(Math.abs(left))} title={words}>
      {left > 0 ? stopwatch(left) : `+${stopwatch(-left)}`}
    </time>
  );
}
