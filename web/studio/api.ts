/** What the studio asks over HTTP. */

import type { Language } from "../shared/protocol.ts";
import { Refused, StaffApi } from "../shared/staff/api.ts";
import type {
  Answer,
  Audited,
  Entry,
  Fault,
  Here,
  ImportReport,
  Inbox,
  InboxKind,
  Insights,
  Listing,
  OpenedEntry,
  Palette,
  Preview,
  Publication,
  Query,
  Trial,
  Version,
} from "../shared/studio.ts";

const HOME = "/api/studio";
const MOST_TRIES = 4;

export class Api extends StaffApi {
  entries(query: Query, page: number): Promise<Listing> {
    return this.ask(`${HOME}/entries?${asked({ ...query, page: String(page) })}`);
  }

  open(key: string): Promise<OpenedEntry> {
    return this.ask(of(key));
  }

  /** Says that one is there, and asks who else is. */
  here(key: string): Promise<{ others_here: Here[]; revision: string }> {
    return this.ask(`${of(key)}/here`);
  }

  create(entry: { topic: string; key?: string }): Promise<OpenedEntry> {
    return this.post(`${HOME}/entries`, entry);
  }

  save(revision: string, entry: Entry): Promise<OpenedEntry> {
    return this.send("PUT", of(entry.key), { revision, entry });
  }

  remove(key: string, revision: string): Promise<unknown> {
    return this.send("DELETE", of(key), { revision });
  }

  /** Review, approval and their like: one step of an entry on its way. */
  step(key: string, step: "discard" | "review" | "approve" | "send_back", body?: { why: string } | { revision: string }): Promise<OpenedEntry> {
    return this.post(`${of(key)}/${step}`, body);
  }

  check(entry: Entry, signal: AbortSignal): Promise<{ faults: Fault[] }> {
    return this.ask(`${HOME}/check`, { method: "POST", body: JSON.stringify({ entry }), headers: JSON_TYPE, signal });
  }

  preview(answer: Answer, language: Language): Promise<Preview> {
    return this.post(`${HOME}/preview`, { answer, language });
  }

  /** What published and draft make of it; the draft is one entry as it stands here, or all that is not published. */
  async try(text: string, entry: Entry | null): Promise<Trial> {
    const asked = { text, ...(entry ? { entry } : { draft: true }) };
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.post(`${HOME}/try`, asked);
      } catch (error) {
        // a server that has just started is still getting ready for it
        if (!(error instanceof Refused) || error.code !== "try_later" || tries === MOST_TRIES) throw error;
      }
    }
  }

  history(key: string): Promise<{ versions: Version[] }> {
    return this.ask(`${of(key)}/history`);
  }

  restore(key: string, version: string | number): Promise<OpenedEntry> {
    return this.post(`${of(key)}/restore`, { version });
  }

  palette(key: string): Promise<Palette> {
    return this.ask(`${HOME}/palette?${asked({ key })}`);
  }

  import(file: File, isDry: boolean): Promise<ImportReport> {
    const form = new FormData();
    form.append("file", file, file.name);
    return this.ask(`${HOME}/import${isDry ? "?dry_run=1" : ""}`, { method: "POST", body: form });
  }

  publish(keys: readonly string[] | null): Promise<{ publication: string | number }> {
    return this.post(`${HOME}/publish`, { keys });
  }

  publications(): Promise<{ publications: Publication[] }> {
    return this.ask(`${HOME}/publications`);
  }

  publication(id: string | number): Promise<Publication> {
    return this.ask(`${HOME}/publications/${encodeURIComponent(id)}`);
  }

  rollback(id: string | number): Promise<{ publication: string | number }> {
    return this.post(`${HOME}/publications/${encodeURIComponent(id)}/rollback`);
  }

  inbox(kind: InboxKind, page: number): Promise<Inbox> {
    return this.ask(`${HOME}/inbox?${asked({ kind, page: String(page) })}`);
  }

  assign(group: string | number, key: string): Promise<unknown> {
    return this.post(`${HOME}/inbox/${encodeURIComponent(group)}/assign`, { key });
  }

  begin(group: string | number, topic: string): Promise<Entry> {
    return this.post(`${HOME}/inbox/${encodeURIComponent(group)}/new`, { topic });
  }

  dismiss(group: string | number): Promise<unknown> {
    return this.post(`${HOME}/inbox/${encodeURIComponent(group)}/dismiss`);
  }

  insights(days: number): Promise<Insights> {
    return this.ask(`${HOME}/insights?days=${days}`);
  }

  audit(page: number): Promise<{ entries: Audited[]; total: number; page_size: number }> {
    return this.ask(`${HOME}/audit?page=${page}`);
  }
}

const JSON_TYPE = { "content-type": "application/json" };

/** Where the FAQ can be downloaded. */
export function exportAddress(format: "csv" | "xlsx", topic: string): string {
  return `${HOME}/export?${asked({ format, topic })}`;
}

/** Where a publication tells how far it is. */
export function eventsAddress(id: string | number): string {
  return `${HOME}/publications/${encodeURIComponent(id)}/events`;
}

function asked(query: Record<string, string>): URLSearchParams {
  return new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
}

function of(key: string): string {
  return `${HOME}/entries/${encodeURIComponent(key)}`;
}
