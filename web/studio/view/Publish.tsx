import { useEffect, useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import type { Listing, Publication, Row, Status } from "../../shared/studio.ts";
import { eventsAddress } from "../api.ts";
import { follow, isOver, isSettled, openEvents } from "../follow.ts";
import { hashOf } from "../route.ts";
import { NO_QUERY } from "../studio.ts";
import { word } from "../words.ts";
import { ChangesOf } from "./Changes.tsx";
import { Progress } from "./Progress.tsx";
import { Publications } from "./Publications.tsx";
import { titled, useAnswer, useScreen } from "./screen.ts";
import { StatusChip } from "./StatusChip.tsx";

const WAITING: readonly Status[] = ["approved", "review", "draft"];
type Waiting = Record<"approved" | "review" | "draft", Listing>;

/** What will go live, how far it is, and everything that went before. */
export function Publish() {
  const { studio, say } = useScreen();
  const { api } = studio;
  const waiting = useAnswer<Waiting>(async () => {
    const [approved, review, draft] = await Promise.all(WAITING.map((status) => api.entries({ ...NO_QUERY, status }, 1)));
    return { approved, review, draft } as Waiting;
  }, "waiting");
  const past = useAnswer(() => api.publications(), "publications");
  const [current, setCurrent] = useState<Publication | null>(null);
  const running = current ?? past.answer?.publications.find((one) => !isOver(one)) ?? null;
  const id = running?.id ?? null;

  useEffect(() => {
    if (id === null) return undefined;
    return follow({
      open: openEvents(eventsAddress(id)),
      ask: () => api.publication(id),
      heard: (publication) => {
        setCurrent(publication);
        studio.isPublishing = !isSettled(publication);
        studio.changed();
      },
    });
  }, [id]);
  const settled = running !== null && isSettled(running) ? `${running.id} ${running.state}` : "";
  useEffect(() => {
    if (settled === "") return;
    waiting.again();
    past.again();
    studio.refresh();
  }, [settled]);

  const begin = async (ask: () => Promise<{ publication: string | number }>) => {
    try {
      const { publication } = await ask();
      setCurrent(await api.publication(publication));
    } catch (error) {
      studio.told(error);
    }
  };
  const isBusy = running !== null && !isSettled(running);
  return (
    <main class="page publish-page">
      <h2>{say("page_publish")}</h2>
      {running && <Progress publication={running} />}
      {waiting.answer && <Waits waiting={waiting.answer} isBusy={isBusy} publish={(keys) => void begin(() => api.publish(keys))} />}
      {past.answer && (
        <Publications publications={past.answer.publications} isBusy={isBusy} rollback={(one) => void begin(() => api.rollback(one.id))} />
      )}
    </main>
  );
}

type WaitsProps = { waiting: Waiting; isBusy: boolean; publish(keys: string[] | null): void };

function Waits({ waiting, isBusy, publish }: WaitsProps) {
  const { studio, say } = useScreen();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const approved = waiting.approved.entries;
  const keys = approved.map((row) => row.key).filter((key) => !left.has(key));
  const isAll = keys.length === approved.length;
  const toggle = (key: string) => {
    const next = new Set(left);
    if (!next.delete(key)) next.add(key);
    setLeft(next);
  };
  return (
    <>
      <section class="card" aria-label={say("publishTitle")}>
        <header>
          <h3>{say("publishTitle")}</h3>
          {studio.mayReview ? (
            <button type="button" class="primary" disabled={isBusy || keys.length === 0} onClick={() => publish(isAll && approved.length < waiting.approved.total ? null : keys)}>
              <Icon name="send" size={16} /> {say("publishDo", { count: isAll ? waiting.approved.total : keys.length })}
            </button>
          ) : (
            <small class="hint">{say("publishByReviewers")}</small>
          )}
        </header>
        {approved.length === 0 ? (
          <p class="nothing">
            <b>{say("publishNone")}</b>
            {say("publishNoneHint")}
          </p>
        ) : (
          <ul class="changes" aria-label={say("publishSelected")}>
            {approved.map((row) => (
              <li key={row.key}>
                <input type="checkbox" id={`pick ${row.key}`} checked={!left.has(row.key)} disabled={isBusy} onChange={() => toggle(row.key)} />
                <label for={`pick ${row.key}`} class="change-name">
                  {titled(row.title, row.key)}
                </label>
                <ChangeLine row={row} />
              </li>
            ))}
          </ul>
        )}
      </section>
      {(["review", "draft"] as const).map((status) =>
        waiting[status].total === 0 ? null : (
          <section key={status} class="card" aria-label={say(status === "review" ? "inReview" : "drafts")}>
            <header>
              <h3>
                {say(status === "review" ? "inReview" : "drafts")} <small>{waiting[status].total}</small>
              </h3>
            </header>
            <ul class="changes">
              {waiting[status].entries.map((row) => (
                <li key={row.key}>
                  <span class="change-name">{titled(row.title, row.key)}</span>
                  <ChangeLine row={row} />
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </>
  );
}

function ChangeLine({ row }: { row: Row }) {
  const { studio, language, say } = useScreen();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <span class="chips">
        <StatusChip entry={row} />
        <span class="chip">{word("topic", row.topic, language)}</span>
        <small>{row.changed_by}</small>
      </span>
      <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {say("changesShow")}
      </button>
      <a
        class="link"
        href={hashOf("entries", row.key)}
        onClick={(event) => {
          event.preventDefault();
          studio.go("entries", row.key);
        }}
      >
        {say(row.status === "review" && studio.mayReview ? "doReview" : "edit")}
      </a>
      {isOpen && <ChangesOf entryKey={row.key} />}
    </>
  );
}
