import { useEffect, useRef } from "preact/hooks";

import { useTalk } from "./talk.ts";

const EMOJI = [..."😀😄😅😂🙂😉😊😍😘😎🤔😐😴😢😭😡👍👎👌🙏👏💪🤝👋🎉🎁🌹☕🧧🍎📦🚚🏠📱💻🎧👕👟💳🧾✅❌❓❗💯✨🔥🌈"];
const COLUMNS = 8;

export function Emoji({ pick, close }: { pick: (emoji: string) => void; close: () => void }) {
  const { say } = useTalk();
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => grid.current?.querySelector("button")?.focus(), []);
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    const buttons = [...(grid.current?.children ?? [])] as HTMLElement[];
    const at = buttons.indexOf(event.target as HTMLElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    buttons[at + step]?.focus();
  };
  return (
    <div class="emoji" role="group" aria-label={say("emoji")} ref={grid} onKeyDown={keyed}>
      {EMOJI.map((emoji, at) => (
        <button type="button" key={emoji} tabIndex={at === 0 ? 0 : -1} onClick={() => pick(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
