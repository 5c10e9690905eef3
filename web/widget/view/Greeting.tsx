import { hasOlder } from "../chat.ts";
import { pick } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";
import { Text } from "../../shared/Text.tsx";

/** What a new customer sees first: a word of welcome, and what others ask. */
export function Greeting() {
  const { session, language, say } = useTalk();
  const { chat } = session;
  if (chat.config === null || hasOlder(chat)) return null;
  const hasBegun = chat.lines.length > 0 || chat.pending.length > 0;
  return (
    <section class="greeting">
      <div class="line bot opens">
        <div class="bubble">
          <Text text={pick(chat.config.greeting, language)} />
        </div>
      </div>
      {!hasBegun && (
        <>
          <h2>{say("suggestions")}</h2>
          <ul>
            {chat.config.suggestions[language].map((question) => (
              <li key={question}>
                <button type="button" onClick={() => session.say(question)}>
                  <span>{question}</span>
                  <Icon name="arrow" size={16} />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
