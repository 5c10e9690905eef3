import type { Status } from "../../shared/studio.ts";
import { useScreen } from "./screen.ts";

const TONES: Record<Status, string> = { published: "good", draft: "", review: "warn", approved: "own" };

/** Where an entry is on its way to the customers. */
export function StatusChip({ entry }: { entry: { status: Status; deleted?: boolean; is_new?: boolean } }) {
  const { say } = useScreen();
  return (
    <>
      <span class={`chip ${TONES[entry.status] ?? ""}`}>{say(`status_${entry.status}`)}</span>
      {entry.deleted && <span class="chip high">{say("deleted")}</span>}
      {entry.is_new && entry.status !== "published" && <span class="chip own">{say("isNew")}</span>}
    </>
  );
}
