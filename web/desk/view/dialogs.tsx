import { useState } from "preact/hooks";

import type { Category, Item, Packet } from "../../shared/desk.ts";
import type { Language } from "../../shared/protocol.ts";
import { gist, sentence } from "../format.ts";
import { SHEET } from "../keys.ts";
import { itemOf, talkOf } from "../state.ts";
import { categoryOf, mainWish, names, word } from "../words.ts";
import { colleague, nameOf, useScreen } from "./screen.ts";
import { Window } from "./Window.tsx";

/** The conversation the open window is about. */
function useItem(): Item | null {
  const { desk } = useScreen();
  return desk.open === null ? null : itemOf(desk.state, desk.open);
}

export function TransferWindow() {
  const { desk, language, say, show } = useScreen();
  const item = useItem();
  const [filter, setFilter] = useState("");
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const [isBusy, setBusy] = useState(false);
  if (!item) return null;
  const fits = (name: string) => name.toLowerCase().includes(filter.trim().toLowerCase());
  const agents = Object.values(desk.state.agents)
    .filter((agent) => agent.id !== item.agent?.id && agent.status !== "offline" && fits(colleague(agent)))
    .sort((one, other) => Number(other.status === "online") - Number(one.status === "online") || one.load - other.load);
  const groups = desk.state.groups.filter((group) => fits(group.name[language]));
  const submit = async (event: Event) => {
    event.preventDefault();
    const [kind, id] = [to.slice(0, 1), to.slice(2)];
    setBusy(true);
    const done = await desk.try({ t: "transfer", item: item.id, to: kind === "a" ? { agent: id } : { group: id }, note: note.trim() });
    setBusy(false);
    if (done) show(null);
  };
  const choice = (key: string, name: string, aside: string, tone?: string) => (
    <label key={key} class="choice">
      <input type="radio" name="to" value={key} checked={to === key} required onChange={() => setTo(key)} />
      {tone && <i class={`dot ${tone}`} />}
      <span>{name}</span>
      <small>{aside}</small>
    </label>
  );
  return (
    <Window title={say("transferTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <input
          type="search"
          value={filter}
          placeholder={say("transferFilter")}
          aria-label={say("transferFilter")}
          autoFocus
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <fieldset class="choices-list">
          <legend class="unseen">{say("transferTo")}</legend>
          {agents.length > 0 && <h3>{say("agents")}</h3>}
          {agents.map((agent) =>
            choice(
              `a:${agent.id}`,
              colleague(agent),
              agent.load >= agent.capacity ? say("nobodyFree") : say("load", { load: agent.load, capacity: agent.capacity }),
              agent.status,
            ),
          )}
          {groups.length > 0 && <h3>{say("groups")}</h3>}
          {groups.map((group) => choice(`g:${group.id}`, group.name[language], ""))}
          {agents.length + groups.length === 0 && <p class="none">{say("transferNone")}</p>}
        </fieldset>
        <label>
          {say("transferNote")}
          <textarea rows={3} value={note} maxLength={1000} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <Foot label={say("transferDo")} isOff={isBusy || to === ""} />
      </form>
    </Window>
  );
}

export function CloseWindow() {
  const { desk, language, say, show } = useScreen();
  const item = useItem();
  const packet = item ? (talkOf(desk.state, item.conversation).opened?.packet ?? null) : null;
  const [category, setCategory] = useState<string>(categoryOf(packet?.wants ?? [], item?.reason ?? ""));
  const [isResolved, setResolved] = useState(true);
  const [summary, setSummary] = useState(packet ? summaryOf(packet, language) : sentence(item?.summary ?? "", language));
  const [isBusy, setBusy] = useState(false);
  if (!item) return null;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const wrapUp = { category: category as Category, resolved: isResolved, summary: summary.trim() };
    const done = await desk.try({ t: "close", item: item.id, wrap_up: wrapUp });
    setBusy(false);
    if (done) show(null);
  };
  return (
    <Window title={say("closeTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset class="segments">
          <legend>{say("outcome")}</legend>
          {[true, false].map((value) => (
            <label key={String(value)}>
              <input type="radio" name="resolved" checked={isResolved === value} onChange={() => setResolved(value)} />
              <span>{say(value ? "resolved" : "unresolved")}</span>
            </label>
          ))}
        </fieldset>
        <label>
          {say("category")}
          <select value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
            {names("category").map((name) => (
              <option key={name} value={name}>
                {word("category", name, language)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("summary")}
          <textarea rows={5} value={summary} maxLength={2000} autoFocus onInput={(event) => setSummary(event.currentTarget.value)} />
        </label>
        <p class="limit">{say("closeHint")}</p>
        <Foot label={say("closeDo")} isOff={isBusy} />
      </form>
    </Window>
  );
}

/** What there is to say in the end, to be finished by hand: the wish, what it was about, what was promised. */
function summaryOf(packet: Packet, language: Language): string {
  const wish = mainWish(packet.wants);
  const head = [wish && word("wish", wish, language), gist(packet, language)].filter(Boolean).join(" · ");
  return head || sentence(packet.summary, language);
}

export function BackWindow() {
  const { desk, say, show } = useScreen();
  const item = useItem();
  const [note, setNote] = useState("");
  const [isBusy, setBusy] = useState(false);
  if (!item) return null;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const done = await desk.try({ t: "back_to_bot", item: item.id, note: note.trim() });
    setBusy(false);
    if (done) show(null);
  };
  return (
    <Window title={say("backTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {say("backNote")}
          <textarea rows={4} value={note} maxLength={1000} autoFocus onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <Foot label={say("backDo")} isOff={isBusy} />
      </form>
    </Window>
  );
}

export function TakeOverWindow() {
  const { desk, say, show } = useScreen();
  const item = useItem();
  if (!item) return null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await desk.try({ t: "take_over", item: item.id })) show(null);
  };
  return (
    <Window title={say("takeOverTitle")}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          <b>{nameOf(item, say)}</b>
        </p>
        <p class="limit">{say("takeOverHint", { name: colleague(item.agent) })}</p>
        <Foot label={say("takeOver")} isOff={false} />
      </form>
    </Window>
  );
}

export function KeysWindow() {
  const { hasKeys, say, setKeys } = useScreen();
  return (
    <Window title={say("keysTitle")}>
      <dl class="sheet">
        {SHEET.map(([keys, does]) => (
          <div key={does}>
            <dt>{say(does)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label class="switch">
        <input type="checkbox" checked={hasKeys} onChange={(event) => setKeys(event.currentTarget.checked)} />
        {say("keysSwitch")}
      </label>
      <p class="limit">{say("keysHint")}</p>
    </Window>
  );
}

function Foot({ label, isOff }: { label: string; isOff: boolean }) {
  const { say, show } = useScreen();
  return (
    <footer>
      <button type="button" class="secondary" onClick={() => show(null)}>
        {say("cancel")}
      </button>
      <button type="submit" class="primary" disabled={isOff}>
        {label}
      </button>
    </footer>
  );
}
