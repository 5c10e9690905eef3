import { useState } from "preact/hooks";

import type { Item } from "../../shared/desk.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { isFiltering, matches } from "../lists.ts";
import { names, word } from "../words.ts";
import { Approvals } from "./Approvals.tsx";
import { Row } from "./Row.tsx";
import { NO_FILTER, useScreen } from "./screen.ts";

export function Lists() {
  const { desk, lists, say } = useScreen();
  return (
    <nav class="lists" aria-label={say("conversations")}>
      <FilterBar />
      <div class="lists-scroll">
        {desk.isSupervisor && <Approvals />}
        <Section title={say("mine")} items={lists.mine} empty={say("mineEmpty")} hint={say("mineEmptyHint")} />
        <Section title={say("queue")} items={lists.queue} empty={say("queueEmpty")} hint={say("queueEmptyHint")} hasNext />
        {(desk.isSupervisor || lists.others.length > 0) && (
          <Section title={say("others")} items={lists.others} empty={say("othersEmpty")} />
        )}
      </div>
    </nav>
  );
}

function Section(props: { title: string; items: readonly Item[]; empty: string; hint?: string; hasNext?: boolean }) {
  const { desk, filter, say } = useScreen();
  const [isOpen, setOpen] = useState(true);
  const shown = props.items.filter((item) => matches(item, filter));
  const unread = props.items.reduce((sum, item) => sum + item.unread, 0);
  return (
    <section class="list">
      <header>
        <button type="button" class="fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? "down" : "right"} size={14} />
          <h2>{props.title}</h2>
          <span class="count">{isFiltering(filter) ? `${shown.length}/${props.items.length}` : props.items.length}</span>
          {!isOpen && unread > 0 && <span class="badge">{unread}</span>}
        </button>
        {props.hasNext && (
          <button type="button" class="link" disabled={props.items.length === 0} onClick={() => void desk.pull()}>
            {say("next")} <kbd>G</kbd>
          </button>
        )}
      </header>
      {isOpen && (
        <ul>
          {shown.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ul>
      )}
      {isOpen && shown.length === 0 && (
        <div class="list-empty">
          <p>{props.items.length > 0 ? say("noMatch") : props.empty}</p>
          {props.items.length === 0 && props.hint && <small>{props.hint}</small>}
        </div>
      )}
    </section>
  );
}

function FilterBar() {
  const { filter, language, lists, say, setFilter } = useScreen();
  const all = [...lists.mine, ...lists.queue, ...lists.others];
  const channels = [...new Set([...all.map((item) => item.channel), filter.channel].filter(Boolean))].sort();
  const pick = (key: "channel" | "language" | "priority", label: string, options: readonly (readonly [string, string])[]) => (
    <select
      aria-label={label}
      value={filter[key]}
      class={filter[key] ? "on" : ""}
      onChange={(event) => setFilter({ ...filter, [key]: event.currentTarget.value })}
    >
      <option value="">{label}</option>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
  return (
    <div class="filter" role="search">
      <label class="filter-text">
        <Icon name="search" size={15} />
        <input
          type="search"
          value={filter.text}
          placeholder={say("filter")}
          aria-label={say("filter")}
          onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        />
      </label>
      <div class="filter-picks">
        {pick("channel", say("byChannel"), channels.map((one) => [one, word("channel", one, language)] as const))}
        {pick("language", say("byLanguage"), [["zh", "中文"], ["en", "English"]])}
        {pick("priority", say("byPriority"), names("priority").map((one) => [one, word("priority", one, language)] as const))}
        {isFiltering(filter) && (
          <button type="button" class="icon-button small" aria-label={say("clearFilter")} title={say("clearFilter")} onClick={() => setFilter(NO_FILTER)}>
            <Icon name="close" size={14} />
          </button>
        )}
      </div>
    </div>
  );
}
