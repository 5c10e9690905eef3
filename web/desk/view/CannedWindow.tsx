import { useState } from "preact/hooks";

import type { Canned } from "../../shared/desk.ts";
import { Refused } from "../../shared/staff/api.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

/** The agent's own canned replies to change; the shared ones to look up. */
export function CannedWindow() {
  const { desk, language, say, show } = useScreen();
  const [own, setOwn] = useState<Canned[]>(desk.shelf.canned.filter((one) => !one.shared));
  const [fault, setFault] = useState("");
  const shared = desk.shelf.canned.filter((one) => one.shared);
  const change = (at: number, as: Partial<Canned>) => setOwn(own.map((one, index) => (index === at ? { ...one, ...as } : one)));
  const add = () =>
    setOwn([...own, { id: crypto.randomUUID(), title: { zh: "", en: "" }, text: { zh: "", en: "" }, shortcut: "", shared: false }]);
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      desk.shelf = await desk.api.putCanned(own.map(named));
      desk.toast("good", { zh: "常用语已保存", en: "Canned replies saved" });
      show(null);
    } catch (error) {
      setFault(error instanceof Refused && error.message ? error.message : say("failed"));
    }
  };
  return (
    <Window title={say("cannedTitle")} size="wide">
      <form onSubmit={(event) => void save(event)}>
        <p class="limit">{say("cannedVariables")}</p>
        <div class="canned-list">
          <h3>
            {say("cannedOwn")}
            <button type="button" class="link" onClick={add}>
              + {say("cannedAdd")}
            </button>
          </h3>
          {own.length === 0 && <p class="none">{say("cannedEmpty")}</p>}
          {own.map((one, at) => (
            <fieldset key={one.id} class="canned">
              <legend class="unseen">{one.title[language]}</legend>
              <label>
                {say("cannedName")}
                <input
                  value={one.title[language]}
                  required
                  maxLength={60}
                  onInput={(event) => change(at, { title: { ...one.title, [language]: event.currentTarget.value } })}
                />
              </label>
              <button type="button" class="icon-button" aria-label={say("cannedDelete")} title={say("cannedDelete")} onClick={() => setOwn(own.filter((each) => each !== one))}>
                <Icon name="close" size={16} />
              </button>
              <label class="full">
                {say("cannedZh")}
                <textarea rows={2} value={one.text.zh} required={one.text.en === ""} maxLength={2000} onInput={(event) => change(at, { text: { ...one.text, zh: event.currentTarget.value } })} />
              </label>
              <label class="full">
                {say("cannedEn")}
                <textarea rows={2} value={one.text.en} required={one.text.zh === ""} maxLength={2000} onInput={(event) => change(at, { text: { ...one.text, en: event.currentTarget.value } })} />
              </label>
            </fieldset>
          ))}
          {shared.length > 0 && <h3>{say("cannedShared")}</h3>}
          <ul>
            {shared.map((one) => (
              <li key={one.id}>
                <b>{one.title[language]}</b> <code>/{one.shortcut}</code>
                <small>{one.text[language]}</small>
              </li>
            ))}
          </ul>
        </div>
        {fault && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        <footer>
          <button type="button" class="secondary" onClick={() => show(null)}>
            {say("cancel")}
          </button>
          <button type="submit" class="primary">
            {say("save")}
          </button>
        </footer>
      </form>
    </Window>
  );
}

/** What is given in one language only stands in for the other. */
function named(one: Canned): Canned {
  const title = { zh: one.title.zh || one.title.en, en: one.title.en || one.title.zh };
  return { ...one, title, text: { zh: one.text.zh || one.text.en, en: one.text.en || one.text.zh } };
}
