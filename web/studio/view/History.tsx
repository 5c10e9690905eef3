import { useState } from "preact/hooks";

import { clock, date } from "../../shared/staff/time.ts";
import type { DiffLine, Version } from "../../shared/studio.ts";
import { folded } from "../diff.ts";
import type { Editing } from "../editing.ts";
import { useAnswer, useScreen } from "./screen.ts";

/** Who changed what and when; any version can be had back as a draft. */
export function History({ editing }: { editing: Editing }) {
  const { studio, say } = useScreen();
  const { key, revision } = editing.base;
  const { answer, isFailed, again } = useAnswer(() => studio.api.history(key), `${key} ${revision}`);
  if (isFailed) {
    return (
      <button type="button" class="link" onClick={again}>
        {say("again")}
      </button>
    );
  }
  if (answer === null) return <p class="hint">{say("loading")}</p>;
  if (answer.versions.length === 0) return <p class="hint">{say("historyEmpty")}</p>;
  return (
    <ol class="versions">
      {answer.versions.map((version, at) => (
        <VersionView key={version.version} version={version} editing={editing} isNow={at === 0} />
      ))}
    </ol>
  );
}

function VersionView({ version, editing, isNow }: { version: Version; editing: Editing; isNow: boolean }) {
  const { studio, language, say, show } = useScreen();
  const [isOpen, setOpen] = useState(isNow);
  const at = new Date(version.when);
  const restore = async () => {
    const isDone = await editing.step(() => studio.api.restore(editing.base.key, version.version));
    if (isDone) studio.good("restored");
  };
  return (
    <li class="version">
      <p>
        <b>{version.who}</b>
        <time dateTime={version.when}>
          {date(at, language)} {clock(at, language)}
        </time>
        {isNow && <span class="chip own">{say("versionNow")}</span>}
      </p>
      <p class="version-what">{version.what[language]}</p>
      <p class="version-do">
        {version.diff.length > 0 && (
          <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {say("showDiff")}
          </button>
        )}
        {!isNow && studio.mayEdit && (
          <button
            type="button"
            class="link"
            disabled={editing.isBusy}
            onClick={() =>
              show({ name: "question", question: { title: say("restore"), hint: say("restoreAsk"), does: say("restore"), do: () => void restore() } })
            }
          >
            {say("restore")}
          </button>
        )}
      </p>
      {isOpen && version.diff.length > 0 && <Diff lines={version.diff} />}
    </li>
  );
}

/** What was taken out and put in; long stretches of the same are folded. */
export function Diff({ lines }: { lines: readonly DiffLine[] }) {
  const { say } = useScreen();
  return (
    <div class="diff">
      {folded(lines).map((line, at) =>
        line.op === "fold" ? (
          <p key={at} class="fold">
            {say("same_lines", { count: line.count })}
          </p>
        ) : line.op === "add" ? (
          <ins key={at}>{line.text}</ins>
        ) : line.op === "remove" ? (
          <del key={at}>{line.text}</del>
        ) : (
          <p key={at}>{line.text}</p>
        ),
      )}
    </div>
  );
}
