import { useEffect, useState } from "preact/hooks";

import type { Language } from "../../shared/protocol.ts";
import { safeImage } from "../../shared/links.ts";
import { Text } from "../../shared/Text.tsx";
import { Icon } from "../../shared/staff/icons.tsx";
import type { Answer, Entry, Preview, Shown } from "../../shared/studio.ts";
import type { Api } from "../api.ts";
import { answerFor, LANGUAGES } from "../draft.ts";
import type { Editing } from "../editing.ts";
import { titled, useScreen } from "./screen.ts";

const PAUSE_MS = 250;
const CHANNELS = ["web", "wechat", "telegram"] as const;
type Channel = (typeof CHANNELS)[number];
type Seen = Partial<Record<Channel, Preview>>;

/** The answer as each channel shows it, with examples in place of the shop's data. */
export function PreviewPanel({ editing }: { editing: Editing }) {
  const { studio, language: own, say } = useScreen();
  const [language, setLanguage] = useState<Language>(own);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [isFailed, setFailed] = useState(false);
  const { mine } = editing;
  const written = JSON.stringify(mine.answers[language]);

  useEffect(() => {
    let isWanted = true;
    const pause = setTimeout(async () => {
      try {
        const found = await previews(studio.api, mine, language);
        if (isWanted) setSeen(found);
        if (isWanted) setFailed(false);
      } catch {
        if (isWanted) setFailed(true);
      }
    }, seen === null ? 0 : PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(pause);
    };
  }, [written, language]);

  const question = mine.kind === "faq" ? (mine.examples[language]?.find((one) => one.trim() !== "") ?? titled(mine.title, mine.key)) : null;
  return (
    <>
      <div class="segments two" role="group" aria-label={say("showsAs")}>
        {LANGUAGES.map((one) => (
          <button key={one} type="button" aria-pressed={language === one} onClick={() => setLanguage(one)}>
            {say(`language_${one}`)}
          </button>
        ))}
      </div>
      {isFailed && <p class="hint">{say("previewFailed")}</p>}
      {seen !== null && Object.keys(seen).length === 0 && <p class="hint">{say("previewEmpty")}</p>}
      {seen !== null &&
        CHANNELS.map((channel) => {
          const shown = seen[channel];
          return shown && <Phone key={channel} channel={channel} question={question} preview={shown} lang={language === "zh" ? "zh-CN" : "en"} />;
        })}
    </>
  );
}

function Phone({ channel, question, preview, lang }: { channel: Channel; question: string | null; preview: Preview; lang: string }) {
  const { say } = useScreen();
  const messages = channel === "web" ? [preview.web] : preview[channel].messages;
  const keyboard = channel === "telegram" ? (preview.telegram.keyboard ?? []) : [];
  return (
    <section class={`phone ${channel}`} aria-label={`${say("preview")} · ${say(channel)}`}>
      <h4>
        <Icon name={channel} size={15} /> {say(channel)}
      </h4>
      <div class="phone-screen" lang={lang}>
        {question && <p class="said">{question}</p>}
        {messages.map((message, at) => (
          <Bubble key={at} message={message} />
        ))}
        {keyboard.length > 0 && (
          <div class="keyboard">
            {keyboard.map((row, at) => (
              <span key={at}>
                {row.map((key, index) => (
                  <i key={index}>
                    {key.title}
                  </i>
                ))}
              </span>
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

/** One message of the bot's; its buttons are shown, not to be pressed. */
export function Bubble({ message }: { message: Shown }) {
  const image = message.image ? safeImage(message.image) : null;
  return (
    <div class="bubble">
      {image && <img src={image} alt="" loading="lazy" referrerpolicy="no-referrer" />}
      {message.text && (
        <p>
          <Text text={message.text} />
        </p>
      )}
      {(message.buttons ?? []).length > 0 && (
        <span class="bubble-buttons">
          {(message.buttons ?? []).map((button, at) => (
            <i key={at}>
              {button.title}
            </i>
          ))}
        </span>
      )}
    </div>
  );
}

/** Each answer is asked for once, however many channels give it. */
async function previews(api: Api, entry: Entry, language: Language): Promise<Seen> {
  const asked = new Map<Answer, Promise<Preview>>();
  const seen: Seen = {};
  for (const channel of CHANNELS) {
    const answer = answerFor(entry, language, channel);
    if (answer === null || (answer.text === "" && answer.buttons.length === 0 && !answer.image)) continue;
    const asking = asked.get(answer) ?? api.preview(answer, language);
    asked.set(answer, asking);
    seen[channel] = await asking;
  }
  return seen;
}
