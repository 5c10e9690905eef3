/** Which lines belong together, and where a new day begins. */

import type { Line } from "../shared/desk.ts";
import { isSameDay } from "../shared/staff/time.ts";

const TOGETHER_MS = 180_000;

export type Place = { line: Line; opensDay: boolean; opens: boolean };

export function places(lines: readonly Line[]): Place[] {
  return lines.map((line, at) => {
    const before = lines[at - 1];
    return {
      line,
      opensDay: before === undefined || !isSameDay(new Date(before.at), new Date(line.at)),
      opens: before === undefined || !together(before, line),
    };
  });
}

/** By how many channels these lines came. */
export function channelsOf(lines: readonly Line[]): Set<string> {
  return new Set(lines.filter((line) => line.who === "customer" && line.channel).map((line) => line.channel ?? ""));
}

/** By which channel the customer wrote last: there they are answered. */
export function channelNow(lines: readonly Line[]): string | undefined {
  return lines.findLast((line) => line.who === "customer" && line.channel)?.channel;
}

function together(one: Line, other: Line): boolean {
  const isNear = Date.parse(other.at) - Date.parse(one.at) < TOGETHER_MS;
  const isSame = one.who === other.who && one.name === other.name && one.channel === other.channel;
  return isNear && isSame && isSameDay(new Date(one.at), new Date(other.at));
}
