import { useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import type { Entry, Guess, Trial } from "../../shared/studio.ts";
import { Bubble } from "./Preview.tsx";
import { titled, useScreen } from "./screen.ts";

export function TrialPage() {
  const { say } = useScreen();
  return (
    <main class="page trial-page">
      <h2>{say("page_try")}</h2>
      <TrialPanel entry={null} />
    </main>
  );
}

/** Published and draft answer the same question side by side, and say why. `entry` null: all drafts. */
export function TrialPanel({ entry }: { entry: Entry | null }) {
  const { studio, say } = useScreen();
  const [text, setText] = useState("");
  const [trial, setTrial] = useState<Trial | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === "" || isBusy) return;
    setBusy(true);
    try {
      setTrial(await studio.api.try(text.trim(), entry));
    } catch (error) {
      studio.told(error);
    }
    setBusy(false);
  };
  const differs = trial?.draft != null && trial.published.intent !== trial.draft.intent;
  return (
    <div class="trial">
      <form class="trial-ask" onSubmit={(event) => void submit(event)}>
        <input
          value={text}
          placeholder={say("tryPlaceholder")}
          aria-label={say("tryPlaceholder")}
          maxLength={500}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy || text.trim() === ""}>
          {say("tryDo")}
        </button>
      </form>
      <p class={differs ? "hint differs" : "hint"} role="status">
        {isBusy ? say("trying") : trial === null ? say(entry ? "tryHint" : "tryHintAll") : say(trial.draft === null ? "tryNoDraft" : differs ? "tryDiffers" : "trySame")}
      </p>
      {trial && (
        <div class="guesses" aria-busy={isBusy}>
          <GuessView title={say("tryPublished")} guess={trial.published} />
          {trial.draft && <GuessView title={say("tryDraft")} guess={trial.draft} own={entry?.key ?? null} />}
        </div>
      )}
    </div>
  );
}

function GuessView({ title, guess, own }: { title: string; guess: Guess; own?: string | null }) {
  const { say } = useScreen();
  const best = guess.ranking.find((one) => one.intent === guess.intent);
  return (
    <section class="guess" aria-label={title}>
      <h4>{title}</h4>
      <p class="guess-intent">
        <small>{say("understoodAs")}</small>
        <b>{titled(best?.title, guess.intent)}</b>
        <span class="sum">{percent(guess.confidence)}</span>
      </p>
      <div class="guess-reply">
        {guess.reply.length === 0 ? <p class="hint">{say("noReply")}</p> : guess.reply.map((message, at) => <Bubble key={at} message={message} />)}
      </div>
      <h5>{say("ranking")}</h5>
      <ol class="bars">
        {guess.ranking.map((one) => (
          <Bar key={one.intent} label={titled(one.title, one.intent)} value={one.confidence} isOwn={one.intent === (own ?? guess.intent)} />
        ))}
      </ol>
      <h5>{say("nearest")}</h5>
      {guess.nearest.length === 0 && <p class="hint">{say("nothingNear")}</p>}
      <ol class="bars">
        {guess.nearest.map((one, at) => (
          <Bar key={at} label={one.text} aside={one.intent.replace(/^faq\//u, "")} value={one.score} isOwn={one.intent === (own ?? guess.intent)} />
        ))}
      </ol>
    </section>
  );
}

/** A share as a bar; a `progress` draws it, since styles may not be written by script. */
export function Bar(props: { label: string; aside?: string; value: number; shown?: string; isOwn?: boolean }) {
  const { label, aside, value, isOwn = false } = props;
  const shown = props.shown ?? percent(value);
  return (
    <li class={isOwn ? "bar own" : "bar"}>
      <span>
        {label} {aside && <small>{aside}</small>}
      </span>
      <b>{shown}</b>
      <progress max={1} value={Math.min(1, Math.max(0, value))} aria-label={`${label} ${shown}`} />
    </li>
  );
}

export function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

export function Differs({ before, after }: { before: string | null; after: string | null }) {
  const { say } = useScreen();
  return (
    <dl class="differs-pair">
      <dt>{say("before")}</dt>
      <dd>{before || say("emptyValue")}</dd>
      <dt>
        <Icon name="right" size={13} /> {say("after")}
      </dt>
      <dd>{after || say("emptyValue")}</dd>
    </dl>
  );
}
