/** The line to the page around the frame: one known origin, both ways. */

import type { ToPage, ToWidget } from "../shared/bridge.ts";

export type Page = { tell(message: ToPage): void };

/** Listens to the page that embeds us. Without one (the widget opened by itself) nobody is told anything. */
export function connectPage(declared: string | null, hear: (message: ToWidget) => void): Page | null {
  const origin = pageOrigin(declared);
  if (parent === window || origin === null) return null;
  addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.source !== parent || event.origin !== origin) return;
    const message = event.data as ToWidget | null;
    if (typeof message === "object" && typeof message?.guitai === "string") hear(message);
  });
  return { tell: (message) => parent.postMessage(message, origin) };
}

/** The page says who it is; where the browser knows, it must agree. */
function pageOrigin(declared: string | null): string | null {
  if (declared === null || !/^https?:\/\/[^/]+$/u.test(declared)) return null;
  const known = location.ancestorOrigins?.[0];
  return known === undefined || known === declared ? declared : null;
}
