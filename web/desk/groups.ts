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

function together(one: Line, other: Line): boolean {
  const isNear = Date.parse(other.at) - Date.parse(one.at) < TOGETHER_MS;
  return isNear && one.who === other.who && one.name === other.name && isSameDay(new Date(one.at), new Date(other.at));
}
