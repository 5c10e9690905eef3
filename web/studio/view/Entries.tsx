import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { moment } from "../../shared/staff/time.ts";
import type { Row } from "../../shared/studio.ts";
import { hashOf } from "../route.ts";
import { NO_QUERY } from "../studio.ts";
import { word } from "../words.ts";
import { titled, useScreen } from "./screen.ts";
import { StatusChip } from "./StatusChip.tsx";

const STATUSES = ["published", "draft", "review", "approved"] as const;
const USUAL_PAGE = 50;

/** Topics, search and filters, and what was found, a page at a time. */
export function Entries() {
  const { studio, say, show } = useScreen();
  const { listing } = studio;
  return (
    <div class="list-page">
      <Topics />
      <main class="list-main">
        <div class="list-tools">
          <SearchField />
          <div class="list-do">
            <button type="button" class="secondary" onClick={() => show({ name: "transfer" })}>
              <Icon name="transfer" size={16} /> <span>{say("transfer")}</span>
            </button>
            {studio.mayEdit && (
              <button type="button" class="primary" onClick={() => show({ name: "new" })}>
                <Icon name="plus" size={16} /> {say("newFaq")}
              </button>
            )}
          </div>
          <Filters />
        </div>
        {listing === null ? (
          <p class="loading" role="status">
            {say("loading")}
          </p>
        ) : (
          <Found />
        )}
      </main>
    </div>
  );
}

function Topics() {
  const { studio, language, say } = useScreen();
  const { listing, query } = studio;
  const topics = listing?.topics ?? [];
  const all = topics.reduce((sum, topic) => sum + topic.count, 0);
  const choice = (name: string, label: string, count: number) => (
    <li key={name}>
      <button type="button" aria-pressed={query.topic === name} onClick={() => studio.find({ topic: name })}>
        <span>{label}</span> <small>{count}</small>
      </button>
    </li>
  );
  return (
    <nav class="topics" aria-label={say("topics")}>
      <h2>{say("topics")}</h2>
      <ul>
        {choice("", say("allTopics"), all)}
        {topics.map((topic) => choice(topic.name, word("topic", topic.name, language), topic.count))}
      </ul>
    </nav>
  );
}

function SearchField() {
  const { studio, say } = useScreen();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const isWriting = (event.target as HTMLElement).matches("input, textarea, select");
      const isWanted = (event.key === "/" && !isWriting) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
      if (!isWanted || event.isComposing) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  }, []);
  return (
    <label class="search-field">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        value={studio.query.q}
        placeholder={say("search")}
        aria-label={say("search")}
        onInput={(event) => studio.find({ q: event.currentTarget.value })}
      />
    </label>
  );
}

function Filters() {
  const { studio, language, say } = useScreen();
  const { listing, query } = studio;
  type Choice = readonly [value: string, label: string];
  const pick = (name: "status" | "tag" | "owner" | "language" | "kind" | "topic", label: string, choices: readonly Choice[]) => (
    <select
      class={query[name] === "" ? name : `${name} on`}
      value={query[name]}
      aria-label={label}
      onChange={(event) => studio.find({ [name]: event.currentTarget.value })}
    >
      <option value="">{label}</option>
      {choices.map(([value, shown]) => (
        <option key={value} value={value}>
          {shown}
        </option>
      ))}
    </select>
  );
  const same = (names: readonly string[] | undefined): Choice[] => (names ?? []).map((name) => [name, name]);
  const isFiltered = JSON.stringify(query) !== JSON.stringify(NO_QUERY);
  return (
    <div class="filters" role="group" aria-label={say("filters")}>
      {pick("topic", say("topic"), (listing?.topics ?? []).map((topic) => [topic.name, `${word("topic", topic.name, language)} (${topic.count})`]))}
      {pick("kind", say("byKind"), [["faq", say("kind_faq")], ["text", say("kind_text")]])}
      {pick("status", say("byStatus"), STATUSES.map((status) => [status, say(`status_${status}`)]))}
      {pick("language", say("byLanguage"), [["zh", say("language_zh")], ["en", say("language_en")], ["-zh", say("missing_zh")], ["-en", say("missing_en")]])}
      {(listing?.tags.length ?? 0) > 0 && pick("tag", say("byTag"), same(listing?.tags))}
      {(listing?.owners.length ?? 0) > 0 && pick("owner", say("byOwner"), same(listing?.owners))}
      {isFiltered && (
        <button type="button" class="link" onClick={() => studio.find(NO_QUERY)}>
          {say("clear")}
        </button>
      )}
    </div>
  );
}

function Found() {
  const { studio, say } = useScreen();
  const { listing, page } = studio;
  const list = useRef<HTMLDivElement>(null);
  // back from an entry, the list is where it was left
  useLayoutEffect(() => list.current?.scrollTo(0, studio.scrolled), [page, listing]);
  if (listing === null) return null;
  const { entries, total } = listing;
  const size = listing.page_size ?? USUAL_PAGE;
  const from = (page - 1) * size + 1;
  const to = from + entries.length - 1;
  return (
    <>
      <div
        class="found-rows"
        ref={list}
        aria-busy={studio.isLooking}
        onScroll={(event) => {
          studio.scrolled = event.currentTarget.scrollTop;
        }}
      >
        {entries.length === 0 ? (
          <p class="nothing">
            <b>{say("noneFound")}</b>
            {say("noneFoundHint")}
          </p>
        ) : (
          <>
            <p class="row-names" aria-hidden="true">
              <span>{say("question")}</span>
              <span>{say("wordings")}</span>
              <span>{say("askedShort")}</span>
              <span>{say("helpfulShort")}</span>
              <span>{say("changedShort")}</span>
            </p>
            <ul>
              {entries.map((row) => (
                <EntryRow key={row.key} row={row} />
              ))}
            </ul>
          </>
        )}
      </div>
      <footer class="pager">
        <span role="status">{total > size ? say("foundOf", { from, to, count: total }) : say("found", { count: total })}</span>
        {total > size && (
          <>
            <button type="button" class="icon-button" aria-label={say("previous")} disabled={page === 1} onClick={() => studio.turnTo(page - 1)}>
              <Icon name="left" />
            </button>
            <button type="button" class="icon-button" aria-label={say("next")} disabled={to >= total} onClick={() => studio.turnTo(page + 1)}>
              <Icon name="right" />
            </button>
          </>
        )}
      </footer>
    </>
  );
}

function EntryRow({ row }: { row: Row }) {
  const { studio, language, say } = useScreen();
  const other = language === "zh" ? "en" : "zh";
  const missing = row.kind === "faq" ? (["zh", "en"] as const).filter((one) => row.counts[one] === 0) : [];
  const { up, down } = row.helpful;
  return (
    <li class={row.deleted ? "entry deleted" : "entry"}>
      <a
        href={hashOf("entries", row.key)}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          studio.go("entries", row.key);
        }}
      >
        <span class="entry-what">
          <span class="entry-title">
            <b>{titled(row.title, row.key)}</b>
            <span class="chips">
              <StatusChip entry={row} />
              <span class="chip">{word("topic", row.topic, language)}</span>
              {missing.map((one) => (
                <span key={one} class="chip warn">
                  {say(`missing_${one}`)}
                </span>
              ))}
              {row.warnings > 0 && (
                <span class="chip warn">
                  <Icon name="alert" size={12} /> {say("warnings", { count: row.warnings })}
                </span>
              )}
            </span>
          </span>
          <small>{row.title[other] && row.title[other] !== row.title[language] ? row.title[other] : row.key}</small>
        </span>
        <span class="entry-count">{row.kind === "faq" ? `${row.counts.zh} / ${row.counts.en}` : say("noWordings")}</span>
        <span class="entry-asked" title={say("asked30", { count: row.asked })}>
          {row.asked > 0 ? row.asked : "–"}
        </span>
        <span class="entry-helpful" title={say("helpful", { up, down })}>
          {up + down > 0 ? `${Math.round((100 * up) / (up + down))} %` : "–"}
        </span>
        <span class="entry-when">
          {row.changed_at ? (
            <>
              <time dateTime={row.changed_at}>{moment(new Date(row.changed_at), new Date(), language)}</time>
              <small>{row.changed_by}</small>
            </>
          ) : (
            "–"
          )}
        </span>
      </a>
    </li>
  );
}
