/** What every part of the screen can reach: the studio, the language, the look, and what is open on top. */

import { useEffect, useState } from "preact/hooks";

import type { Both, Language } from "../../shared/protocol.ts";
import type { Theme } from "../../shared/staff/wishes.ts";
import type { Studio } from "../studio.ts";
import { type Name, tell } from "../texts.ts";
import { titleOf } from "../words.ts";

/** A question over the screen: what will happen, and the word that makes it happen. */
export type Question = { title: string; hint: string; does: string; asksWhy?: boolean; do(why: string): void };
export type Open = { name: "new"; group?: string | number } | { name: "transfer" } | { name: "question"; question: Question };
export type Screen = {
  studio: Studio;
  language: Language;
  theme: Theme;
  open: Open | null;
  speak(language: Language): void;
  setTheme(theme: Theme): void;
  show(open: Open | null): void;
};
export type Say = (name: Name, values?: Record<string, string | number>) => string;

let current: Screen & { say: Say };

/** There is one studio in a page, and all of it is drawn anew from the top: no context needs to carry it. */
export function setScreen(screen: Screen): void {
  current = { ...screen, say: (name, values) => tell(screen.language, name, values) };
}

export function useScreen(): Screen & { say: Say } {
  return current;
}

export function titled(title: Both | string | null | undefined, key: string): string {
  return titleOf(title, key, current.language);
}

/** The topics that hold FAQ. */
export function faqTopics(): string[] {
  const named = (current.studio.listing?.topics ?? []).filter((topic) => topic.kind !== "text");
  return named.map((topic) => topic.name);
}

/** What the server answers, asked again when `about` changes. */
export function useAnswer<Answer>(ask: () => Promise<Answer>, about: string): { answer: Answer | null; isFailed: boolean; again(): void; put(answer: Answer): void } {
  const [held, hold] = useState<{ about: string; answer: Answer | null; isFailed: boolean }>({ about: "", answer: null, isFailed: false });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    ask().then(
      (answer) => isWanted && hold({ about, answer, isFailed: false }),
      (error: unknown) => {
        if (!isWanted) return;
        hold({ about, answer: null, isFailed: true });
        current.studio.told(error);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [about, turn]);
  const isMine = held.about === about;
  return {
    answer: isMine ? held.answer : null,
    isFailed: isMine && held.isFailed,
    again: () => setTurn(turn + 1),
    put: (answer) => hold({ about, answer, isFailed: false }),
  };
}
