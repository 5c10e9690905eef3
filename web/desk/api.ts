/** What the desk asks over HTTP. */

import type { Canned, Found, Line, Opened, Shelf, Suggestions, WaitFigures } from "../shared/desk.ts";
import type { SentFile } from "../shared/protocol.ts";
import { StaffApi } from "../shared/staff/api.ts";

export class Api extends StaffApi {
  open(conversation: string): Promise<Opened> {
    return this.ask(`${of(conversation)}`);
  }

  earlier(conversation: string, before: number): Promise<{ lines: Line[]; older: boolean }> {
    return this.ask(`${of(conversation)}/lines?before=${before}`);
  }

  /** A supervisor unlinks one of the customer's chats, or takes the link back. */
  endLink(conversation: string, link: number, undo: boolean): Promise<Opened> {
    return this.send("POST", `${of(conversation)}/links/${link}/end`, { undo });
  }

  suggestions(conversation: string): Promise<Suggestions> {
    return this.ask(`${of(conversation)}/suggestions`);
  }

  search(words: string, before: string): Promise<{ found: Found[]; more: boolean }> {
    const query = new URLSearchParams({ q: words, ...(before && { before }) });
    return this.ask(`/api/desk/search?${query}`);
  }

  shelf(): Promise<Shelf> {
    return this.ask("/api/desk/canned");
  }

  putCanned(canned: readonly Canned[]): Promise<Shelf> {
    return this.send("PUT", "/api/desk/canned", { canned });
  }

  wait(): Promise<WaitFigures> {
    return this.ask("/api/desk/wait");
  }

  upload(file: File): Promise<SentFile> {
    const form = new FormData();
    form.append("file", file, file.name);
    return this.ask("/api/desk/files", { method: "POST", body: form });
  }
}

/** Where a conversation's packet can be downloaded. */
export function packetAddress(conversation: string): string {
  return `${of(conversation)}/packet.json`;
}

function of(conversation: string): string {
  return `/api/desk/conversations/${encodeURIComponent(conversation)}`;
}
