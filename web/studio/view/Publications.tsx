import { clock, date } from "../../shared/staff/time.ts";
import type { Publication } from "../../shared/studio.ts";
import { useScreen } from "./screen.ts";

const TONES = { live: "good", refused: "high", failed: "high", running: "own", waiting: "" } as const;

/** All that was published, newest first; each that went live can be gone back to. */
export function Publications(props: { publications: readonly Publication[]; isBusy: boolean; rollback(publication: Publication): void }) {
  const { studio, language, say, show } = useScreen();
  const { publications, isBusy, rollback } = props;
  const newest = publications.find((one) => one.state === "live");
  return (
    <section class="card" aria-label={say("publications")}>
      <header>
        <h3>{say("publications")}</h3>
      </header>
      {publications.length === 0 ? (
        <p class="hint">{say("publicationsEmpty")}</p>
      ) : (
        <ul class="publications">
          {publications.map((one) => {
            const at = new Date(one.when);
            const ask = () =>
              show({
                name: "question",
                question: { title: say("rollback"), hint: say("rollbackAsk"), does: say("rollbackDo"), do: () => rollback(one) },
              });
            return (
              <li key={one.id}>
                <span class={`chip ${TONES[one.state]}`}>{say(`state_${one.state}`)}</span>
                <time dateTime={one.when}>
                  {date(at, language)} {clock(at, language)}
                </time>
                <span class="publication-what">
                  {one.who}
                  {one.back_to != null && <span class="chip">{say("rollbackOf")}</span>}
                  {one.keys && one.keys.length > 0 && <small>{one.keys.map((key) => key.replace(/^faq\//u, "")).join(", ")}</small>}
                  {one.reasons?.[0] && <small class="fault">{one.reasons[0].words[language]}</small>}
                </span>
                {studio.mayReview && one.state === "live" && one.revision != null && one !== newest && (
                  <button type="button" class="secondary" disabled={isBusy} onClick={ask}>
                    {say("rollback")}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
