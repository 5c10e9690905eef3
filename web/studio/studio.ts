/** The studio in this tab: who is signed in, where they are, the list, and the entry that is being edited. */

import type { Me } from "../shared/desk.ts";
import type { Both, Language } from "../shared/protocol.ts";
import { Refused } from "../shared/staff/api.ts";
import type { Values } from "../shared/staff/texts.ts";
import type { Counts, Listing, OpenedEntry, Palette, Query } from "../shared/studio.ts";
import type { Api } from "./api.ts";
import { Editing } from "./editing.ts";
import { isSettled } from "./follow.ts";
import type { Kept } from "./kept.ts";
import { hashOf, type Page, type Route, routeOf } from "./route.ts";
import { type Name, tell } from "./texts.ts";

const SEARCH_MS = 200;
const TOAST_MS = 6_000;
const READING = ["editor", "reviewer", "supervisor", "admin"];
const EDITING = ["editor", "admin"];
const REVIEWING = ["reviewer", "supervisor", "admin"];

export const NO_QUERY: Query = { q: "", topic: "", status: "", tag: "", language: "", owner: "", kind: "" };
/** Editors come for the FAQ; the bot's other texts are a step further. */
export const FIRST_QUERY: Query = { ...NO_QUERY, kind: "faq" };
export const NO_PALETTE: Palette = { variables: [], channels: [], payloads: [] };
export type Toast = { id: number; kind: "fault" | "good"; text: Both };
type Surroundings = { api: Api; kept: Kept; changed(): void; language(): Language; go(hash: string): void };

export class Studio {
  /** Whether anybody is signed in is not known before the first answer. */
  phase: "starting" | "signed_out" | "signed_in" = "starting";
  me: Me | null = null;
  route: Route = { page: "entries", key: null };
  query: Query = FIRST_QUERY;
  page = 1;
  listing: Listing | null = null;
  isLooking = false;
  /** How far down the list was when it was left. */
  scrolled = 0;
  counts: Counts = { draft: 0, review: 0, approved: 0 };
  isPublishing = false;
  editing: Editing | null = null;
  /** Why the entry in the address could not be opened. */
  unopened: string | null = null;
  palette: Palette = NO_PALETTE;
  /** Where the editor wants to go while there are unsaved changes. */
  leaving: (() => void) | null = null;
  toasts: readonly Toast[] = [];
  readonly #in: Surroundings;
  #search: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;
  #toastNumber = 0;

  constructor(surroundings: Surroundings) {
    this.#in = surroundings;
  }

  get api(): Api {
    return this.#in.api;
  }

  get mayRead(): boolean {
    return this.#has(READING);
  }

  get mayEdit(): boolean {
    return this.#has(EDITING);
  }

  /** Reviewers approve, and they publish. */
  get mayReview(): boolean {
    return this.#has(REVIEWING);
  }

  async start(hash: string): Promise<void> {
    this.route = routeOf(hash);
    const me = await this.api.me().catch(() => null);
    if (me) this.#enter(me);
    else this.#leave();
  }

  async signIn(name: string, password: string, totp: string): Promise<void> {
    this.#enter(await this.api.signIn(name, password, totp));
  }

  async signOut(): Promise<void> {
    if (this.#isHeld(() => void this.signOut())) return;
    await this.api.signOut().catch(() => undefined);
    this.#leave();
  }

  /** Goes to a page, once it is settled what becomes of unsaved changes. */
  go(page: Page, key: string | null = null): void {
    if (this.#isHeld(() => this.go(page, key))) return;
    const hash = hashOf(page, key);
    this.#in.go(hash);
    this.#arrive(routeOf(hash));
  }

  /** Goes on to where the editor wanted to be; without what is unsaved. */
  leaveUnsaved(): void {
    const { leaving } = this;
    this.leaving = null;
    this.editing?.drop();
    leaving?.();
    this.changed();
  }

  /** The open entry as the server has it, without what was typed. */
  async reread(): Promise<void> {
    this.editing?.drop();
    if (this.route.key !== null) await this.open(this.route.key);
  }

  stay(): void {
    this.leaving = null;
    this.changed();
  }

  /** The address changed: a link, or the browser's back. */
  arrived(hash: string): void {
    const route = routeOf(hash);
    if (route.page === this.route.page && route.key === this.route.key) return;
    if (this.#isHeld(() => this.go(route.page, route.key))) this.#in.go(hashOf(this.route.page, this.route.key));
    else this.#arrive(route);
  }

  /** Looks for entries, a moment after the last change of the query. */
  find(change: Partial<Query>): void {
    this.query = { ...this.query, ...change };
    this.page = 1;
    this.scrolled = 0;
    this.isLooking = true;
    clearTimeout(this.#search);
    this.#search = setTimeout(() => void this.look(), "q" in change ? SEARCH_MS : 0);
    this.changed();
  }

  turnTo(page: number): void {
    this.page = page;
    this.scrolled = 0;
    void this.look();
  }

  async look(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.isLooking = true;
    this.changed();
    try {
      const listing = await this.api.entries(this.query, this.page);
      if (turn !== this.#turn) return; // a later question is on its way
      this.listing = listing;
      this.counts = listing.counts ?? this.counts;
    } catch (error) {
      this.told(error);
    }
    if (turn === this.#turn) this.isLooking = false;
    this.changed();
  }

  async open(key: string): Promise<void> {
    this.editing?.close();
    this.editing = null;
    this.unopened = null;
    this.changed();
    try {
      const opened = await this.api.open(key);
      if (this.route.key !== key) return;
      this.editing = this.#edit(opened);
      void this.#mix(key);
    } catch (error) {
      if (this.route.key === key) this.unopened = this.#said(error)[this.#in.language()];
      if (error instanceof Refused && error.status === 401) this.#leave();
    }
    this.changed();
  }

  /** Whether something is just being published; asked early, since the server then gets ready for more. */
  async lookForPublication(): Promise<void> {
    const found = await this.api.publications().catch(() => null);
    this.isPublishing = found?.publications.some((one) => !isSettled(one)) ?? false;
    this.changed();
  }

  /** What was done to an entry shows in the list. */
  refresh(): void {
    void this.look();
  }

  changed(): void {
    this.#in.changed();
  }

  /** What went wrong, in the server's words where it has some. */
  told(error: unknown): void {
    if (error instanceof Refused && error.status === 401) this.#leave();
    else this.toast("fault", this.#said(error));
  }

  good(name: Name, values: Values = {}): void {
    this.toast("good", { zh: tell("zh", name, values), en: tell("en", name, values) });
  }

  toast(kind: Toast["kind"], text: Both): void {
    this.#toastNumber += 1;
    const id = this.#toastNumber;
    this.toasts = [...this.toasts.slice(-3), { id, kind, text }];
    setTimeout(() => this.dismiss(id), kind === "good" ? TOAST_MS / 2 : TOAST_MS);
    this.changed();
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((one) => one.id !== id);
    this.changed();
  }

  #edit(opened: OpenedEntry): Editing {
    const { kept } = this.#in;
    const around = {
      api: this.api,
      changed: () => this.changed(),
      told: (error: unknown) => this.told(error),
      keep: (unsaved: Parameters<Kept["setUnsaved"]>[1]) => kept.setUnsaved(opened.key, unsaved),
    };
    return new Editing(opened, around, kept.unsaved(opened.key));
  }

  #has(roles: readonly string[]): boolean {
    return this.me?.roles.some((role) => roles.includes(role)) ?? false;
  }

  #said(error: unknown): Both {
    if (error instanceof Refused && error.message) return { zh: error.message, en: error.message };
    return { zh: tell("zh", "unreached"), en: tell("en", "unreached") };
  }

  #enter(me: Me): void {
    this.me = me;
    this.#in.kept.belongTo(me.id);
    this.phase = "signed_in";
    this.changed();
    if (!this.mayRead) return;
    void this.look();
    void this.lookForPublication();
    this.#arrive(this.route);
  }

  #leave(): void {
    this.editing?.close();
    Object.assign(this, { editing: null, me: null, listing: null, phase: "signed_out", query: FIRST_QUERY, page: 1 });
    this.changed();
  }

  #arrive(route: Route): void {
    const isLeft = this.route.key !== null && route.key !== this.route.key;
    this.route = route;
    if (route.key === null) {
      this.editing?.close();
      this.editing = null;
      this.unopened = null;
      if (isLeft) void this.look();
    } else {
      void this.open(route.key);
    }
    this.changed();
  }

  /** Unsaved changes: the editor is asked before they go on. */
  #isHeld(leaving: () => void): boolean {
    if (!this.editing?.isUnsaved) return false;
    this.leaving = leaving;
    this.changed();
    return true;
  }

  async #mix(key: string): Promise<void> {
    try {
      this.palette = await this.api.palette(key);
    } catch {
      this.palette = NO_PALETTE; // then there is nothing to pick from, and writing goes on
    }
    this.changed();
  }
}
