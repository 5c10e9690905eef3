/** One entry being edited in this tab: what was opened, what it is now, what is wrong with it, and who else is there. */

import type { Api } from "./api.ts";
import { Refused } from "../shared/staff/api.ts";
import type { Entry, Fault, Here, OpenedEntry } from "../shared/studio.ts";
import { differs, tidied } from "./draft.ts";
import type { Unsaved } from "./kept.ts";
import { clashes, merged, type Side } from "./merge.ts";

const CHECK_MS = 300;
const HERE_MS = 15_000;

export type Conflict = { base: Entry; theirs: Entry };
type Surroundings = {
  api: Api;
  changed(): void;
  told(error: unknown): void;
  /** Unsaved words outlive the tab; null when there are none. */
  keep(unsaved: Unsaved | null): void;
};

export class Editing {
  /** As the server has it. */
  base: OpenedEntry;
  mine: Entry;
  faults: readonly Fault[];
  others: readonly Here[];
  conflict: Conflict | null = null;
  isBusy = false;
  isChecking = false;
  /** Somebody saved since: the next save will be a conflict. */
  isStale = false;
  /** These words were left unsaved an earlier time. */
  isFound = false;
  readonly #in: Surroundings;
  #check: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | null = null;
  readonly #beat: ReturnType<typeof setInterval>;

  constructor(opened: OpenedEntry, surroundings: Surroundings, left: Unsaved | null = null) {
    this.base = opened;
    this.mine = opened;
    this.faults = opened.faults ?? [];
    this.others = opened.others_here ?? [];
    this.#in = surroundings;
    if (left !== null && differs(opened, left.mine)) this.#takeUp(opened, left);
    this.#beat = setInterval(() => void this.#look(), HERE_MS);
  }

  get isUnsaved(): boolean {
    return differs(this.base, this.mine);
  }

  get canSave(): boolean {
    return !this.isBusy && (this.isUnsaved || this.base.outdated === true);
  }

  get hasErrors(): boolean {
    return this.faults.some((fault) => fault.severity === "error");
  }

  /** The editor's next word; checked when they pause. */
  change(next: Entry): void {
    this.mine = next;
    this.#in.keep(this.isUnsaved ? { base: this.base, mine: next } : null);
    clearTimeout(this.#check);
    this.#check = setTimeout(() => void this.check(), CHECK_MS);
    this.#in.changed();
  }

  /** Faults of a field and, where `inside`, of what is in it. */
  at(field: string, inside = false): Fault[] {
    return this.faults.filter((fault) => fault.field === field || (inside && fault.field.startsWith(`${field}.`)));
  }

  async check(): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.isChecking = true;
    this.#in.changed();
    try {
      this.faults = (await this.#in.api.check(this.mine, asked.signal)).faults;
    } catch {
      // the next word asks again, and saving checks as well
    }
    if (this.#asked !== asked) return; // a later check is on its way
    this.isChecking = false;
    this.#in.changed();
  }

  /** True when it is saved, also when there was nothing to save. */
  async save(): Promise<boolean> {
    if (!this.isUnsaved && !this.base.outdated) return true;
    return this.#busy(async () => {
      const sent = tidied(this.mine);
      try {
        this.#took(await this.#in.api.save(this.base.revision, sent));
        return true;
      } catch (error) {
        const conflict = conflictIn(error, this.base);
        if (conflict === null) throw error;
        this.mine = sent;
        if (clashes(conflict.base, conflict.theirs, sent).length === 0) return this.#saveMerged(conflict, {});
        this.conflict = conflict;
        return false;
      }
    });
  }

  /** The sides are chosen: what comes out is saved. */
  async resolve(chosen: Readonly<Record<string, Side>>): Promise<boolean> {
    const { conflict } = this;
    if (conflict === null) return false;
    return this.#busy(() => this.#saveMerged(conflict, chosen));
  }

  /** Nothing of what was typed stays. */
  drop(): void {
    this.mine = this.base;
    this.#in.keep(null);
  }

  /** A step that the server answers with the entry as it is now. */
  async step(ask: () => Promise<OpenedEntry>): Promise<boolean> {
    return this.#busy(async () => {
      this.#took(await ask());
      return true;
    });
  }

  close(): void {
    clearTimeout(this.#check);
    clearInterval(this.#beat);
    this.#asked?.abort();
  }

  async #saveMerged(conflict: Conflict, chosen: Readonly<Record<string, Side>>): Promise<boolean> {
    const next = merged(conflict.base, conflict.theirs, this.mine, chosen);
    this.base = { ...this.base, ...conflict.theirs };
    this.mine = next;
    this.conflict = null;
    if (!this.isUnsaved) {
      this.#in.keep(null); // all of it was theirs
      return true;
    }
    this.#took(await this.#in.api.save(conflict.theirs.revision, next));
    return true;
  }

  /** Goes on where somebody left off; what others saved since is merged when this is saved. */
  #takeUp(opened: OpenedEntry, left: Unsaved): void {
    this.base = { ...opened, ...left.base, published: opened.published ?? null };
    this.mine = left.mine;
    this.isFound = true;
    this.isStale = left.base.revision !== opened.revision;
    this.#check = setTimeout(() => void this.check(), 0);
  }

  #took(opened: OpenedEntry): void {
    this.#in.keep(null);
    this.isFound = false;
    this.base = { ...opened, published: opened.published ?? this.base.published ?? null };
    this.mine = opened;
    this.faults = opened.faults ?? this.faults;
    this.others = opened.others_here ?? this.others;
    this.isStale = false;
    this.conflict = null;
  }

  async #busy(act: () => Promise<boolean>): Promise<boolean> {
    this.isBusy = true;
    this.#in.changed();
    try {
      return await act();
    } catch (error) {
      const conflict = conflictIn(error, this.base);
      if (conflict === null) this.#in.told(error);
      else this.conflict = conflict;
      return false;
    } finally {
      this.isBusy = false;
      this.#in.changed();
    }
  }

  async #look(): Promise<void> {
    try {
      const { others_here, revision } = await this.#in.api.here(this.base.key);
      this.others = others_here;
      this.isStale = revision !== this.base.revision;
      this.#in.changed();
    } catch {
      // whoever is there will be seen the next time
    }
  }
}

/** `base` is what both began from; where the server no longer has it, what was opened here. */
function conflictIn(error: unknown, opened: Entry): Conflict | null {
  if (!(error instanceof Refused) || error.code !== "conflict") return null;
  const { base, theirs } = error.answer as { base?: Entry | null; theirs?: Entry };
  return theirs ? { base: base ?? opened, theirs } : null;
}
