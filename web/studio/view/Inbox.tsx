import { useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { moment } from "../../shared/staff/time.ts";
import { type Group, type InboxKind, KINDS, type Row } from "../../shared/studio.ts";
import { NO_QUERY } from "../studio.ts";
import type { Name } from "../texts.ts";
import { word } from "../words.ts";
import { Pager } from "./Pager.tsx";
import { titled, useAnswer, useScreen } from "./screen.ts";
import { percent } from "./Trial.tsx";

const PAGE = 20;
const SHOWN = 4;
const FOUND = 6;
const FIND_MS = 200;

/** What customers asked and the bot did not know well: each group goes to an FAQ, becomes one, or goes. */
export function InboxPage() {
  const { studio, say } = useScreen();
  const [kind, setKind] = useState<InboxKind>("unknown");
  const [page, setPage] = useState(1);
  const { answer, again } = useAnswer(() => studio.api.inbox(kind, page), `${kind} ${page}`);
  const counts = answer?.counts ?? {};
  const turnTo = (next: InboxKind) => {
    setKind(next);
    setPage(1);
  };
  return (
    <main class="page inbox-page">
      <h2>{say("page_inbox")}</h2>
      <div class="segments four" role="group" aria-label={say("page_inbox")}>
        {KINDS.map((one) => (
          <button key={one} type="button" aria-pressed={kind === one} onClick={() => turnTo(one)}>
            {say(`inbox_${one}`)} {counts[one] !== undefined && <small>{counts[one]}</small>}
          </button>
        ))}
      </div>
      <p class="hint">{say(`inboxHint_${kind}`)}</p>
      {answer === null && <p class="hint">{say("loading")}</p>}
      {answer?.groups.length === 0 && (
        <p class="nothing">
          <b>{say("inboxEmpty")}</b>
          {say("inboxEmptyHint")}
        </p>
      )}
      {answer && (
        <ul class="groups">
          {answer.groups.map((group) => (
            <GroupView key={group.id} group={group} done={again} />
          ))}
        </ul>
      )}
      {answer && answer.total > answer.groups.length && (
        <Pager page={page} size={PAGE} shown={answer.groups.length} total={answer.total} turn={setPage} />
      )}
    </main>
  );
}

function GroupView({ group, done }: { group: Group; done(): void }) {
  const { studio, language, say, show } = useScreen();
  const [isBusy, setBusy] = useState(false);
  const [hasMore, setMore] = useState(false);
  const act = async (ask: () => Promise<unknown>, said: Name, title = "") => {
    setBusy(true);
    try {
      await ask();
      studio.good(said, { title });
      done();
    } catch (error) {
      studio.told(error);
    }
    setBusy(false);
  };
  const assign = (key: string, title: string) =>
    void act(() => studio.api.assign(group.id, key), "assigned", title);
  const shown = hasMore ? group.examples : group.examples.slice(0, SHOWN);
  const lang = group.language === "zh" ? "zh-CN" : "en";
  return (
    <li class="group card">
      <header>
        <h3 lang={lang}>{group.examples[0]?.text ?? ""}</h3>
        <span class="badge">{say("times", { count: group.count })}</span>
      </header>
      <ul class="group-said" lang={lang}>
        {shown.map((one, at) => (
          <li key={at}>
            <span>{one.text}</span>
            <small>
              {word("channel", one.channel, language)} · {moment(new Date(one.at), new Date(), language)}
            </small>
          </li>
        ))}
      </ul>
      {!hasMore && group.examples.length > SHOWN && (
        <button type="button" class="link" onClick={() => setMore(true)}>
          {say("moreExamples", { count: group.examples.length - SHOWN })}
        </button>
      )}
      {group.answer && (
        <blockquote lang={lang}>
          <small>{say("agentAnswer")}</small>
          {group.answer}
        </blockquote>
      )}
      <div class="group-do" hidden={!studio.mayEdit}>
        {group.suggested.length > 0 && <small>{say("assignTo")}</small>}
        {group.suggested.map((one) => (
          <button key={one.key} type="button" class="secondary" disabled={isBusy} onClick={() => assign(one.key, titled(one.title, one.key))}>
            {titled(one.title, one.key)} <small>{percent(one.score)}</small>
          </button>
        ))}
        <Finder isBusy={isBusy} pick={(row) => assign(row.key, titled(row.title, row.key))} />
        <span class="group-end">
          <button type="button" class="link" disabled={isBusy} onClick={() => show({ name: "new", group: group.id })}>
            + {say(group.answer ? "newFromAnswer" : "newFromGroup")}
          </button>
          <button type="button" class="link quiet" disabled={isBusy} onClick={() => void act(() => studio.api.dismiss(group.id), "dismissed")}>
            {say("dismissGroup")}
          </button>
        </span>
      </div>
    </li>
  );
}

/** Any FAQ, by its words. */
function Finder({ isBusy, pick }: { isBusy: boolean; pick(row: Row): void }) {
  const { studio, say } = useScreen();
  const [words, setWords] = useState<string | null>(null);
  const [found, setFound] = useState<Row[]>([]);
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  const look = (next: string) => {
    setWords(next);
    clearTimeout(timer);
    setTimer(
      setTimeout(async () => {
        const listing = await studio.api.entries({ ...NO_QUERY, q: next, kind: "faq" }, 1).catch(() => null);
        setFound(listing?.entries.slice(0, FOUND) ?? []);
      }, FIND_MS),
    );
  };
  if (words === null) {
    return (
      <button type="button" class="secondary" disabled={isBusy} onClick={() => look("")}>
        <Icon name="search" size={14} /> {say("assignOther")}
      </button>
    );
  }
  return (
    <div
      class="finder"
      onKeyDown={(event) => {
        if (event.key === "Escape") setWords(null);
      }}
    >
      <input type="search" value={words} placeholder={say("assignFind")} aria-label={say("assignFind")} autoFocus onInput={(event) => look(event.currentTarget.value)} />
      <ul>
        {found.map((row) => (
          <li key={row.key}>
            <button type="button" disabled={isBusy} onClick={() => pick(row)}>
              {titled(row.title, row.key)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
