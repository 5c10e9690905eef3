import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Emoji } from "./Emoji.tsx";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";

const MOST_PIXELS = 128;
const WARN_FROM = 0.9;

export function Composer({ field }: { field: { current: HTMLTextAreaElement | null } }) {
  const { session, say } = useTalk();
  const { config } = session.chat;
  const [text, setText] = useState("");
  const [isPicking, setPicking] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const most = config?.max_text ?? 2000;
  const length = [...text].length;
  const canSend = text.trim() !== "" && length <= most;

  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, MOST_PIXELS)}px`;
  }, [text]);

  const send = () => {
    if (!canSend) return;
    session.say(text.trim());
    setText("");
    setPicking(false);
    field.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    // Enter that ends the choosing of a Chinese character sends nothing
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const pasted = (event: ClipboardEvent) => {
    const given = event.clipboardData?.files;
    if (!given?.length) return;
    event.preventDefault();
    void session.attach(given);
  };
  const insert = (emoji: string) => {
    const box = field.current;
    const at = box?.selectionStart ?? text.length;
    setText(text.slice(0, at) + emoji + text.slice(box?.selectionEnd ?? at));
    box?.focus();
  };

  return (
    <div class="composer">
      {isPicking && <Emoji pick={insert} close={() => setPicking(false)} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={say("placeholder")}
          aria-label={say("message")}
          aria-describedby={length > most ? "too-long" : undefined}
          aria-invalid={length > most}
          enterkeyhint="send"
          autoComplete="off"
          onInput={(event) => {
            setText(event.currentTarget.value);
            session.typed();
          }}
          onKeyDown={keyed}
          onPaste={pasted}
        />
        <button type="submit" class="send" disabled={!canSend} aria-label={say("send")} title={say("send")}>
          <Icon name="send" />
        </button>
      </form>
      <div class="tools">
        <input
          ref={files}
          type="file"
          multiple
          hidden
          accept={config?.files.types.join(",")}
          onChange={(event) => {
            void session.attach(event.currentTarget.files ?? []);
            event.currentTarget.value = "";
          }}
        />
        <Tool icon="attach" label={say("attach")} press={() => files.current?.click()} isOff={config === null} />
        <Tool icon="emoji" label={say("emoji")} press={() => setPicking(!isPicking)} isOpen={isPicking} />
        <Person />
        {length > most * WARN_FROM && (
          <small id="too-long" class={length > most ? "count over" : "count"} role="status">
            {length > most ? say("tooLong", { most, over: length - most }) : `${length} / ${most}`}
          </small>
        )}
      </div>
    </div>
  );
}

function Tool(props: { icon: "attach" | "emoji"; label: string; press: () => void; isOpen?: boolean; isOff?: boolean }) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      aria-expanded={props.isOpen}
      disabled={props.isOff ?? false}
      onClick={props.press}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** A person is one press away for as long as none is there or on the way. */
function Person() {
  const { session, say } = useTalk();
  const { owner } = session.chat.status;
  if (owner === "queue" || owner === "agent") return null;
  return (
    <button type="button" class="person" onClick={() => session.say(say("personSaid"))}>
      <Icon name="person" size={17} /> {say("person")}
    </button>
  );
}
