/** What every part of the screen can reach: the session, the language, and the widget's own wishes. */

import type { Language } from "../../shared/protocol.ts";
import type { Session } from "../session.ts";
import { type Name, tell } from "../texts.ts";

export type Talk = {
  session: Session;
  language: Language;
  hasSound: boolean;
  /** The panel covers the whole page, so that focus must stay inside. */
  isModal: boolean;
  isEmbedded: boolean;
  speak(language: Language): void;
  setSound(on: boolean): void;
  close(): void;
};

export type Say = (name: Name, values?: Record<string, string | number>) => string;

let current: Talk & { say: Say };

/** There is one talk in a frame, and all of it is drawn anew from the top: no context needs to carry it. */
export function setTalk(talk: Talk): void {
  current = { ...talk, say: (name, values) => tell(talk.language, name, values) };
}

export function useTalk(): Talk & { say: Say } {
  return current;
}
