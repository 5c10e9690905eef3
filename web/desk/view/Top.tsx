import type { Presence } from "../../shared/desk.ts";
import { Icon } from "../../shared/staff/icons.tsx";
import { type Entry, Menu } from "../../shared/staff/Menu.tsx";
import { THEMES } from "../../shared/staff/wishes.ts";
import { stopwatch } from "../../shared/staff/time.ts";
import { colleague, useScreen } from "./screen.ts";
import { useNow } from "./Ticking.tsx";

const STATUSES: readonly Presence[] = ["online", "away", "offline"];

export function Top() {
  const { say, show } = useScreen();
  return (
    <header class="top">
      <div class="brand">
        <span class="sign" aria-hidden="true">
          柜
        </span>
        <h1>
          {say("product")} <small>{say("title")}</small>
        </h1>
      </div>
      <Figures />
      <button type="button" class="search-button" aria-label={say("search")} onClick={() => show("search")}>
        <Icon name="search" size={16} /> <span>{say("searchShort")}</span> <kbd>Ctrl K</kbd>
      </button>
      <Team />
      <Status />
      <Mine />
    </header>
  );
}

function Figures() {
  const { desk, lists, say } = useScreen();
  const now = useNow();
  const { figures } = desk;
  const first = lists.queue.reduce((least, item) => Math.min(least, Date.parse(item.since)), Number.POSITIVE_INFINITY);
  const count = lists.queue.length;
  return (
    <p class="figures">
      <span>
        <b>{say("waiting", { count })}</b>
      </span>
      {count > 0 && <span>{say("longest", { time: stopwatch(now - first) })}</span>}
      {count > 0 && figures?.minutes != null && <span>{say("expected", { minutes: Math.round(figures.minutes) })}</span>}
      {figures != null && <span>{say("handled", { count: figures.handled_today ?? 0 })}</span>}
    </p>
  );
}

function Team() {
  const { desk, say } = useScreen();
  const agents = Object.values(desk.state.agents).sort(
    (one, other) => STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status) || one.name.localeCompare(other.name),
  );
  const entries: Entry[] = agents.map((agent) => ({
    label: colleague(agent),
    hint: `${say(`status_${agent.status}`)} · ${say("load", { load: agent.load, capacity: agent.capacity })}`,
    tone: agent.status,
    press: () => undefined,
  }));
  const online = agents.filter((agent) => agent.status === "online").length;
  return (
    <Menu label={say("team")} entries={entries} class="quiet-button" hasWords>
      <Icon name="people" /> {say("teamOnline", { count: online })}
    </Menu>
  );
}

function Status() {
  const { desk, say } = useScreen();
  const { me, agents } = desk.state;
  const agent = me ? agents[me.id] : undefined;
  const status = agent?.status ?? "offline";
  const hints = { online: "statusOnline_hint", away: "statusAway_hint", offline: "statusOffline_hint" } as const;
  const entries: Entry[] = STATUSES.map((each) => ({
    label: say(`status_${each}`),
    hint: say(hints[each]),
    tone: each,
    checked: status === each,
    press: () => void desk.setStatus(each),
  }));
  return (
    <Menu label={say("statusLabel")} entries={entries} class="status-button" hasWords>
      <i class={`dot ${status}`} /> {say(`status_${status}`)}
      {agent && <small>{say("load", { load: agent.load, capacity: agent.capacity })}</small>}
      <Icon name="down" size={14} />
    </Menu>
  );
}

function Mine() {
  const { desk, language, theme, hasSound, hasNotices, say, speak, setTheme, setSound, setNotices, show } = useScreen();
  const { me } = desk.state;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const name = me?.shown_as[language] ?? me?.name ?? "";
  const entries: Entry[] = [
    { label: say(hasNotices ? "notifyOff" : "notifyOn"), icon: hasNotices ? "bell" : "bellOff", press: () => setNotices(!hasNotices) },
    { label: say(hasSound ? "soundOff" : "soundOn"), icon: hasSound ? "sound" : "silent", press: () => setSound(!hasSound) },
    { label: say(`theme_${theme}`), icon: "moon", press: () => setTheme(next) },
    { label: say("language"), icon: "globe", press: () => speak(language === "zh" ? "en" : "zh") },
    "rule",
    { label: say("cannedManage"), icon: "slash", press: () => show("canned") },
    { label: say("keys"), icon: "keyboard", press: () => show("keys") },
    "rule",
    { label: say("signOut"), icon: "leave", press: () => void desk.signOut() },
  ];
  return (
    <Menu label={say("menu")} entries={entries} class="me-button">
      <span class="avatar">{[...name][0]}</span> <span class="me-name">{name}</span>
    </Menu>
  );
}
