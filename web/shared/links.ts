/** Finds the links in a text. Only http, https, mailto and tel ever become one; all else stays the text it is. */

export type Piece = { text: string; href?: string };

const LINK = /(?:https?:\/\/|mailto:|tel:)[^\s<>"'`{}|\\^，。；：！？、（）《》【】「」『』“”‘’]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/giu;
const TAIL = /[.,;:!?)\]}*_~]+$/u;
const ALLOWED = new Set(["http:", "https:", "mailto:", "tel:"]);

/** The text in pieces, in order; joined they are the text again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimmed(match[0]);
    const href = safe(shown.includes("@") && !/^\w+:/u.test(shown) ? `mailto:${shown}` : shown);
    if (href === null) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** The address when it may be followed, else null. */
export function safe(address: string): string | null {
  try {
    const url = new URL(address);
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A file's address on our own server. Files come from nowhere else; another address would be somebody's trick. */
export function isOurs(address: string): boolean {
  return /^\/web\/files\/[\w-]+(\?|$)/u.test(address);
}

/** A picture's address when it may be shown: https, or our own server's. */
export function safeImage(address: string): string | null {
  if (isOurs(address)) return address;
  const href = safe(address);
  return href?.startsWith("https:") ? href : null;
}

/** A bracket that was opened inside belongs to the link; the sentence's own punctuation does not. */
function trimmed(link: string): string {
  const tail = TAIL.exec(link)?.[0] ?? "";
  const bare = link.slice(0, link.length - tail.length);
  return tail.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}
