import { useEffect, useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { called, fitting } from "../canned.ts";
import { colleague, useScreen } from "./screen.ts";

export type Option = { key: string; title: string; text: string; shortcut?: string; pick(): void };
const MENTION = /(?:^|\s)@([^\s@]{0,30})$/u;

type Field = {
  hasFocus: boolean;
  text: string;
  cursor: number;
  mode: "reply" | "note" | "whisper";
  insert(words: string, from: number, to: number): void;
  put(next: string, from: number, to: number): void;
};

/** What a slash or an @ offers while something is being written; arrows choose, Enter or Tab takes. */
export function useOptions({ hasFocus, text, cursor, mode, insert, put }: Field) {
  const [at, setAt] = useState(0);
  const [shutFor, setShutFor] = useState<string | null>(null);
  const { desk, language, say } = useScreen();
  const options = mode === "reply" ? canned() : mentions();
  const call = text.slice(0, cursor);
  const isOpen = hasFocus && options !== null && shutFor !== call;
  const list = options ?? [];

  useEffect(() => setAt(0), [list.map((one) => one.key).join()]);

  function canned(): Option[] | null {
    const found = called(text, cursor);
    if (!found) return null;
    const spoken = desk.languageOf(desk.open ?? "");
    return fitting(desk.shelf.canned, found.word, spoken).map((reply) => ({
      key: reply.id,
      title: reply.title[language] || reply.title[spoken],
      text: reply.text[spoken],
      shortcut: reply.shortcut,
      pick: () => insert(reply.text[spoken], found.from, cursor),
    }));
  }

  function mentions(): Option[] | null {
    const match = mode === "note" ? MENTION.exec(text.slice(0, cursor)) : null;
    if (!match) return null;
    const word = (match[1] ?? "").toLowerCase();
    const from = cursor - word.length - 1;
    return Object.values(desk.state.agents)
      .filter((agent) => agent.id !== desk.state.me?.id && colleague(agent).toLowerCase().includes(word))
      .map((agent) => ({
        key: agent.id,
        title: colleague(agent),
        text: say(`status_${agent.status}`),
        pick: () => {
          const head = `${text.slice(0, from)}@${colleague(agent)} `;
          put(head + text.slice(cursor), head.length, head.length);
        },
      }));
  }

  /** True when the key was for the list. */
  function keyed(event: KeyboardEvent): boolean {
    if (!isOpen) return false;
    const chosen = list[at];
    if (event.key === "Escape") setShutFor(call);
    else if (list.length === 0) return false;
    else if (event.key === "ArrowDown") setAt((at + 1) % list.length);
    else if (event.key === "ArrowUp") setAt((at + list.length - 1) % list.length);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") chosen?.pick();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  const aria = isOpen && list.length > 0
    ? { "aria-controls": "options", "aria-activedescendant": `option-${at}`, "aria-autocomplete": "list" as const }
    : {};
  return { isOpen, list, at, keyed, aria, isCanned: mode === "reply", label: say(mode === "reply" ? "canned" : "mention") };
}

export function Picker({ list, at, label, isCanned }: { list: readonly Option[]; at: number; label: string; isCanned: boolean }) {
  const { say, show } = useScreen();
  return (
    <div class="picker">
      <p class="picker-head">
        {label}
        {isCanned && (
          <button type="button" class="link" onPointerDown={() => show("canned")}>
            {say("cannedManage")}
          </button>
        )}
      </p>
      {list.length === 0 ? (
        <p class="picker-none">{say("cannedNone")}</p>
      ) : (
        <ul role="listbox" id="options" aria-label={label}>
          {list.map((option, index) => (
            <li
              key={option.key}
              id={`option-${index}`}
              role="option"
              aria-selected={index === at}
              ref={(node) => {
                if (index === at) node?.scrollIntoView({ block: "nearest" });
              }}
              onPointerDown={(event) => {
                event.preventDefault();
                option.pick();
              }}
            >
              <Icon name={option.shortcut === undefined ? "person" : "slash"} size={15} />
              <b>{option.title}</b>
              {option.shortcut && <code>/{option.shortcut}</code>}
              <small>{option.text}</small>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
