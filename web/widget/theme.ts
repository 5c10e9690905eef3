/** The shop's colour and the light or dark of the page, as a few custom properties. Only checked values get in. */

import { css, inkOn, parseColour, readableOn, type Rgb, surface } from "./colours.ts";

const LIGHT: Rgb = [255, 255, 255];
const DARK: Rgb = [28, 33, 40];

export function paint(root: HTMLElement, look: { color: string | null; theme: string | null }): void {
  if (look.theme === "light" || look.theme === "dark") root.dataset.theme = look.theme;
  const colour = parseColour(look.color);
  if (colour === null) return;
  root.style.setProperty("--brand", css(surface(colour)));
  root.style.setProperty("--on-brand", css(inkOn(colour)));
  root.style.setProperty("--brand-on-light", css(readableOn(colour, LIGHT)));
  root.style.setProperty("--brand-on-dark", css(readableOn(colour, DARK)));
}
