/** What one screen keeps on a device, under a prefix of its own. */

export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Drawer {
  readonly #store: Keep;
  readonly #prefix: string;

  constructor(store: Keep, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** The names that begin so. */
  names(start: string): string[] {
    const names: string[] = [];
    for (let at = 0; at < this.#store.length; at += 1) {
      const name = this.#store.key(at);
      if (name?.startsWith(this.#prefix + start)) names.push(name.slice(this.#prefix.length));
    }
    return names;
  }

  get(name: string): string | null {
    return this.#store.getItem(this.#prefix + name);
  }

  set(name: string, value: string | null): void {
    try {
      if (value === null) this.#store.removeItem(this.#prefix + name);
      else this.#store.setItem(this.#prefix + name, value);
    } catch {
      // full: what was written still goes out, it only would not outlive a reload
    }
  }
}
