import { useEffect, useRef, useState } from "preact/hooks";

import type { Found } from "../../shared/desk.ts";
import { channelIcon, Icon } from "../../shared/staff/icons.tsx";
import { moment } from "../../shared/staff/time.ts";
import { sentence } from "../format.ts";
import { word } from "../words.ts";
import { nameOf, useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

const PAUSE_MS = 250;
const LEAST = 2;

export function SearchWindow() {
  const { desk, language, say, show } = useScreen();
  const [words, setWords] = useState("");
  const [found, setFound] = useState<readonly Found[]>([]);
  const [hasMore, setMore] = useState(false);
  const [state, setState] = useState<"idle" | "busy" | "done">("idle");
  const [at, setAt] = useState(0);
  const turn = useRef(0);

  useEffect(() => {
    turn.current += 1;
    const mine = turn.current;
    if ([...words.trim()].length < LEAST) {
      setFound([]);
      setState("idle");
      return undefined;
    }
    setState("busy");
    const timer = setTimeout(() => void look(mine), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [words]);

  async function look(mine: number, before = ""): Promise<void> {
    const answer = await desk.api.search(words.trim(), before).catch(() => ({ found: [], more: false }));
    if (mine !== turn.current) return;
    setFound(before ? [...found, ...answer.found] : answer.found);
    setMore(answer.more);
    setState("done");
    if (!before) setAt(0);
  }

  const open = (one: Found | undefined) => {
    if (!one) return;
    show(null);
    desk.show(one.conversation);
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") open(found[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Window title={say("search")} size="wide">
      <label class="search-field">
        <Icon name="search" />
        <input
          type="text"
          value={words}
          placeholder={say("searchPlaceholder")}
          aria-label={say("search")}
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls="found"
          {...(found.length > 0 && { "aria-activedescendant": `found-${at}` })}
          autoFocus
          onInput={(event) => setWords(event.currentTarget.value)}
          onKeyDown={keyed}
        />
      </label>
      <ul id="found" class="found" role="listbox" aria-label={say("search")}>
        {found.map((one, index) => (
          <li key={`${one.conversation}-${index}`} id={`found-${index}`} role="option" aria-selected={index === at} onClick={() => open(one)}>
            <Icon name={channelIcon(one.channel)} size={16} />
            <b>{nameOf({ customer: { name: one.customer.name, tier: null, known_by: "" }, conversation: one.conversation }, say)}</b>
            <time dateTime={one.at}>{moment(new Date(one.at), new Date(), language)}</time>
            <span>
              <Marked text={sentence(one.text, language)} words={words.trim()} />
            </span>
            <small>{one.item ? word("reason", one.item.reason, language) : word("channel", one.channel, language)}</small>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" class="link" onClick={() => void look(turn.current, found.at(-1)?.at ?? "")}>
          {say("searchMore")}
        </button>
      )}
      <p class="none" role="status">
        {state === "idle" && say("searchHint")}
        {state === "busy" && say("searching")}
        {state === "done" && found.length === 0 && say("searchNone")}
      </p>
    </Window>
  );
}

function Marked({ text, words }: { text: string; words: string }) {
  const from = text.toLowerCase().indexOf(words.toLowerCase());
  if (from < 0 || words === "") return <>{text}</>;
  return (
    <>
      {text.slice(0, from)}
      <mark>{text.slice(from, from + words.length)}</mark>
      {text.slice(from + words.length)}
    </>
  );
}
