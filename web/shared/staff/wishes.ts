/** How somebody likes their screen: language and light, kept on the device. */

import type { Drawer } from "../drawer.ts";
import type { Language } from "../protocol.ts";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export class Wishes {
  protected readonly drawer: Drawer;

  constructor(drawer: Drawer) {
    this.drawer = drawer;
  }

  get language(): Language | null {
    const kept = this.drawer.get("lang");
    return kept === "zh" || kept === "en" ? kept : null;
  }

  set language(language: Language | null) {
    this.drawer.set("lang", language);
  }

  get theme(): Theme {
    const kept = this.drawer.get("theme");
    return kept === "light" || kept === "dark" ? kept : "system";
  }

  set theme(theme: Theme) {
    this.drawer.set("theme", theme === "system" ? null : theme);
  }
}

/** The page wears it from now on. */
export function wear(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
