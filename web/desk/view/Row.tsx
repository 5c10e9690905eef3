import { useEffect, useRef } from "preact/hooks";

import type { Item } from "../../shared/desk.ts";
import type { Language } from "../../shared/protocol.ts";
import { channelIcon, Icon } from "../../shared/staff/icons.tsx";
import { moment } from "../../shared/staff/time.ts";
import { sentence } from "../format.ts";
import { word } from "../words.ts";
import { colleague, nameOf, useScreen } from "./screen.ts";
import { Ticking } from "./Ticking.tsx";

/** One conversation on the left: who, how long, what was said last, and why it is here. */
export function Row({ item }: { item: Item }) {
  const { desk, language, say } = useScreen();
  const isOpen = desk.open === item.conversation;
  const isMine = item.agent?.id === desk.state.me?.id;
  const name = nameOf(item, say);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  const hasUnread = item.unread > 0 && !isOpen;
  return (
    <li ref={row} class={`row ${item.priority}${isOpen ? " open" : ""}${hasUnread ? " unread" : ""}`} data-item={item.id}>
      <button type="button" aria-current={isOpen ? "true" : undefined} onClick={() => desk.show(item.conversation)}>
        <span class="avatar" title={word("channel", item.channel, language)}>
          {[...name][0]}
          <i class="channel">
            <Icon name={channelIcon(item.channel)} size={12} />
          </i>
        </span>
        <span class="row-head">
          <b class="row-name">{name}</b>
          {item.vip && <span class="chip vip">{say("vip")}</span>}
          <When item={item} />
        </span>
        <span class="row-last">
          <span class="row-text">{lastWords(item, language, say)}</span>
          {hasUnread && (
            <span class="badge" aria-label={say("unread", { count: item.unread })}>
              {item.unread > 99 ? "99+" : item.unread}
            </span>
          )}
        </span>
        <span class="row-why">
          {item.priority !== "normal" && <span class={`chip ${item.priority}`}>{word("priority", item.priority, language)}</span>}
          <span class="chip">{word("reason", item.reason, language)}</span>
          <span class="lang" lang={item.language}>
            {item.language === "zh" ? "中" : "EN"}
          </span>
          {item.agent && !isMine && <span class="with">{colleague(item.agent)}</span>}
          {item.state === "waiting" && item.place != null && <span class="place">{say("place", { place: item.place })}</span>}
          <span class="unseen">{word("channel", item.channel, language)}</span>
        </span>
      </button>
    </li>
  );
}

function When({ item }: { item: Item }) {
  const { desk, language } = useScreen();
  const hasDeadline = item.state === "waiting" || item.first_due !== null || item.next_due !== null;
  if (hasDeadline) return <Ticking item={item} />;
  const at = item.last?.at ?? item.since;
  return <time dateTime={at}>{moment(new Date(at), new Date(Date.now() + desk.state.aheadMs), language)}</time>;
}

function lastWords(item: Item, language: Language, say: ReturnType<typeof useScreen>["say"]): string {
  if (!item.last) return sentence(item.summary, language);
  const text = item.last.text || say("photo");
  if (item.last.who === "bot") return `${say("bot")}: ${text}`;
  if (item.last.who === "agent") return `${colleague(item.agent) || say("agent")}: ${text}`;
  return text;
}
