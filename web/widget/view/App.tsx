import { useEffect, useRef, useState } from "preact/hooks";

import type { Owner } from "../../shared/protocol.ts";
import { Composer } from "./Composer.tsx";
import { Header } from "./Header.tsx";
import { Leaving } from "./Leaving.tsx";
import { Log } from "./Log.tsx";
import { useTalk } from "./talk.ts";

const FOCUSABLE = "button:not(:disabled), a[href], textarea, input:not([hidden]), [tabindex='0']";

/** `shownAt` changes each time the panel is opened, so that focus goes where the customer writes. */
export function App({ shownAt }: { shownAt: number }) {
  const { session, language, isModal, say, close } = useTalk();
  const { chat } = session;
  const root = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [isLeaving, setLeaving] = useState(false);
  const [isDragging, setDragging] = useState(false);
  const [isRating, setRating] = useRatingAtTheEnd(chat.status.owner);

  useEffect(() => {
    if (shownAt > 0) field.current?.focus();
  }, [shownAt]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = say("title");
  }, [language]);

  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab" && isModal) keepInside(event, root.current);
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    void session.attach(event.dataTransfer?.files ?? []);
  };
  const dragged = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setDragging(true);
  };

  return (
    <div
      class="widget"
      ref={root}
      role="dialog"
      aria-modal={isModal}
      aria-labelledby="title"
      onKeyDown={keyed}
      onDragOver={dragged}
      onDragLeave={(event) => event.relatedTarget === null && setDragging(false)}
      onDrop={dropped}
    >
      <Header rate={() => setRating(true)} leave={() => setLeaving(true)} />
      {chat.reach === "offline" && (
        <p class="notice" role="status">
          {say("offline")}
        </p>
      )}
      {chat.notice && (
        <p class="notice" role="alert">
          {chat.notice[language]}
          <button type="button" class="link" onClick={() => session.noticed()}>
            ✕
          </button>
        </p>
      )}
      <Log isRating={isRating} rated={() => setRating(false)} />
      <Composer field={field} />
      {isDragging && <div class="drop">{say("drop")}</div>}
      {isLeaving && <Leaving done={() => setLeaving(false)} />}
    </div>
  );
}

/** The customer is asked how it was once a person's help, or the talk, is over. */
function useRatingAtTheEnd(owner: Owner): [boolean, (isRating: boolean) => void] {
  const [isRating, setRating] = useState(false);
  const before = useRef<Owner | null>(null);
  useEffect(() => {
    const hasEnded = before.current === "agent" ? owner !== "agent" : owner === "closed" && before.current !== null;
    before.current = owner;
    if (hasEnded) setRating(true);
  }, [owner]);
  return [isRating, setRating];
}

function keepInside(event: KeyboardEvent, root: HTMLElement | null): void {
  const all = [...(root?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].filter((one) => one.tabIndex >= 0);
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (document.activeElement !== edge && root?.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}
