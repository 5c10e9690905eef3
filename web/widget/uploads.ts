/** Files on their way to the server: checked here first, sent with progress, then named in a message. */

import type { Both, Config } from "../shared/protocol.ts";
import { tell, texts } from "./texts.ts";

export type Upload = {
  id: string;
  name: string;
  bytes: number;
  /** Images show themselves while they are sent. */
  preview: string | null;
  /** From 0 to 1. */
  progress: number;
  fault: Both | null;
};

const PREVIEW_BYTES = 4_000_000;

/** Why the server would refuse a file, or null. It checks again, by what is inside. */
export function faultOf(file: File, rules: Config["files"]): Both | null {
  if (file.size === 0) return both("fileEmpty");
  if (file.size > rules.max_bytes) {
    const megabytes = String(Math.floor(rules.max_bytes / 1_000_000));
    return { zh: tell("zh", "fileTooBig", { megabytes }), en: tell("en", "fileTooBig", { megabytes }) };
  }
  return rules.types.includes(file.type) ? null : both("fileKind");
}

/** Puts a file on the server; its id there. Rejects with what the customer is told. */
export function upload(base: string, visitor: string, file: File, progress: (share: number) => void): Promise<string> {
  return new Promise((resolve, reject: (why: Both) => void) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of progress
    request.open("POST", `${base}/web/files`);
    request.setRequestHeader("authorization", `Bearer ${visitor}`);
    request.responseType = "json";
    request.timeout = 120_000;
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      const answer = request.response as { id?: string; message?: Both } | null;
      if (request.status < 300 && answer?.id) resolve(answer.id);
      else reject(answer?.message ?? both("fileFailed"));
    };
    request.onerror = request.ontimeout = () => reject(both("fileFailed"));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

/** A small image as a data address: the widget's CSP lets no blob in. */
export function preview(file: File): Promise<string | null> {
  if (!file.type.startsWith("image/") || file.size > PREVIEW_BYTES) return Promise.resolve(null);
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === "string" ? reader.result : null);
    reader.onerror = () => resolve(null);
    reader.readAsDataURL(file);
  });
}

function both(name: "fileEmpty" | "fileKind" | "fileFailed"): Both {
  return { zh: texts.zh[name], en: texts.en[name] };
}
