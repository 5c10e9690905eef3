/** Values as an agent reads them: money, facts, and what the shop answered. */

import type { Money, Packet, Sentence } from "../shared/desk.ts";
import type { Both, Language } from "../shared/protocol.ts";
import { word } from "./words.ts";

const GOODS = /^(.+?) \/ (.+?)( ×\d+)?$/u;

export function money(amount: Money): string {
  const value = Number(amount);
  if (!Number.isFinite(value)) return String(amount);
  return `¥${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** What was written by hand stays as it is; what the bot says of itself is in the agent's language. */
export function sentence(said: Sentence, language: Language): string {
  return typeof said === "string" ? said : said[language];
}

/** Goods come as `中文 / English ×1`: the half in the agent's language. */
export function goods(name: string, language: Language): string {
  const match = GOODS.exec(name);
  return match ? `${language === "zh" ? match[1] : match[2]}${match[3] ?? ""}` : name;
}

/** One fact's value in a line of text; null for what is not known. */
export function fact(name: string, value: unknown, language: Language): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return word("value", String(value), language);
  if (isMoney(name) && (typeof value === "string" || typeof value === "number")) return money(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return isWord(name, value) ? named(name, value, language) : value;
  if (isBoth(value)) return value[language];
  if (Array.isArray(value)) return value.map((one) => fact(name, one, language)).filter(Boolean).join(language === "zh" ? "、" : ", ") || null;
  return Object.entries(value as Record<string, unknown>)
    .map(([key, one]) => [word("fact", key, language), fact(key, one, language)] as const)
    .filter(([, shown]) => shown !== null)
    .map(([key, shown]) => `${key} ${shown}`)
    .join(" · ");
}

/** Rows of a nested answer, worth a list of their own: the items of an order. */
export function rowsOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null);
}

/** What it is about in the agent's language: order, goods, reason, sum. */
export function gist(packet: Packet, language: Language): string {
  const slots = Object.fromEntries(packet.slots.map((slot) => [slot.name, slot.value]));
  const found: Record<string, unknown> = { ...slots, ...packet.looked_up };
  const items = rowsOf(found.items).map((row) => fact("name", row.name, language));
  const told = ["order_number", "return_reason", "amount_cny"].map((name) => fact(name, found[name] ?? (name === "return_reason" ? found.reason : null), language));
  return [told[0], ...items, told[1], told[2]].filter(Boolean).join(" · ");
}

function named(name: string, value: string, language: Language): string {
  if (name === "status") return word("status", value, language);
  if (name === "skill" || name === "wish") return word("wish", value.replace(/^action_/u, ""), language);
  return word("value", value, language);
}

/** A name of ours, such as `no_reason`, rather than a customer's words. */
function isWord(name: string, value: string): boolean {
  return !["complaint", "question", "name", "said"].includes(name) && /^[a-z][a-z_]*$/u.test(value);
}

function isMoney(name: string): boolean {
  return name === "amount" || name === "total" || name.endsWith("_cny");
}

function isBoth(value: unknown): value is Both {
  const one = value as Partial<Both>;
  return typeof value === "object" && typeof one.zh === "string" && typeof one.en === "string";
}
