/** Where in the studio one is: the address behind `#`, so that a link can be sent and the browser's back works. */

export const PAGES = ["entries", "try", "publish", "inbox", "insights", "audit"] as const;
export type Page = (typeof PAGES)[number];
export type Route = { page: Page; key: string | null };

export function routeOf(hash: string): Route {
  const [name = "", key] = hash.replace(/^#\/?/u, "").split("/", 2);
  const page = PAGES.find((one) => one === name) ?? "entries";
  return { page, key: name === "entries" && key ? decoded(key) : null };
}

export function hashOf(page: Page, key: string | null = null): string {
  return key === null ? `#/${page}` : `#/${page}/${encodeURIComponent(key)}`;
}

function decoded(key: string): string | null {
  try {
    return decodeURIComponent(key);
  } catch {
    return null; // a link that was cut in the middle of a character
  }
}
