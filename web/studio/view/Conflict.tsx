import { useState } from "preact/hooks";

import type { Answer } from "../../shared/studio.ts";
import type { Conflict, Editing } from "../editing.ts";
import { clashes, type Side } from "../merge.ts";
import type { Name } from "../texts.ts";
import { word } from "../words.ts";
import { useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

const DETAILS: Record<string, Name> = { owner: "owner", tags: "tags", category: "category", valid_from: "validFrom", valid_until: "validUntil" };

/** Somebody else saved first: what both changed is chosen field by field, nothing is overwritten unseen. */
export function ConflictWindow({ editing, conflict }: { editing: Editing; conflict: Conflict }) {
  const { studio, language, say } = useScreen();
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const found = clashes(conflict.base, conflict.theirs, editing.mine);
  const who = conflict.theirs.changed_by;
  const shut = () => {
    editing.conflict = null;
    studio.changed();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await editing.resolve(chosen)) studio.good("已合并并保存", "Merged and saved");
  };
  const labelOf = (field: string): string => {
    const [part, name = "", channel] = field.split(".");
    if (part === "topic") return say("topic");
    if (part === "editors") return say(DETAILS[name] ?? "details");
    const spoken = say(name === "zh" ? "language_zh" : "language_en");
    if (part === "examples") return `${say("questions")} · ${spoken}`;
    const where = channel === "*" || channel === undefined ? "" : ` · ${word("channel", channel, language)}`;
    return `${say("answers")} · ${spoken}${where}`;
  };
  return (
    <Window title={who ? say("conflictTitle", { name: who }) : say("conflictSomebody")} size="wide" shut={shut}>
      <form onSubmit={(event) => void submit(event)}>
        <p class="limit">{say("conflictHint")}</p>
        {found.map((clash) => (
          <fieldset key={clash.field} class="clash">
            <legend>{labelOf(clash.field)}</legend>
            <details>
              <summary>{say("conflictBase")}</summary>
              <Value value={clash.base} />
            </details>
            <div class="clash-sides">
              {(["theirs", "mine", ...(clash.hasBoth ? (["both"] as const) : [])] as const).map((side) => (
                <label key={side} class="clash-side">
                  <span>
                    <input
                      type="radio"
                      name={clash.field}
                      value={side}
                      required
                      checked={chosen[clash.field] === side}
                      onChange={() => setChosen({ ...chosen, [clash.field]: side })}
                    />
                    {say(side === "theirs" ? "conflictTheirs" : side === "mine" ? "conflictMine" : "conflictBoth")}
                  </span>
                  {side !== "both" && <Value value={clash[side]} base={clash.base} />}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
        <footer>
          <button type="button" class="secondary" onClick={shut}>
            {say("cancelDo")}
          </button>
          <button type="submit" class="primary" disabled={editing.isBusy || found.some((clash) => chosen[clash.field] === undefined)}>
            {say("conflictSave")}
          </button>
        </footer>
      </form>
    </Window>
  );
}

/** A field's value in words; of a list, only what differs from before. */
function Value({ value, base }: { value: unknown; base?: unknown }) {
  const { say } = useScreen();
  const lines = linesOf(value);
  if (lines.length === 0) return <p class="clash-value none">{say("emptyValue")}</p>;
  const before = base === undefined ? null : linesOf(base);
  const isList = before !== null && (lines.length > 3 || before.length > 3);
  if (!isList) return <p class="clash-value">{lines.join("\n")}</p>;
  return (
    <div class="clash-value diff">
      {before.filter((line) => !lines.includes(line)).map((line) => <del key={`- ${line}`}>{line}</del>)}
      {lines.filter((line) => !before.includes(line)).map((line) => <ins key={`+ ${line}`}>{line}</ins>)}
    </div>
  );
}

function linesOf(value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (!Array.isArray(value)) return [String(value)];
  return value.flatMap((one: unknown) => (typeof one === "object" && one !== null ? answerLines(one as Answer) : [String(one)]));
}

function answerLines(answer: Answer): string[] {
  const buttons = answer.buttons.map((button) => `[${button.title}] ${"url" in button ? button.url : button.payload}`);
  return [answer.text, ...(answer.image ? [answer.image] : []), ...buttons];
}
