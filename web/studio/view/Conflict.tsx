import { useState } from "preact/hooks";

import type { Conflict, Editing } from "../editing.ts";
import { clashes, type Side } from "../merge.ts";
import { useScreen } from "./screen.ts";
import { fieldLabel, Value } from "./Value.tsx";
import { Window } from "./Window.tsx";

/** Somebody else saved first: what both changed is chosen field by field, nothing is overwritten unseen. */
export function ConflictWindow({ editing, conflict }: { editing: Editing; conflict: Conflict }) {
  const { studio, say } = useScreen();
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const found = clashes(conflict.base, conflict.theirs, editing.mine);
  const who = conflict.theirs.changed_by;
  const shut = () => {
    editing.conflict = null;
    studio.changed();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await editing.resolve(chosen)) studio.good("conflictMerged");
  };
  return (
    <Window title={who ? say("conflictTitle", { name: who }) : say("conflictSomebody")} size="wide" shut={shut}>
      <form onSubmit={(event) => void submit(event)}>
        <p class="limit">{say("conflictHint")}</p>
        {found.map((clash) => (
          <fieldset key={clash.field} class="clash">
            <legend>{fieldLabel(clash.field)}</legend>
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
