/** What every part of the screen can reach: the desk, the language, the wishes, and what is open on top. */

import type { Item } from "../../shared/desk.ts";
import type { Language } from "../../shared/protocol.ts";
import type { Theme } from "../../shared/staff/wishes.ts";
import type { Desk } from "../desk.ts";
import { type Filter, type Lists, NO_FILTER } from "../lists.ts";
import { type Name, tell } from "../texts.ts";

export type Dialog = "transfer" | "close" | "back" | "take_over" | "search" | "keys" | "canned";
export type Screen = {
  desk: Desk;
  language: Language;
  theme: Theme;
  hasSound: boolean;
  hasNotices: boolean;
  hasKeys: boolean;
  dialog: Dialog | null;
  filter: Filter;
  lists: Lists;
  /** Where the cursor is to go; the number changes with each wish. */
  focus: { on: "reply" | "note"; wish: number };
  speak(language: Language): void;
  setTheme(theme: Theme): void;
  setSound(on: boolean): void;
  setNotices(on: boolean): void;
  setKeys(on: boolean): void;
  show(dialog: Dialog | null): void;
  setFilter(filter: Filter): void;
  write(on: "reply" | "note"): void;
};
export type Say = (name: Name, values?: Record<string, string | number>) => string;

let current: Screen & { say: Say };

/** There is one desk in a page, and all of it is drawn anew from the top: no context needs to carry it. */
export function setScreen(screen: Screen): void {
  current = { ...screen, say: (name, values) => tell(screen.language, name, values) };
}

export function useScreen(): Screen & { say: Say } {
  return current;
}

/** A colleague's name in the agent's language. */
export function colleague(person: { id: string; name: string } | null | undefined): string {
  const { desk, language } = current;
  return (person && desk.state.agents[person.id]?.shown_as?.[language]) || (person?.name ?? "");
}

/** The same where only one of their names is given. */
export function colleagueNamed(name: string): string {
  const { desk, language } = current;
  const found = Object.values(desk.state.agents).find(({ shown_as }) => shown_as?.zh === name || shown_as?.en === name);
  return found?.shown_as?.[language] ?? name;
}

/** A customer's name, or for a stranger a mark that tells two of them apart. */
export function nameOf(item: { customer: Item["customer"]; conversation: string }, say: Say): string {
  return item.customer.name || say("visitor", { tail: item.conversation.slice(-4) });
}

export { NO_FILTER };
