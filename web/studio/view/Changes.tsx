import type { Entry } from "../../shared/studio.ts";
import { differing } from "../merge.ts";
import { useAnswer, useScreen } from "./screen.ts";
import { fieldLabel, linesOf } from "./Value.tsx";

/** What would change for customers: the draft beside what is published, only where they differ. */
export function Changes({ published, draft }: { published: Entry | null; draft: Entry }) {
  const { say } = useScreen();
  if (draft.deleted) return <p class="hint">{say("deleted")}</p>;
  const before = published ?? { ...draft, examples: { zh: [], en: [] }, answers: { zh: [], en: [] } };
  const found = differing(before, draft);
  if (found.length === 0) return <p class="hint">{say("changesNone")}</p>;
  return (
    <div class="field-changes">
      {found.map((one) => (
        <section key={one.field}>
          <h4>{fieldLabel(one.field)}</h4>
          <Lines before={linesOf(one.before)} after={linesOf(one.after)} />
        </section>
      ))}
    </div>
  );
}

/** The same of an entry that is not open. */
export function ChangesOf({ entryKey }: { entryKey: string }) {
  const { studio, say } = useScreen();
  const { answer } = useAnswer(() => studio.api.open(entryKey), entryKey);
  if (answer === null) return <p class="hint">{say("loading")}</p>;
  return <Changes published={answer.published ?? null} draft={answer} />;
}

function Lines({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  const { say } = useScreen();
  if (gone.length + come.length === 0) return <p class="hint">{say("reordered")}</p>;
  return (
    <div class="diff">
      {gone.map((line) => (
        <del key={`- ${line}`}>{line}</del>
      ))}
      {come.map((line) => (
        <ins key={`+ ${line}`}>{line}</ins>
      ))}
    </div>
  );
}
