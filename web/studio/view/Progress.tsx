import { Icon, type IconName } from "../../shared/staff/icons.tsx";
import { type Publication, STAGES, type StageName } from "../../shared/studio.ts";
import { isOver } from "../follow.ts";
import type { Name } from "../texts.ts";
import { useScreen } from "./screen.ts";
import { Differs } from "./Trial.tsx";

const MOST_CHANGES = 20;
const HEADS: Record<Publication["state"], Name> = {
  waiting: "publishWaiting",
  running: "publishing",
  live: "publishLive",
  refused: "publishRefused",
  failed: "publishFailed",
};

type StageState = "done" | "now" | "failed" | "ahead" | "skipped";

/** One publication on its way through the stages, or how it ended and why. */
export function Progress({ publication }: { publication: Publication }) {
  const { say } = useScreen();
  const { state, reasons, changes, done } = publication;
  const tone = state === "live" ? "good" : state === "refused" || state === "failed" ? "bad" : "";
  const icon: IconName = state === "live" ? "done" : tone === "bad" ? "alert" : "clock";
  return (
    <section class={`card progress ${tone}`} data-publication={publication.id} aria-label={say("publishing")}>
      <header>
        <h3>
          <Icon name={icon} size={18} /> <span role="status">{say(HEADS[state])}</span>
        </h3>
        {!isOver(publication) && <b class="sum">{Math.round(done * 100)} %</b>}
      </header>
      <progress max={1} value={done} aria-label={say("publishing")} />
      <ol class="stages">
        {STAGES.map((stage) => (
          <StageView key={stage} stage={stage} publication={publication} />
        ))}
      </ol>
      {reasons.length > 0 && <Reasons publication={publication} />}
      {changes.length > 0 && <WouldChange publication={publication} />}
    </section>
  );
}

function StageView({ stage, publication }: { stage: StageName; publication: Publication }) {
  const { say } = useScreen();
  const found = publication.stages.find((one) => one.name === stage);
  const state = stateOf(stage, publication);
  return (
    <li class={state} {...(state === "now" && { "aria-current": "step" as const })}>
      <i aria-hidden="true">{state === "done" && <Icon name="check" size={13} />}</i>
      <span>{say(`stage_${stage}`)}</span>
      <small>{found?.seconds != null && (state === "done" || state === "failed") ? say("stageSeconds", { seconds: found.seconds.toFixed(1) }) : ""}</small>
    </li>
  );
}

/** Words alone need no training: that stage is passed over. */
function stateOf(stage: StageName, publication: Publication): StageState {
  const found = publication.stages.find((one) => one.name === stage);
  if (found) return found.state === "done" ? "done" : found.state === "running" ? "now" : "failed";
  const now = publication.stage === null ? -1 : STAGES.indexOf(publication.stage);
  if (STAGES.indexOf(stage) < now) return "skipped";
  return publication.stage === stage && !isOver(publication) ? "now" : "ahead";
}

function Reasons({ publication }: { publication: Publication }) {
  const { studio, language, say } = useScreen();
  return (
    <div class="reasons" role="alert">
      <h4>{say("reasons")}</h4>
      <ul>
        {publication.reasons.map((reason, at) => {
          const { key } = reason;
          return (
            <li key={at}>
              {reason.words[language]}{" "}
              {key && (
                <button type="button" class="link" onClick={() => studio.go("entries", key)}>
                  {say("edit")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function WouldChange({ publication }: { publication: Publication }) {
  const { say } = useScreen();
  const { changes } = publication;
  return (
    <details class="would-change" open={publication.state === "refused"}>
      <summary>
        {say("wouldChange")} <small>{changes.length}</small>
      </summary>
      <ul>
        {changes.slice(0, MOST_CHANGES).map((change, at) => (
          <li key={at}>
            <b>{change.question}</b>
            <Differs before={change.before} after={change.after} />
          </li>
        ))}
      </ul>
    </details>
  );
}
