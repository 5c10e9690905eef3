/** Times as the customer's own clock shows them. */

import type { Language } from "../shared/protocol.ts";
import { tell } from "./texts.ts";

const LOCALE = { zh: "zh-CN", en: "en-GB" } as const;
const DAY_MS = 86_400_000;

export function clock(at: Date, language: Language): string {
  return at.toLocaleTimeString(LOCALE[language], { hour: "2-digit", minute: "2-digit" });
}

/** The line between two days: today, yesterday, or the date, with the year when it is another. */
export function day(at: Date, now: Date, language: Language): string {
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (days === 0) return tell(language, "today");
  if (days === 1) return tell(language, "yesterday");
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return at.toLocaleDateString(LOCALE[language], { month: "long", day: "numeric", weekday: "short", ...year });
}

export function isSameDay(one: Date, other: Date): boolean {
  return midnight(one) === midnight(other);
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
