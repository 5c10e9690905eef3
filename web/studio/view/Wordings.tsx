import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Language } from "../../shared/protocol.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { deduplicated, LANGUAGES, moved, pasted, withExamples } from "../draft.ts";
import type { Editing } from "../editing.ts";
import { described, FieldFaults } from "./Faults.tsx";
import { useScreen } from "./screen.ts";

/** How customers ask, in both languages side by side. */
export function Wordings({ editing }: { editing: Editing }) {
  const { say } = useScreen();
  return (
    <section class="form-part" aria-label={say("questions")}>
      <h3>
        {say("questions")} <small>{say("questionsHint")}</small>
      </h3>
      <div class="two-languages">
        {LANGUAGES.map((language) => (
          <WordingList key={language} editing={editing} language={language} />
        ))}
      </div>
      <p class="hint">{say("moveHint")}</p>
    </section>
  );
}

function WordingList({ editing, language }: { editing: Editing; language: Language }) {
  const { say } = useScreen();
  const list = useRef<HTMLUListElement>(null);
  const [wish, setWish] = useState<number | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const examples = editing.mine.examples[language] ?? [];
  const field = `examples.${language}`;
  const extra = examples.filter((one) => one.trim() !== "").length - deduplicated(examples).length;
  const put = (next: readonly string[], focus: number | null = null) => {
    editing.change(withExamples(editing.mine, language, next));
    setWish(focus);
  };

  useLayoutEffect(() => {
    if (wish === null) return;
    list.current?.querySelectorAll("input")[wish]?.focus();
    setWish(null);
  }, [wish]);

  const add = () => put([...examples, ""], examples.length);
  const remove = (at: number) => put(examples.filter((_, index) => index !== at), Math.max(0, at - 1));
  const keyed = (event: KeyboardEvent & { currentTarget: HTMLInputElement }, at: number) => {
    if (event.isComposing) return;
    const isEmpty = event.currentTarget.value === "";
    if (event.key === "Enter") put([...examples.slice(0, at + 1), "", ...examples.slice(at + 1)], at + 1);
    else if (event.key === "Backspace" && isEmpty && examples.length > 1) remove(at);
    else if (event.altKey && event.key === "ArrowUp") put(moved(examples, at, at - 1), Math.max(0, at - 1));
    else if (event.altKey && event.key === "ArrowDown") put(moved(examples, at, at + 1), Math.min(examples.length - 1, at + 1));
    else if (event.key === "ArrowUp") setWish(Math.max(0, at - 1));
    else if (event.key === "ArrowDown") setWish(Math.min(examples.length - 1, at + 1));
    else return;
    event.preventDefault();
  };
  const paste = (event: ClipboardEvent, at: number) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!text.includes("\n")) return;
    event.preventDefault();
    const kept = examples[at]?.trim() ? [...examples.slice(0, at + 1), "", ...examples.slice(at + 1)] : examples;
    const place = kept === examples ? at : at + 1;
    const next = pasted(kept, place, text);
    put(next, place + (next.length - kept.length));
  };

  return (
    <div class="wordings" data-field={field} lang={language === "zh" ? "zh-CN" : "en"}>
      <header>
        <h4>
          {say(`language_${language}`)} <small>{examples.length}</small>
        </h4>
        {extra > 0 && (
          <button type="button" class="link" onClick={() => put(deduplicated(examples))}>
            {say("dedupe", { count: extra })}
          </button>
        )}
      </header>
      <FieldFaults faults={editing.at(field)} id={`faults-${field}`} />
      <ul ref={list}>
        {examples.map((text, at) => {
          const faults = editing.at(`${field}.${at}`);
          const id = `faults-${field}-${at}`;
          return (
            <li
              key={at}
              class={`${faults.length > 0 ? "has-faults" : ""} ${dragged === at ? "dragged" : ""}`}
              onDragOver={(event) => dragged !== null && event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault();
                if (dragged !== null && dragged !== at) put(moved(examples, dragged, at));
                setDragged(null);
              }}
            >
              <span
                class="grip"
                draggable
                title={say("moveHint")}
                aria-hidden="true"
                onDragStart={(event) => {
                  event.dataTransfer?.setData("text/plain", text);
                  setDragged(at);
                }}
                onDragEnd={() => setDragged(null)}
              >
                <Icon name="grip" size={14} />
              </span>
              <input
                value={text}
                data-field={`${field}.${at}`}
                aria-label={say("wordingLabel", { language: say(`language_${language}`), at: at + 1 })}
                {...described(faults, id)}
                onInput={(event) => put(examples.map((one, index) => (index === at ? event.currentTarget.value : one)))}
                onKeyDown={(event) => keyed(event, at)}
                onPaste={(event) => paste(event, at)}
              />
              <button type="button" class="icon-button small" aria-label={say("removeWording", { at: at + 1 })} title={say("removeWording", { at: at + 1 })} onClick={() => remove(at)}>
                <Icon name="close" size={14} />
              </button>
              <FieldFaults faults={faults} id={id} />
            </li>
          );
        })}
      </ul>
      <button type="button" class="add-line" onClick={add}>
        <Icon name="plus" size={15} /> {say("addWording")}
      </button>
    </div>
  );
}
