import { useState } from "preact/hooks";

import { clock, date } from "../../shared/staff/time.ts";
import { hashOf } from "../route.ts";
import { Pager } from "./Pager.tsx";
import { useAnswer, useScreen } from "./screen.ts";

/** Who did what, newest first. */
export function Audit() {
  const { studio, language, say } = useScreen();
  const [page, setPage] = useState(1);
  const { answer } = useAnswer(() => studio.api.audit(page), String(page));
  const entries = answer?.entries ?? [];
  return (
    <main class="page audit-page">
      <h2>{say("page_audit")}</h2>
      {answer === null && <p class="hint">{say("loading")}</p>}
      {answer !== null && entries.length === 0 && <p class="hint">{say("auditEmpty")}</p>}
      {entries.length > 0 && (
        <table class="card">
          <thead>
            <tr>
              <th scope="col">{say("when")}</th>
              <th scope="col">{say("who")}</th>
              <th scope="col">{say("what")}</th>
              <th scope="col">{say("question")}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((one, at) => (
              <tr key={at}>
                <td>
                  <time dateTime={one.when}>
                    {date(new Date(one.when), language)} {clock(new Date(one.when), language)}
                  </time>
                </td>
                <td>{one.who}</td>
                <td>{one.words[language]}</td>
                <td>{one.key && <a href={hashOf("entries", one.key)}>{one.key}</a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {answer && <Pager page={page} size={answer.page_size} shown={entries.length} total={answer.total} turn={setPage} />}
    </main>
  );
}
