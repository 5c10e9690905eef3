import { useEffect, useState } from "preact/hooks";

import { Icon, type IconName } from "../../shared/staff/icons.tsx";
import { talkOf } from "../state.ts";
import { useScreen } from "./screen.ts";

const MOST = 3;
const MOST_FAQ = 2;

type Suggestion = { icon: IconName; title: string; text: string };

/** Answers to the customer's last message; one click, or Alt and a digit, puts one into the reply. */
export function Suggestions({ conversation, use }: { conversation: string; use(text: string): void }) {
  const { desk, say } = useScreen();
  const { suggestions } = talkOf(desk.state, conversation);
  const [isHidden, setHidden] = useState(false);
  const list: Suggestion[] = [
    ...(suggestions?.faq ?? []).slice(0, MOST_FAQ).map(({ question, answer }) => ({ icon: "book", title: question, text: answer }) as const),
    ...(suggestions?.replies ?? []).map(({ title, text }) => ({ icon: "bulb", title, text }) as const),
  ].slice(0, MOST);

  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const chosen = event.altKey && !event.ctrlKey && /^Digit[1-3]$/u.test(event.code) ? list[Number(event.code.at(-1)) - 1] : undefined;
      if (!chosen) return;
      event.preventDefault();
      use(chosen.text);
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  });

  if (list.length === 0) return null;
  if (isHidden) {
    return (
      <button type="button" class="link suggestions-more" onClick={() => setHidden(false)}>
        <Icon name="bulb" size={14} /> {say("showSuggestions", { count: list.length })}
      </button>
    );
  }
  return (
    <section class="suggestions" aria-label={say("suggestions")}>
      <header>
        <h3>{say("suggestions")}</h3>
        <button type="button" class="link" onClick={() => setHidden(true)}>
          {say("hide")}
        </button>
      </header>
      <ul>
        {list.map((one, at) => (
          <li key={at}>
            <button type="button" title={one.text} onClick={() => use(one.text)}>
              <Icon name={one.icon} size={15} />
              <b>{one.title}</b>
              <span>{one.text}</span>
              <kbd>Alt {at + 1}</kbd>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
