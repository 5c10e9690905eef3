import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { moment } from "../../shared/staff/time.ts";
import type { Kind, Listing, Row } from "../../shared/studio.ts";
import { hashOf } from "../route.ts";
import { NO_QUERY } from "../studio.ts";
import { word } from "../words.ts";
import { Pager } from "./Pager.tsx";
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
  const sum = (some: readonly { count: number }[]) => some.reduce((all, topic) => all + topic.count, 0);
  const choice = (kind: string, topic: string, label: string, count: number) => (
    <li key={`${kind} ${topic}`}>
      <button type="button" aria-pressed={query.kind === kind && query.topic === topic} onClick={() => studio.find({ kind, topic })}>
        <span>{label}</span> <small>{count}</small>
      </button>
    </li>
  );
  return (
    <nav class="topics" aria-label={say("topics")}>
      <ul>{choice("", "", say("allTopics"), sum(topics))}</ul>
      {topicsByKind(topics).map(([kind, some]) => (
        <section key={kind} aria-label={say(`kind_${kind}`)}>
          <h2>{say(`kind_${kind}`)}</h2>
          <ul>
            {choice(kind, "", say("allOfKind"), sum(some))}
            {some.map((topic) => choice(kind, topic.name, word("topic", topic.name, language), topic.count))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function topicsByKind(topics: Listing["topics"]): (readonly [Kind, Listing["topics"]])[] {
  return (["faq", "text"] as const).map((kind) => [kind, topics.filter((topic) => (topic.kind ?? "faq") === kind)] as const);
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
  const pick = (name: "status" | "tag" | "owner" | "language", label: string, choices: readonly Choice[]) => (
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
  const { kind, topic, ...narrowed } = query;
  const isFiltered = Object.values(narrowed).some((value) => value !== "");
  return (
    <div class="filters" role="group" aria-label={say("filters")}>
      <select
        class="topic"
        value={`${query.kind} ${query.topic}`}
        aria-label={say("topics")}
        onChange={(event) => {
          const [kind = "", topic = ""] = event.currentTarget.value.split(" ");
          studio.find({ kind, topic });
        }}
      >
        <option value=" ">{say("allTopics")}</option>
        {topicsByKind(listing?.topics ?? []).map(([kind, some]) => (
          <optgroup key={kind} label={say(`kind_${kind}`)}>
            <option value={`${kind} `}>{`${say(`kind_${kind}`)} · ${say("allOfKind")}`}</option>
            {some.map((topic) => (
              <option key={topic.name} value={`${kind} ${topic.name}`}>
                {word("topic", topic.name, language)} ({topic.count})
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {pick("status", say("byStatus"), STATUSES.map((status) => [status, say(`status_${status}`)]))}
      {pick("language", say("byLanguage"), [["zh", say("language_zh")], ["en", say("language_en")], ["-zh", say("missing_zh")], ["-en", say("missing_en")]])}
      {(listing?.tags.length ?? 0) > 0 && pick("tag", say("byTag"), same(listing?.tags))}
      {(listing?.owners.length ?? 0) > 0 && pick("owner", say("byOwner"), same(listing?.owners))}
      {isFiltered && (
        <button type="button" class="link" onClick={() => studio.find({ ...NO_QUERY, kind, topic })}>
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
      <Pager page={page} size={listing.page_size ?? USUAL_PAGE} shown={entries.length} total={total} turn={(next) => studio.turnTo(next)} />
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
