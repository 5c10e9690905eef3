/** Which conversations stand where on the left, in which order, and how pressing each is. */

import type { Item, Priority } from "../shared/desk.ts";

const RANK: Record<Priority, number> = { urgent: 0, high: 1, normal: 2 };
/** A deadline is near in the last third of the time there was, and always within the last minute. */
const NEAR_SHARE = 1 / 3;
const NEAR_MS = 60_000;

export type Pressing = "calm" | "near" | "late";
export type Filter = { text: string; channel: string; language: string; priority: string };
export const NO_FILTER: Filter = { text: "", channel: "", language: "", priority: "" };

export type Lists = { mine: Item[]; queue: Item[]; others: Item[] };

export function lists(items: Iterable<Item>, me: string): Lists {
  const found: Lists = { mine: [], queue: [], others: [] };
  for (const item of items) {
    if (item.state === "waiting") found.queue.push(item);
    else if (item.state === "assigned") (item.agent?.id === me ? found.mine : found.others).push(item);
  }
  found.queue.sort(byPlace);
  found.mine.sort(byNeed);
  found.others.sort(byNeed);
  return found;
}

/** The server's place in line; where it gives none, by priority and then by time. */
function byPlace(one: Item, other: Item): number {
  return (
    (one.place ?? Number.MAX_SAFE_INTEGER) - (other.place ?? Number.MAX_SAFE_INTEGER) ||
    RANK[one.priority] - RANK[other.priority] ||
    one.since.localeCompare(other.since) ||
    one.id.localeCompare(other.id)
  );
}

/** Who waits for an answer comes first, the nearest deadline before the others; the rest stay in the order they came. */
function byNeed(one: Item, other: Item): number {
  return dueAt(one) - dueAt(other) || one.since.localeCompare(other.since);
}

function dueAt(item: Item): number {
  const end = due(item);
  return end === null ? Number.MAX_SAFE_INTEGER : Date.parse(end);
}

/** The deadline that counts now: of the first answer, else of the next. */
export function due(item: Item): string | null {
  return item.first_due ?? item.next_due;
}

export function pressing(item: Item, now: number): Pressing {
  const end = due(item);
  if (item.breached && end !== null) return "late";
  if (end === null) return "calm";
  const left = Date.parse(end) - now;
  if (left <= 0) return "late";
  const whole = Date.parse(end) - Date.parse(item.first_due ? item.since : (item.last?.at ?? item.since));
  return item.warned || left < Math.max(NEAR_MS, whole * NEAR_SHARE) ? "near" : "calm";
}

export function matches(item: Item, filter: Filter): boolean {
  if (filter.channel && item.channel !== filter.channel) return false;
  if (filter.language && item.language !== filter.language) return false;
  if (filter.priority && item.priority !== filter.priority) return false;
  const wanted = filter.text.trim().toLowerCase();
  if (!wanted) return true;
  const summary = typeof item.summary === "string" ? [item.summary] : Object.values(item.summary);
  const said = [item.customer.name, ...summary, item.last?.text, item.agent?.name, item.reason, ...item.tags];
  return said.some((each) => each?.toLowerCase().includes(wanted));
}

export function isFiltering(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== "");
}
