import { useState } from "preact/hooks";

import type { Item } from "../../shared/desk.ts";
import { channelIcon, Icon } from "../../shared/staff/icons.tsx";
import { type Entry, Menu } from "../../shared/staff/Menu.tsx";
import { packetAddress } from "../api.ts";
import { channelNow } from "../groups.ts";
import { itemOf, talkOf } from "../state.ts";
import { word } from "../words.ts";
import { Composer } from "./Composer.tsx";
import { Log } from "./Log.tsx";
import { colleague, nameOf, type Say, useScreen } from "./screen.ts";
import { Ticking } from "./Ticking.tsx";

/** The middle: the open conversation, and what is written into it. */
export function Talk() {
  const { desk, say } = useScreen();
  const { open } = desk;
  const [dropped, setDropped] = useState<{ files: File[]; at: number }>({ files: [], at: 0 });
  const [isOver, setOver] = useState(false);
  if (open === null) {
    return (
      <main class="talk nothing">
        <Icon name="inbox" size={40} />
        <h2>{say("nothingOpen")}</h2>
        <p>{say("nothingOpenHint")}</p>
      </main>
    );
  }
  const talk = talkOf(desk.state, open);
  return (
    <main
      class="talk"
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        setDropped({ files: [...(event.dataTransfer?.files ?? [])], at: Date.now() });
      }}
    >
      <Head conversation={open} />
      <Collision conversation={open} />
      {talk.state === "failed" ? (
        <div class="talk nothing">
          <p>{say("loadFailed")}</p>
          <button type="button" class="secondary" onClick={() => void desk.fetch(open)}>
            {say("again")}
          </button>
        </div>
      ) : (
        <Log key={open} conversation={open} />
      )}
      <Composer key={`write-${open}`} conversation={open} dropped={dropped} />
      {isOver && <div class="drop">{say("drop")}</div>}
    </main>
  );
}

function Head({ conversation }: { conversation: string }) {
  const { desk, language, say, show } = useScreen();
  const item = itemOf(desk.state, conversation);
  const { opened, lines } = talkOf(desk.state, conversation);
  const channel = channelNow(lines) ?? opened?.conversation.channel ?? item?.channel ?? "";
  const customer = { name: item?.customer.name ?? opened?.customer.name ?? null, tier: null, known_by: "" };
  const isMine = item?.state === "assigned" && item.agent?.id === desk.state.me?.id;
  return (
    <header class="talk-head">
      <div class="talk-who">
        <h2>{nameOf({ customer, conversation }, say)}</h2>
        <p>
          <Owner conversation={conversation} item={item} />
          <span class="channel-name">
            <Icon name={channelIcon(channel)} size={14} /> {word("channel", channel, language)}
          </span>
          <span class="lang">{(item?.language ?? opened?.conversation.language) === "en" ? "EN" : "中"}</span>
          {item && item.state !== "closed" && <Ticking item={item} />}
        </p>
      </div>
      <div class="talk-do">
        {item?.state === "waiting" && (
          <button type="button" class="primary" onClick={() => void desk.claim(item)}>
            <Icon name="hand" size={16} /> {say("claim")} <kbd>C</kbd>
          </button>
        )}
        {item && (isMine || (desk.isSupervisor && item.state !== "closed")) && (
          <button type="button" class="secondary" onClick={() => show("transfer")}>
            <Icon name="transfer" size={16} /> {say("transfer")}
          </button>
        )}
        {isMine && (
          <button type="button" class="primary" onClick={() => show("close")}>
            <Icon name="done" size={16} /> {say("close")}
          </button>
        )}
        <Menu label={say("more")} entries={entries(conversation, item, isMine)}>
          <Icon name="more" />
        </Menu>
      </div>
    </header>
  );

  function entries(of: string, item: Item | null, isMine: boolean): Entry[] {
    const found: Entry[] = [];
    if (item?.state === "assigned" && !isMine && desk.isSupervisor) {
      found.push({ label: say("join"), icon: "people", press: () => void desk.join(item) });
      found.push({ label: say("takeOver"), icon: "hand", press: () => show("take_over") });
    }
    if (item && item.state !== "closed" && (isMine || desk.isSupervisor)) {
      found.push({ label: say("backToBot"), icon: "bot", press: () => show("back") });
    }
    if (found.length > 0) found.push("rule");
    found.push({ label: say("packetExport"), icon: "download", press: () => download(packetAddress(of), `${item?.id ?? of}.json`) });
    return found;
  }
}

function Owner({ conversation, item }: { conversation: string; item: Item | null }) {
  const { desk, say } = useScreen();
  const owner = item?.state ?? talkOf(desk.state, conversation).opened?.conversation.owner ?? "bot";
  const tone = { waiting: "away", queue: "away", assigned: "online", agent: "online", closed: "offline", bot: "offline" }[owner];
  return (
    <span class="owner">
      <i class={`dot ${tone}`} />
      {ownerWords(owner, item, desk.state.me?.id ?? "", say)}
    </span>
  );
}

function ownerWords(owner: string, item: Item | null, me: string, say: Say): string {
  if (owner === "closed") return say("ownerClosed");
  if (owner === "bot") return say("ownerBot");
  if (item?.agent && item.state === "assigned") return item.agent.id === me ? say("ownerMe") : say("ownerAgent", { name: colleague(item.agent) });
  return item?.place != null ? say("ownerQueuePlace", { place: item.place }) : say("ownerQueue");
}

/** Two people never answer the same customer without knowing of each other. */
function Collision({ conversation }: { conversation: string }) {
  const { desk, language, say } = useScreen();
  const others = talkOf(desk.state, conversation).looking.filter((one) => one.id !== desk.state.me?.id);
  if (others.length === 0) return null;
  const writing = others.filter((one) => one.typing);
  const list = (writing.length > 0 ? writing : others).map(colleague);
  const joined = new Intl.ListFormat(language === "zh" ? "zh-CN" : "en").format(list);
  const verb = language === "en" ? ` ${list.length > 1 ? "are" : "is"}` : "";
  return (
    <p class={writing.length > 0 ? "collision writing" : "collision"} role="status">
      <Icon name={writing.length > 0 ? "alert" : "eye"} size={15} />
      {say(writing.length > 0 ? "alsoTyping" : "alsoLooking", { names: joined + verb })}
    </p>
  );
}

function download(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
