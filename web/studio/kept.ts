/** What is kept on the editor's device: how they like the studio, and words that were never saved. */

import { Drawer, type Keep } from "../shared/drawer.ts";
import { Wishes } from "../shared/staff/wishes.ts";
import type { Entry } from "../shared/studio.ts";

const UNSAVED = "unsaved.";
const MOST = 20;

/** An entry as it was opened and as it was left: what a merge needs. */
export type Unsaved = { base: Entry; mine: Entry };

export class Kept extends Wishes {
  /** Whose words they are: two editors at one computer never find each other's. */
  #owner = "";

  constructor(store: Keep) {
    super(new Drawer(store, "guitai.studio."));
  }

  belongTo(owner: string): void {
    this.#owner = `${owner}.`;
  }

  unsaved(key: string): Unsaved | null {
    try {
      const kept = JSON.parse(this.drawer.get(this.#name(key)) ?? "null") as Partial<Unsaved> | null;
      const isWhole = [kept?.base, kept?.mine].every((one) => one?.key === key && Boolean(one.answers && one.examples && one.editors));
      return isWhole ? (kept as Unsaved) : null;
    } catch {
      return null;
    }
  }

  setUnsaved(key: string, unsaved: Unsaved | null): void {
    this.drawer.set(this.#name(key), unsaved && JSON.stringify(unsaved));
    const all = this.drawer.names(UNSAVED + this.#owner);
    if (all.length > MOST) this.drawer.set(all.find((name) => name !== this.#name(key)) ?? "", null);
  }

  #name(key: string): string {
    return `${UNSAVED}${this.#owner}${key}`;
  }
}
