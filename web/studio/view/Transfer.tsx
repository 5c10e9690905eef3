import { useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import type { ImportReport } from "../../shared/studio.ts";
import { exportAddress } from "../api.ts";
import { word } from "../words.ts";
import { faqTopics, useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

const MOST_ROWS = 500;

/** Out as a table and in again; what comes in is reported row by row before anything is kept. */
export function TransferWindow() {
  const { studio, language, say, show } = useScreen();
  const [topic, setTopic] = useState(studio.query.topic);
  const [file, setFile] = useState<File | null>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const read = async (chosen: File, isDry: boolean) => {
    setFile(chosen);
    setBusy(true);
    setFault("");
    try {
      const found = await studio.api.import(chosen, isDry);
      setReport(found);
      if (found.applied) {
        studio.good("importDone", { count: countOf(found) });
        studio.refresh();
        show(null);
      }
    } catch (error) {
      setReport(null);
      setFault(error instanceof Error && error.message ? error.message : say("unreached"));
    }
    setBusy(false);
  };
  const count = report ? countOf(report) : 0;
  return (
    <Window title={say("transferTitle")} size="wide">
      <section class="transfer">
        <p class="limit">{say("exportHint")}</p>
        <div class="transfer-line">
          <select value={topic} aria-label={say("topic")} onChange={(event) => setTopic(event.currentTarget.value)}>
            <option value="">{say("exportAll")}</option>
            {faqTopics().map((one) => (
              <option key={one} value={one}>
                {word("topic", one, language)}
              </option>
            ))}
          </select>
          <a class="secondary" href={exportAddress("csv", topic)} download>
            <Icon name="download" size={16} /> {say("exportCsv")}
          </a>
          <a class="secondary" href={exportAddress("xlsx", topic)} download>
            <Icon name="download" size={16} /> {say("exportXlsx")}
          </a>
        </div>
        <hr hidden={!studio.mayEdit} />
        <p class="limit" hidden={!studio.mayEdit}>
          {say("importHint")}
        </p>
        <label class="file-choice secondary" hidden={!studio.mayEdit}>
          <Icon name="file" size={16} /> {file?.name ?? say("importChoose")}
          <input
            type="file"
            class="unseen"
            accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            onChange={(event) => {
              const chosen = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (chosen) void read(chosen, true);
            }}
          />
        </label>
        <div role="status">
          {isBusy && file && <p class="hint">{say("importBusy", { name: file.name })}</p>}
          {fault && <p class="fault">{fault}</p>}
          {report && <Report report={report} />}
          {report && !isBusy && count === 0 && <p class="hint">{say("importNothing")}</p>}
        </div>
        {report && file && count > 0 && (
          <footer>
            <button type="button" class="primary" disabled={isBusy} onClick={() => void read(file, false)}>
              {say("importApply", { count })}
            </button>
          </footer>
        )}
      </section>
    </Window>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { language, say } = useScreen();
  const states = ["refused", "new", "changed", "same"] as const;
  const tones = { refused: "high", new: "own", changed: "warn", same: "" };
  const told = [...report.rows].sort((one, other) => states.indexOf(one.status) - states.indexOf(other.status)).slice(0, MOST_ROWS);
  return (
    <>
      <p class="chips">
        {states.map((state) => (
          <span key={state} class={`chip ${tones[state]}`}>
            {say(`row_${state}`)} {report.counts[state] ?? report.rows.filter((row) => row.status === state).length}
          </span>
        ))}
      </p>
      <ul class="report" tabIndex={0}>
        {told.map((row) => (
          <li key={row.row}>
            <span class="report-row">
              {say("importRow")} {row.row}
            </span>
            <span class={`chip ${tones[row.status]}`}>{say(`row_${row.status}`)}</span>
            <span>
              {row.key && <code>{row.key}</code>} {row.words[language]}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function countOf(report: ImportReport): number {
  return report.rows.filter((row) => row.status === "new" || row.status === "changed").length;
}
