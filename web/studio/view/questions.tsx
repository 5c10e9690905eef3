import { useState } from "preact/hooks";

import { type Question, useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

/** Are you sure? Says what will happen, and does it only then. */
export function QuestionWindow({ question }: { question: Question }) {
  const { say, show } = useScreen();
  const [why, setWhy] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    show(null);
    question.do(why.trim());
  };
  return (
    <Window title={question.title}>
      <form onSubmit={submit}>
        {question.hint && <p class="limit">{question.hint}</p>}
        {question.asksWhy && (
          <label>
            {say("sendBackWhy")}
            <textarea rows={3} value={why} maxLength={500} required autoFocus onInput={(event) => setWhy(event.currentTarget.value)} />
          </label>
        )}
        <footer>
          <button type="button" class="secondary" onClick={() => show(null)}>
            {say("cancelDo")}
          </button>
          <button type="submit" class="primary">
            {question.does}
          </button>
        </footer>
      </form>
    </Window>
  );
}

/** Unsaved changes and somewhere else to go. */
export function LeaveWindow() {
  const { studio, say } = useScreen();
  const saveFirst = async (event: Event) => {
    event.preventDefault();
    const isSaved = await studio.editing?.save();
    if (isSaved) studio.leaveUnsaved();
    else studio.stay();
  };
  return (
    <Window title={say("leaveTitle")} shut={() => studio.stay()}>
      <form onSubmit={(event) => void saveFirst(event)}>
        <p class="limit">{say("leaveHint")}</p>
        <footer class="stacked">
          <button type="button" class="secondary" onClick={() => studio.stay()}>
            {say("leaveStay")}
          </button>
          <button type="button" class="secondary" onClick={() => studio.leaveUnsaved()}>
            {say("leaveDrop")}
          </button>
          <button type="submit" class="primary">
            {say("leaveSave")}
          </button>
        </footer>
      </form>
    </Window>
  );
}
