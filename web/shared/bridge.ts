/** What the loader on the shop's page and the widget in its frame tell each other, by postMessage. */

import type { Language } from "./protocol.ts";

export type ToWidget =
  /** `focus` when the customer opened it; a panel that comes back with the page leaves focus where it is. */
  | { guitai: "shown"; modal: boolean; focus: boolean }
  | { guitai: "hidden" }
  | { guitai: "identify"; token: string }
  | { guitai: "logout" }
  | { guitai: "lang"; lang: Language }
  | { guitai: "say"; text: string };

export type ToPage =
  | { guitai: "ready" }
  | { guitai: "close" }
  | { guitai: "unread"; count: number; talked: boolean }
  | { guitai: "lang"; lang: Language };

/** How the widget is to look and for whom; it rides in the frame's fragment, so no server sees it. */
export type Look = {
  /** The page's origin: the only one the widget listens to and speaks to. */
  origin: string;
  lang?: string;
  color?: string;
  theme?: string;
};
