/** The frames between widget and server, as docs/web.md has them. */

export type Language = "zh" | "en";
export type Both = { zh: string; en: string };

export type Button = { title: string; payload: string };
export type SentFile = {
  id: string;
  name: string;
  type: string;
  bytes: number;
  url: string;
  width?: number;
  height?: number;
};

export type Who = "customer" | "bot" | "agent" | "system";

/** One bubble. `seq` counts from 1 without gaps within a conversation. */
export type Line = {
  seq: number;
  who: Who;
  at: string;
  text?: string;
  buttons?: Button[];
  image?: string;
  custom?: unknown;
  files?: SentFile[];
  name?: string;
  client_id?: string;
  thumb?: boolean | null;
};

export type Owner = "bot" | "queue" | "agent" | "closed";
export type Status = { owner: Owner; place?: number | null; wait_minutes?: number | null; agent?: string | null };

export type Config = {
  shop: Both;
  greeting: Both;
  suggestions: { zh: string[]; en: string[] };
  max_text: number;
  files: { max_bytes: number; types: string[] };
};

export type Hello = {
  t: "hello";
  v: 1;
  visitor?: string;
  customer?: string;
  since: number;
  conversation?: string;
  lang: Language;
  tab: string;
};

export type Message = { t: "msg"; id: string; text?: string; button?: string; files?: string[] };

export type ClientFrame =
  | Hello
  | Message
  | { t: "typing"; on: boolean }
  | { t: "read"; seq: number }
  | { t: "thumb"; seq: number; up: boolean | null }
  | { t: "rate"; stars: number; text?: string }
  | { t: "identify"; customer: string }
  | { t: "logout" }
  | { t: "older"; before: number }
  | { t: "ping" };

export type ErrorCode =
  | "bad_frame"
  | "too_long"
  | "slow_down"
  | "expired"
  | "not_yours"
  | "not_stored"
  | "file_refused"
  | "upgrade";

export type Welcome = {
  t: "welcome";
  v: number;
  visitor: string;
  conversation: string | null;
  seq: number;
  resume: "full" | "partial";
  status: Status;
  customer: { name: string } | null;
  config: Config;
};

export type ServerFrame =
  | Welcome
  | ({ t: "line" } & Line)
  | { t: "ack"; id: string; seq: number }
  | { t: "read"; by: "bot" | "agent"; seq: number }
  | ({ t: "status" } & Status)
  | { t: "typing"; who: "bot" | "agent"; on: boolean }
  | { t: "thumb"; seq: number; up: boolean | null }
  | { t: "lines"; lines: Line[]; more: boolean }
  | { t: "error"; code: ErrorCode; id?: string; retry: boolean; message: Both }
  | { t: "pong" }
  | { t: "signed_out" };

/** A frame of the server's, or null for what is none; kinds that are not known yet are let through by name alone. */
export function parse(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && typeof (frame as { t?: unknown }).t === "string"
      ? (frame as ServerFrame)
      : null;
  } catch {
    return null;
  }
}

export const CLOSED = { policy: 1008, tooBig: 1009, restart: 1012, tokenRefused: 4001 } as const;
