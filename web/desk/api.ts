/** What the desk asks over HTTP. Every unsafe request shows that a page of ours made it. */

import type { Canned, Found, Line, Me, Opened, Shelf, Suggestions, WaitFigures } from "../shared/desk.ts";
import type { Both, Language, SentFile } from "../shared/protocol.ts";

export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type DemoAccounts = { accounts: { name: string; shown_as: Both; roles: string[] }[]; password: string };

export class Api {
  readonly #language: () => Language;

  constructor(language: () => Language) {
    this.#language = language;
  }

  /** Who is signed in, or null. */
  async me(): Promise<Me | null> {
    try {
      return (await this.#ask<{ me: Me }>("/api/me")).me;
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    }
  }

  async signIn(name: string, password: string, totp: string): Promise<Me> {
    const { me } = await this.#post<{ me: Me }>("/api/sign-in", { name, password, ...(totp && { totp }) });
    return me;
  }

  async signOut(): Promise<void> {
    await this.#post("/api/sign-out", {});
  }

  /** The demo's accounts; none where there is no demo. */
  async demoAccounts(): Promise<DemoAccounts> {
    try {
      return await this.#ask("/api/demo/accounts");
    } catch {
      return { accounts: [], password: "" };
    }
  }

  open(conversation: string): Promise<Opened> {
    return this.#ask(`${of(conversation)}`);
  }

  earlier(conversation: string, before: number): Promise<{ lines: Line[]; older: boolean }> {
    return this.#ask(`${of(conversation)}/lines?before=${before}`);
  }

  suggestions(conversation: string): Promise<Suggestions> {
    return this.#ask(`${of(conversation)}/suggestions`);
  }

  search(words: string, before: string): Promise<{ found: Found[]; more: boolean }> {
    const query = new URLSearchParams({ q: words, ...(before && { before }) });
    return this.#ask(`/api/desk/search?${query}`);
  }

  shelf(): Promise<Shelf> {
    return this.#ask("/api/desk/canned");
  }

  putCanned(canned: readonly Canned[]): Promise<Shelf> {
    return this.#send("PUT", "/api/desk/canned", { canned });
  }

  wait(): Promise<WaitFigures> {
    return this.#ask("/api/desk/wait");
  }

  upload(file: File): Promise<SentFile> {
    const form = new FormData();
    form.append("file", file, file.name);
    return this.#ask("/api/desk/files", { method: "POST", body: form });
  }

  #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#send("POST", path, body);
  }

  #send<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
    return this.#ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  async #ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { ...init.headers, "x-guitai": "1", "accept-language": this.#language() };
    const response = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(60_000) });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer as Answer;
    const fault = (answer ?? {}) as { error?: string; code?: string };
    throw new Refused(response.status, fault.code ?? "", fault.error ?? "");
  }
}

/** Where a conversation's packet can be downloaded. */
export function packetAddress(conversation: string): string {
  return `${of(conversation)}/packet.json`;
}

function of(conversation: string): string {
  return `/api/desk/conversations/${encodeURIComponent(conversation)}`;
}
