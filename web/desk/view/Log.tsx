import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { channelsOf, places } from "../groups.ts";
import { itemOf, talkOf } from "../state.ts";
import { day } from "../../shared/staff/time.ts";
import { LineView, PendingView } from "./Line.tsx";
import { useScreen } from "./screen.ts";
import { useNow } from "./Ticking.tsx";

const NEAR_PIXELS = 90;

export function Log({ conversation }: { conversation: string }) {
  const { desk, language, say } = useScreen();
  const talk = talkOf(desk.state, conversation);
  const pending = desk.state.pending.filter((one) => one.frame.conversation === conversation);
  const handedAt = itemOf(desk.state, conversation)?.since;
  const { frame, isBehind, follow, scrolled } = useFollowing(talk.lines.at(-1)?.seq ?? 0, pending.length);
  // the same nodes are not compared again: typing a reply stays quick in a long talk
  const lines = useMemo(
    () => {
      const isOneOfMany = channelsOf(talk.lines).size > 1;
      return places(talk.lines).map((place) => [
        place.opensDay && (
          <li class="day" key={`day-${place.line.seq}`}>
            <span>{day(new Date(place.line.at), new Date(), language)}</span>
          </li>
        ),
        <LineView key={place.line.seq} place={place} isOneOfMany={isOneOfMany} isRead={place.line.read === true || place.line.seq <= talk.customerRead} />,
      ]);
    },
    [talk.lines, talk.customerRead, language, handedAt],
  );
  return (
    <div class="log-frame">
      <div class="log-scroll" ref={frame} onScroll={scrolled} tabIndex={0}>
        {talk.older && (
          <button type="button" class="link older" onClick={() => void desk.earlier(conversation)}>
            {say("older")}
          </button>
        )}
        <div role="log" aria-live="polite" aria-relevant="additions" aria-busy={talk.state === "loading"} aria-label={say("log")}>
          <ol class="log">
            {lines}
            {pending.map((one) => (
              <PendingView key={one.frame.client_id} pending={one} />
            ))}
          </ol>
        </div>
        <Typing conversation={conversation} />
      </div>
      {isBehind && (
        <button type="button" class="to-end" onClick={follow}>
          <Icon name="down" size={16} /> {say("newBelow")}
        </button>
      )}
    </div>
  );
}

function Typing({ conversation }: { conversation: string }) {
  const { desk, say } = useScreen();
  const { typing } = talkOf(desk.state, conversation);
  const { zh, en } = desk.state.me?.shown_as ?? { zh: "", en: "" };
  const isMe = (name: string | undefined) => name !== undefined && (name === zh || name === en);
  useNow();
  if (!typing || typing.until < Date.now() || isMe(typing.name)) return null;
  return (
    <p class="typing" role="status">
      <i /> <i /> <i />
      {typing.who === "customer" ? say("customerTyping") : say("agentTyping", { name: typing.name ?? say("agent") })}
      {typing.text && <q>{typing.text}</q>}
    </p>
  );
}

/** Stays at the end while the agent is there; earlier lines that come in above do not move what is being read. */
function useFollowing(end: number, mine: number) {
  const frame = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const height = useRef(0);
  const seen = useRef(0);
  const [isBehind, setBehind] = useState(false);
  const follow = () => {
    const box = frame.current;
    if (box) box.scrollTop = box.scrollHeight;
    isAtEnd.current = true;
    setBehind(false);
  };
  useLayoutEffect(() => {
    if (isAtEnd.current) follow();
    else if (end > seen.current) setBehind(true);
    seen.current = Math.max(seen.current, end);
  }, [end]);
  useLayoutEffect(() => {
    if (mine > 0) follow();
  }, [mine]);
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    if (!isAtEnd.current && box.scrollTop < NEAR_PIXELS && height.current > 0) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
  });
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const watcher = new ResizeObserver(() => isAtEnd.current && follow()); // a picture loaded, the field grew
    watcher.observe(box);
    for (const child of box.children) watcher.observe(child);
    return () => watcher.disconnect();
  }, []);
  const scrolled = () => {
    const box = frame.current;
    if (!box) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PIXELS;
    if (isAtEnd.current) setBehind(false);
  };
  return { frame, isBehind, follow, scrolled };
}
