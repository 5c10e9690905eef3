/** Times as the agent's own clock shows them; how long somebody waits, as a stopwatch does. */

import type { Language } from "../protocol.ts";

const LOCALE = { zh: "zh-CN", en: "en-GB" } as const;
const DAY_MS = 86_400_000;
const TODAY = { zh: "今天", en: "Today" } as const;
const YESTERDAY = { zh: "昨天", en: "Yesterday" } as const;

export function clock(at: Date, language: Language): string {
  return at.toLocaleTimeString(LOCALE[language], { hour: "2-digit", minute: "2-digit" });
}

/** The line between two days. */
export function day(at: Date, now: Date, language: Language): string {
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (days === 0) return TODAY[language];
  if (days === 1) return YESTERDAY[language];
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return at.toLocaleDateString(LOCALE[language], { month: "long", day: "numeric", weekday: "short", ...year });
}

/** The time today, and otherwise the day: for lists. */
export function moment(at: Date, now: Date, language: Language): string {
  if (midnight(at) === midnight(now)) return clock(at, language);
  return date(at, language);
}

export function date(at: Date, language: Language): string {
  return at.toLocaleDateString(LOCALE[language], { year: "numeric", month: "short", day: "numeric" });
}

export function isSameDay(one: Date, other: Date): boolean {
  return midnight(one) === midnight(other);
}

/** `0:07`, `12:40`, `1:02:09`; days are rounded down to `3d`. */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  if (days > 0) return `${days}d`;
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The same for ears and for `datetime`: `PT12M40S`. */
export function period(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `PT${Math.floor(seconds / 60)}M${seconds % 60}S`;
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
