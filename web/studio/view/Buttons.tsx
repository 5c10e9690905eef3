import { Icon } from "../../shared/staff/icons.tsx";
import type { AnswerButton } from "../../shared/studio.ts";
import type { Editing } from "../editing.ts";
import { described, FieldFaults } from "./Faults.tsx";
import { useScreen } from "./screen.ts";

/** The buttons under an answer: what each says, and what it has the bot do. */
export function Buttons(props: { buttons: readonly AnswerButton[]; editing: Editing; field: string; put(buttons: AnswerButton[]): void }) {
  const { studio, language, say } = useScreen();
  const { buttons, editing, field, put } = props;
  const change = (at: number, next: AnswerButton) => put(buttons.map((one, index) => (index === at ? next : one)));
  const goals = studio.palette.payloads;
  return (
    <ul class="buttons-edit" data-field={field}>
      {buttons.map((button, at) => {
        const own = `${field}.${at}`;
        const faults = editing.at(own, true);
        const id = `faults-${own}`;
        const isKnown = goals.some((goal) => goal.payload === button.payload);
        return (
          <li key={at} data-field={own}>
            <input
              value={button.title}
              placeholder={say("buttonTitle")}
              aria-label={`${say("buttonLabel", { at: at + 1 })} · ${say("buttonTitle")}`}
              data-field={`${own}.title`}
              {...described(faults, id)}
              onInput={(event) => change(at, { ...button, title: event.currentTarget.value })}
            />
            <select
              value={button.payload}
              aria-label={`${say("buttonLabel", { at: at + 1 })} · ${say("buttonGoal")}`}
              data-field={`${own}.payload`}
              onChange={(event) => change(at, { ...button, payload: event.currentTarget.value })}
            >
              {!isKnown && <option value={button.payload}>{button.payload}</option>}
              {goals.map((goal) => (
                <option key={goal.payload} value={goal.payload}>
                  {goal.words[language]}
                </option>
              ))}
            </select>
            <button type="button" class="icon-button small" aria-label={say("removeButton", { at: at + 1 })} title={say("removeButton", { at: at + 1 })} onClick={() => put(buttons.filter((_, index) => index !== at))}>
              <Icon name="close" size={14} />
            </button>
            <FieldFaults faults={faults} id={id} />
          </li>
        );
      })}
    </ul>
  );
}
