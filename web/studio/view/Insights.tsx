import { useState } from "preact/hooks";

import { hashOf } from "../route.ts";
import { titled, useAnswer, useScreen } from "./screen.ts";
import { Bar, percent } from "./Trial.tsx";

const PERIODS = [7, 30, 90] as const;

/** What is asked most, what helps least, and how much is understood at all. */
export function InsightsPage() {
  const { studio, say } = useScreen();
  const [days, setDays] = useState<number>(30);
  const { answer } = useAnswer(() => studio.api.insights(days), String(days));
  const most = Math.max(1, ...(answer?.asked ?? []).map((one) => one.count));
  const coverage = answer?.coverage;
  const whole = Math.max(1, coverage?.asked ?? 0);
  return (
    <main class="page insights-page">
      <header class="page-head">
        <h2>{say("page_insights")}</h2>
        <div class="segments three" role="group" aria-label={say("page_insights")}>
          {PERIODS.map((one) => (
            <button key={one} type="button" aria-pressed={days === one} onClick={() => setDays(one)}>
              {say("period", { days: one })}
            </button>
          ))}
        </div>
      </header>
      {answer === null && <p class="hint">{say("loading")}</p>}
      {coverage && (
        <section class="card" aria-label={say("coverage")}>
          <h3>
            {say("coverage")}{" "}
            <small>
              {say("coverageAsked")} {coverage.asked}
            </small>
          </h3>
          <ol class="bars">
            <Bar label={say("coverageUnderstood")} value={coverage.understood / whole} shown={`${coverage.understood} · ${percent(coverage.understood / whole)}`} isOwn />
            <Bar label={say("coverageUnsure")} value={coverage.unsure / whole} shown={`${coverage.unsure} · ${percent(coverage.unsure / whole)}`} />
            <Bar label={say("coverageUnknown")} value={coverage.unknown / whole} shown={`${coverage.unknown} · ${percent(coverage.unknown / whole)}`} />
          </ol>
        </section>
      )}
      {answer && (
        <div class="insight-columns">
          <section class="card" aria-label={say("mostAsked")}>
            <h3>{say("mostAsked")}</h3>
            {answer.asked.length === 0 && <p class="hint">{say("insightsEmpty")}</p>}
            <ol class="bars">
              {answer.asked.map((one) => (
                <Bar key={one.key} label={titled(one.title, one.key)} value={one.count / most} shown={String(one.count)} isOwn />
              ))}
            </ol>
          </section>
          <section class="card" aria-label={say("leastHelpful")}>
            <h3>{say("leastHelpful")}</h3>
            {answer.unhelpful.length === 0 ? (
              <p class="hint">{say("insightsEmpty")}</p>
            ) : (
              <table>
                <thead>
                  <tr>
                    <th scope="col">{say("question")}</th>
                    <th scope="col">{say("askedShort")}</th>
                    <th scope="col">{say("up")}</th>
                    <th scope="col">{say("down")}</th>
                    <th scope="col">{say("handoffs")}</th>
                  </tr>
                </thead>
                <tbody>
                  {answer.unhelpful.map((one) => (
                    <tr key={one.key}>
                      <th scope="row">
                        <a
                          href={hashOf("entries", one.key)}
                          onClick={(event) => {
                            event.preventDefault();
                            studio.go("entries", one.key);
                          }}
                        >
                          {titled(one.title, one.key)}
                        </a>
                      </th>
                      <td>{one.asked}</td>
                      <td>{one.up}</td>
                      <td>{one.down}</td>
                      <td>{one.handoffs}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
        </div>
      )}
    </main>
  );
}
