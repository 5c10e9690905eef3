import { Icon } from "../../shared/staff/icons.tsx";
import type { Fault } from "../../shared/studio.ts";
import type { Editing } from "../editing.ts";
import { word } from "../words.ts";
import { useScreen } from "./screen.ts";

/** All that was found, each a way to its field. */
export function FaultList({ editing }: { editing: Editing }) {
  const { say } = useScreen();
  const { faults } = editing;
  const errors = faults.filter((fault) => fault.severity === "error").length;
  const tone = errors > 0 ? "bad" : faults.length > 0 ? "warn" : "good";
  const sorted = [...faults].sort((one, other) => Number(other.severity === "error") - Number(one.severity === "error"));
  return (
    <section class={`checks ${tone}`} aria-label={say("checks")} aria-busy={editing.isChecking}>
      <p role="status">
        <Icon name={tone === "good" ? "done" : "alert"} size={16} />
        {faults.length === 0 ? say(editing.isChecking ? "checking" : "checksGood") : say("faultsCount", { errors, warnings: faults.length - errors })}
      </p>
      {sorted.length > 0 && (
        <ul>
          {sorted.map((fault, at) => (
            <li key={`${fault.code} ${fault.field} ${at}`}>
              <FaultLine fault={fault} press={() => goTo(fault.field)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What is wrong with one field, beside it. */
export function FieldFaults({ faults, id }: { faults: readonly Fault[]; id: string }) {
  if (faults.length === 0) return null;
  return (
    <div class="field-faults" id={id}>
      {faults.map((fault, at) => (
        <FaultLine key={at} fault={fault} />
      ))}
    </div>
  );
}

function FaultLine({ fault, press }: { fault: Fault; press?(): void }) {
  const { studio, language, say } = useScreen();
  const { other } = fault;
  const words = `${fault.words[language]}${fault.channel ? ` (${word("channel", fault.channel, language)})` : ""}`;
  return (
    <span class={`fault-line ${fault.severity}`}>
      <span class="fault-kind">{say(fault.severity)}</span>
      {press ? (
        <button type="button" class="fault-words" onClick={press}>
          {words}
        </button>
      ) : (
        <span class="fault-words">{words}</span>
      )}
      {other && (
        <button type="button" class="link" onClick={() => studio.go("entries", other)}>
          {say("openOther", { title: other.replace(/^faq\//u, "") })}
        </button>
      )}
    </span>
  );
}

/** To a field, or to what holds it when it has no place of its own. */
function goTo(field: string): void {
  for (let path = field; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
    const found = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(path)}"]`);
    if (!found) continue;
    found.scrollIntoView({ block: "center" });
    (found.matches("input, textarea, select") ? found : found.querySelector<HTMLElement>("input, textarea, select, button"))?.focus();
    return;
  }
}

/** How a field tells of its faults to whoever cannot see colours. */
export function described(faults: readonly Fault[], id: string): { "aria-invalid"?: "true"; "aria-describedby"?: string } {
  if (faults.length === 0) return {};
  return { "aria-describedby": id, ...(faults.some((one) => one.severity === "error") && { "aria-invalid": "true" as const }) };
}
