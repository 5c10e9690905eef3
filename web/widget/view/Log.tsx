import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { hasOlder, newest } from "../chat.ts";
import { liveButtons, places } from "../groups.ts";
import { day } from "../time.ts";
import { Bubble, PendingBubble } from "./Bubble.tsx";
import { UploadView } from "./Files.tsx";
import { Greeting } from "./Greeting.tsx";
import { Icon } from "./icons.tsx";
import { Rating } from "./Rating.tsx";
import { useTalk } from "./talk.ts";

const NEAR_PIXELS = 80;

export function Log({ isRating, rated }: { isRating: boolean; rated: () => void }) {
  const { session, language, say } = useTalk();
  const { chat, uploads } = session;
  const frame = useRef<HTMLDivElement>(null);
  const { isBehind, follow, scrolled } = useFollowing(frame);
  const live = chat.pending.length > 0 ? Number.POSITIVE_INFINITY : liveButtons(chat.lines);
  return (
    <div class="log-frame" ref={frame} onScroll={scrolled} tabIndex={0}>
      {hasOlder(chat) && (
        <button type="button" class="link older" disabled={session.isLoadingOlder} onClick={() => session.older()}>
          {say(session.isLoadingOlder ? "loadingOlder" : "older")}
        </button>
      )}
      <Greeting />
      <div class="log" role="log" aria-live="polite" aria-relevant="additions" aria-label={say("log")}>
        <ol>
          {places(chat.lines).map((place) => [
            place.opensDay && (
              <li class="day" key={`day-${place.line.seq}`}>
                {day(new Date(place.line.at), new Date(), language)}
              </li>
            ),
            <Bubble key={place.line.seq} place={place} isLive={place.line.seq > live} />,
          ])}
          {chat.pending.map((pending) => (
            <PendingBubble key={pending.frame.id} pending={pending} />
          ))}
          {uploads.map((upload) => (
            <UploadView key={upload.id} upload={upload} />
          ))}
        </ol>
      </div>
      {chat.typing && (
        <p class="typing" role="status">
          <span class="unseen">
            {chat.typing === "agent" ? (chat.status.agent ?? say("agent")) : say("bot")} {say("typing")}
          </span>
          <i /> <i /> <i />
        </p>
      )}
      {isRating && <Rating done={rated} />}
      {isBehind && (
        <button type="button" class="to-end" onClick={follow}>
          <Icon name="below" size={16} /> {say("newBelow")}
        </button>
      )}
    </div>
  );
}

/** Keeps the end in view while the customer is there, and their place while they read further up. */
function useFollowing(frame: { current: HTMLDivElement | null }) {
  const { session } = useTalk();
  const { chat, uploads } = session;
  const isAtEnd = useRef(true);
  const height = useRef(0);
  const [isBehind, setBehind] = useState(false);
  const first = chat.lines[0]?.seq ?? 0;
  const end = `${newest(chat)} ${chat.pending.length} ${uploads.length} ${chat.typing} ${chat.status.owner}`;
  const mine = chat.pending.length + uploads.length;

  const follow = () => {
    const box = frame.current;
    if (box) box.scrollTop = box.scrollHeight;
    isAtEnd.current = true;
    setBehind(false);
  };
  useLayoutEffect(() => {
    const box = frame.current;
    if (box && !isAtEnd.current) box.scrollTop += box.scrollHeight - height.current; // older lines came above
  }, [first]);
  useLayoutEffect(() => {
    if (isAtEnd.current) follow();
    else setBehind(newest(chat) > 0);
  }, [end]);
  useLayoutEffect(() => {
    if (mine > 0) follow();
  }, [mine]);
  useLayoutEffect(() => {
    height.current = frame.current?.scrollHeight ?? 0;
  });
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const watcher = new ResizeObserver(() => isAtEnd.current && follow()); // a keyboard came, a picture loaded
    watcher.observe(box);
    for (const child of box.children) watcher.observe(child);
    return () => watcher.disconnect();
  }, []);

  const scrolled = () => {
    const box = frame.current;
    if (!box) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PIXELS;
    if (isAtEnd.current) setBehind(false);
    if (box.scrollTop < NEAR_PIXELS && box.scrollHeight > box.clientHeight) session.older();
  };
  return { isBehind, follow, scrolled };
}
