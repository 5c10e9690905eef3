/** Which bubbles belong together, and where a new day begins. */

import type { Line } from "../shared/protocol.ts";
import { isSameDay } from "./time.ts";

const TOGETHER_MS = 180_000;

export type Place = {
  line: Line;
  /** When the line is the first of its day. */
  opensDay: boolean;
  /** The first and the last of a run by one person: a name goes above, the time below. */
  opens: boolean;
  closes: boolean;
};

export function places(lines: readonly Line[]): Place[] {
  return lines.map((line, at) => {
    const before = lines[at - 1];
    const after = lines[at + 1];
    return {
      line,
      opensDay: before === undefined || !isSameDay(new Date(before.at), new Date(line.at)),
      opens: before === undefined || !together(before, line),
      closes: after === undefined || !together(line, after),
    };
  });
}

/** Buttons are for the moment: once the customer has gone on, they tell what was offered and do nothing. */
export function liveButtons(lines: readonly Line[]): number {
  const last = lines.findLast((line) => line.who === "customer");
  return last === undefined ? 0 : last.seq;
}

function together(one: Line, other: Line): boolean {
  const near = new Date(other.at).getTime() - new Date(one.at).getTime() < TOGETHER_MS;
  const same = one.who === other.who && one.name === other.name;
  return near && same && isSameDay(new Date(one.at), new Date(other.at));
}
