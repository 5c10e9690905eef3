import { useEffect, useRef, useState } from "preact/hooks";

import { newest } from "../chat.ts";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";

const STARS = [1, 2, 3, 4, 5];

export function Rating({ done }: { done: () => void }) {
  const { session, say } = useTalk();
  const [stars, setStars] = useState(0);
  const [text, setText] = useState("");
  /** Where the talk was when the rating was sent: the thanks go once it goes on. */
  const [sentAt, setSentAt] = useState<string | null>(null);
  const end = `${newest(session.chat)} ${session.chat.pending.length}`;
  useEffect(() => {
    if (sentAt !== null && sentAt !== end) done();
  }, [end]);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.scrollIntoView({ block: "end" }), [stars > 0]);
  if (sentAt !== null) {
    return (
      <p class="rating thanks" role="status">
        {say("rateThanks")}
      </p>
    );
  }
  const send = (event: Event) => {
    event.preventDefault();
    if (stars > 0 && session.rate(stars, text.trim())) setSentAt(end);
  };
  return (
    <form class="rating" ref={form} onSubmit={send} aria-label={say("rateTitle")}>
      <fieldset>
        <legend>{say("rateTitle")}</legend>
        {STARS.map((count) => (
          <label key={count} class={count <= stars ? "lit" : ""} title={say("rateStar", { count })}>
            <input
              type="radio"
              name="stars"
              value={count}
              checked={count === stars}
              onChange={() => setStars(count)}
              aria-label={say("rateStar", { count })}
            />
            <Icon name="star" size={28} />
          </label>
        ))}
      </fieldset>
      {stars > 0 && (
        <textarea
          rows={2}
          maxLength={1000}
          value={text}
          placeholder={say("rateText")}
          aria-label={say("rateText")}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <div class="choices">
        <button type="button" class="link" onClick={done}>
          {say("later")}
        </button>
        <button type="submit" class="primary" disabled={stars === 0}>
          {say("rateSend")}
        </button>
      </div>
    </form>
  );
}
