import { useRef } from "preact/hooks";

import type { Language } from "../../shared/protocol.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { Menu } from "../../shared/staff/Menu.tsx";
import type { Answer, AnswerButton, Palette } from "../../shared/studio.ts";
import { EMPTY_ANSWER, LANGUAGES, withAnswer, withAnswers } from "../draft.ts";
import type { Editing } from "../editing.ts";
import { USUAL_CHANNELS, word } from "../words.ts";
import { Buttons } from "./Buttons.tsx";
import { described, FieldFaults } from "./Faults.tsx";
import { useScreen } from "./screen.ts";

/** What the customer reads, in both languages side by side, with another answer where a channel needs one. */
export function Answers({ editing }: { editing: Editing }) {
  const { say } = useScreen();
  return (
    <section class="form-part" aria-label={say("answers")}>
      <h3>
        {say("answers")} <small>{say("answersHint")}</small>
      </h3>
      <div class="two-languages">
        {LANGUAGES.map((language) => (
          <AnswerList key={language} editing={editing} language={language} />
        ))}
      </div>
    </section>
  );
}

function AnswerList({ editing, language }: { editing: Editing; language: Language }) {
  const { studio, language: own, say } = useScreen();
  const answers = editing.mine.answers[language] ?? [];
  const field = `answers.${language}`;
  const taken = new Set(answers.map((one) => one.channel));
  const named = studio.palette.channels.map((one) => one.name);
  const free = (named.length > 0 ? named : USUAL_CHANNELS).filter((name) => !taken.has(name));
  const put = (next: readonly Answer[]) => editing.change(withAnswers(editing.mine, language, next));
  const seed = answers.find((one) => one.channel === null) ?? EMPTY_ANSWER;
  return (
    <div class="answers" data-field={field} lang={language === "zh" ? "zh-CN" : "en"}>
      <header>
        <h4>{say(`language_${language}`)}</h4>
        {answers.length > 0 && (
          <Menu label={say("addChannel")} class="link" hasWords entries={[
            { label: say("addVariation"), hint: say("everyChannel"), press: () => put([...answers, { ...EMPTY_ANSWER }]) },
            "rule",
            ...free.map((name) => ({ label: word("channel", name, own), press: () => put([...answers, { ...seed, channel: name }]) })),
          ]}>
            + {say("addChannel")}
          </Menu>
        )}
      </header>
      <FieldFaults faults={editing.at(field)} id={`faults-${field}`} />
      {answers.length === 0 && (
        <button type="button" class="add-line" onClick={() => put([{ ...EMPTY_ANSWER }])}>
          <Icon name="plus" size={15} /> {say("addAnswer", { language: say(`language_${language}`) })}
        </button>
      )}
      {answers.map((answer, at) => (
        <AnswerCard
          key={at}
          answer={answer}
          editing={editing}
          language={language}
          at={at}
          isAlone={answers.filter((one) => one.channel === answer.channel).length === 1}
          {...(answers.length > 1 && { remove: () => put(answers.filter((_, index) => index !== at)) })}
        />
      ))}
    </div>
  );
}

type CardProps = { answer: Answer; editing: Editing; language: Language; at: number; isAlone: boolean; remove?(): void };

function AnswerCard({ answer, editing, language, at, isAlone, remove }: CardProps) {
  const { studio, language: own, say } = useScreen();
  const area = useRef<HTMLTextAreaElement>(null);
  const field = `answers.${language}.${at}`;
  const faults = [...editing.at(field), ...editing.at(`${field}.text`)];
  const id = `faults-${field}`;
  const channel = answer.channel === null ? say("everyChannel") : word("channel", answer.channel, own);
  const spoken = say(`language_${language}`);
  const put = (change: Partial<Answer>) => editing.change(withAnswer(editing.mine, language, at, change));
  const insert = (words: string) => {
    const { selectionStart: from, selectionEnd: to } = area.current ?? { selectionStart: answer.text.length, selectionEnd: answer.text.length };
    put({ text: answer.text.slice(0, from) + words + answer.text.slice(to) });
    queueMicrotask(() => {
      area.current?.focus();
      area.current?.setSelectionRange(from + words.length, from + words.length);
    });
  };
  const button = (next: AnswerButton): void => put({ buttons: [...answer.buttons, next] });
  return (
    <div class="answer-card">
      {(answer.channel !== null || remove) && (
        <p class="answer-for">
          <b>{channel}</b>
          {(answer.when ?? []).map((one) => (
            <small key={one.slot}>{say("onlyWhen", { slot: one.slot, value: String(one.value) })}</small>
          ))}
          {!isAlone && <small>{say("variation")}</small>}
          {remove && (
            <button type="button" class="icon-button small" aria-label={say("removeAnswer", { channel })} title={say("removeAnswer", { channel })} onClick={remove}>
              <Icon name="trash" size={15} />
            </button>
          )}
        </p>
      )}
      <textarea
        ref={area}
        rows={5}
        value={answer.text}
        data-field={`${field}.text`}
        aria-label={answer.channel === null ? say("answerLabel", { language: spoken }) : say("answerLabelFor", { language: spoken, channel })}
        {...described(faults, id)}
        onInput={(event) => put({ text: event.currentTarget.value })}
      />
      <FieldFaults faults={faults} id={id} />
      <div class="answer-tools">
        {studio.palette.variables.length > 0 && <Variables palette={studio.palette} language={language} insert={insert} />}
        <button type="button" class="tool" onClick={() => button({ title: "", payload: studio.palette.payloads[0]?.payload ?? "/human" })}>
          <Icon name="plus" size={15} /> {say("addButton")}
        </button>
        {answer.image === null && (
          <button type="button" class="tool" onClick={() => put({ image: "" })}>
            <Icon name="image" size={15} /> {say("addImage")}
          </button>
        )}
        <Length text={answer.text} palette={studio.palette} channel={answer.channel} />
      </div>
      {answer.image !== null && (
        <div class="image-line">
          <input
            type="url"
            value={answer.image}
            placeholder={say("imageUrl")}
            aria-label={say("imageUrl")}
            data-field={`${field}.image`}
            {...described(editing.at(`${field}.image`), `${id}-image`)}
            onInput={(event) => put({ image: event.currentTarget.value })}
          />
          <button type="button" class="icon-button small" aria-label={say("removeImage")} title={say("removeImage")} onClick={() => put({ image: null })}>
            <Icon name="close" size={14} />
          </button>
          <FieldFaults faults={editing.at(`${field}.image`)} id={`${id}-image`} />
        </div>
      )}
      {answer.buttons.length > 0 && <Buttons buttons={answer.buttons} editing={editing} field={`${field}.buttons`} put={(buttons) => put({ buttons })} />}
    </div>
  );
}

function Variables({ palette, language, insert }: { palette: Palette; language: Language; insert(words: string): void }) {
  const { language: own, say } = useScreen();
  const entries = palette.variables.map((one) => ({
    label: one.words[own],
    hint: `{${one.name}} · ${one.example[language]}`,
    press: () => insert(`{${one.name}}`),
  }));
  return (
    <Menu label={say("insertVariable")} class="tool" hasWords side="left" entries={entries}>
      <Icon name="braces" size={15} /> {say("insertVariable")}
    </Menu>
  );
}

/** How long it is, beside what the narrowest channel that gets it takes. */
function Length({ text, palette, channel }: { text: string; palette: Palette; channel: string | null }) {
  const { language, say } = useScreen();
  const limits = palette.channels.filter((one) => channel === null || one.name === channel);
  const uses = limits.map((one) => ({ ...one, count: one.unit === "bytes" ? new TextEncoder().encode(text).length : [...text].length }));
  const nearest = uses.sort((one, other) => other.count / other.max - one.count / one.max)[0];
  if (!nearest) return <small class="length">{say("characters", { count: [...text].length })}</small>;
  const isOver = nearest.count > nearest.max;
  return (
    <small class={isOver ? "length over" : "length"}>
      {nearest.count > nearest.max * 0.7
        ? say("charactersOf", { count: nearest.count, max: nearest.max, channel: nearest.words[language] })
        : say("characters", { count: [...text].length })}
    </small>
  );
}
