/** A diff as it is shown: a little of what stays the same around what changed. */

import type { DiffLine } from "../shared/studio.ts";

const AROUND = 1;

export type Folded = DiffLine | { op: "fold"; count: number };

export function folded(lines: readonly DiffLine[]): Folded[] {
  const isNear = (at: number) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((line) => line.op !== "same");
  const found: Folded[] = [];
  for (const [at, line] of lines.entries()) {
    const last = found.at(-1);
    if (line.op !== "same" || isNear(at)) found.push(line);
    else if (last?.op === "fold") found[found.length - 1] = { op: "fold", count: last.count + 1 };
    else found.push({ op: "fold", count: 1 });
  }
  return found;
}
