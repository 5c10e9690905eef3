import { useState } from "preact/hooks";

import { word } from "../words.ts";
import { faqTopics, useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

/** A new FAQ: where it belongs and what it is called; of a group in the inbox, its wordings and answer come along. */
export function NewWindow({ group }: { group?: string | number }) {
  const { studio, language, say, show } = useScreen();
  const topics = faqTopics();
  const [topic, setTopic] = useState(topics.includes(studio.query.topic) ? studio.query.topic : (topics[0] ?? ""));
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const entry = group === undefined ? await studio.api.create({ topic, key: `faq/${name}` }) : await studio.api.begin(group, topic);
      show(null);
      studio.go("entries", entry.key);
    } catch (error) {
      studio.told(error);
    }
    setBusy(false);
  };
  return (
    <Window title={say("newTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {say("newTopic")}
          <select value={topic} required autoFocus onChange={(event) => setTopic(event.currentTarget.value)}>
            {topics.map((one) => (
              <option key={one} value={one}>
                {word("topic", one, language)}
              </option>
            ))}
          </select>
        </label>
        {group === undefined && (
          <label>
            {say("newKey")}
            <input
              value={name}
              required
              pattern="[a-z][a-z0-9_]{1,59}"
              spellcheck={false}
              autoCapitalize="off"
              aria-describedby="new-key-hint"
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <small id="new-key-hint">{say("newKeyHint")}</small>
          </label>
        )}
        <footer>
          <button type="button" class="secondary" onClick={() => show(null)}>
            {say("cancelDo")}
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {say("newDo")}
          </button>
        </footer>
      </form>
    </Window>
  );
}
