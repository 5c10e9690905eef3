/** Signing in, and how the staff's screens ask over HTTP. Every unsafe request shows that a page of ours made it. */

import type { Me } from "../desk.ts";
import type { Both, Language } from "../protocol.ts";

export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  /** The whole answer: some refusals carry more than words. */
  readonly answer: unknown;

  constructor(status: number, code: string, message: string, answer: unknown = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.answer = answer;
  }
}

export type DemoAccounts = { accounts: { name: string; shown_as: Both; roles: string[] }[]; password: string };

export class StaffApi {
  readonly #language: () => Language;

  constructor(language: () => Language) {
    this.#language = language;
  }

  /** Who is signed in, or null. */
  async me(): Promise<Me | null> {
    try {
      return (await this.ask<{ me: Me }>("/api/me")).me;
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    }
  }

  async signIn(name: string, password: string, totp: string): Promise<Me> {
    const { me } = await this.post<{ me: Me }>("/api/sign-in", { name, password, ...(totp && { totp }) });
    return me;
  }

  async signOut(): Promise<void> {
    await this.post("/api/sign-out", {});
  }

  /** The demo's accounts; none where there is no demo. */
  async demoAccounts(): Promise<DemoAccounts> {
    try {
      return await this.ask("/api/demo/accounts");
    } catch {
      return { accounts: [], password: "" };
    }
  }

  /** Without a body where there is nothing to say. */
  protected post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return body === undefined ? this.ask(path, { method: "POST" }) : this.send("POST", path, body);
  }

  protected send<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
    return this.ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  protected async ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { ...init.headers, "x-guitai": "1", "accept-language": this.#language() };
    const response = await fetch(path, { ...init, headers, signal: init.signal ?? AbortSignal.timeout(60_000) });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer as Answer;
    const fault = (answer ?? {}) as { error?: string; code?: string };
    throw new Refused(response.status, fault.code ?? "", fault.error ?? "", answer);
  }
}
