import { useEffect, useRef, useState } from "preact/hooks";

import { pick } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { useTalk } from "./talk.ts";

export function Header({ rate, leave }: { rate: () => void; leave: () => void }) {
  const { session, language, isEmbedded, say, close } = useTalk();
  const { config, customer, status } = session.chat;
  const shop = config ? pick(config.shop, language) : say("title");
  const isPerson = status.owner === "agent";
  return (
    <header class="top">
      <span class={isPerson ? "sign person" : "sign"} aria-hidden="true">
        {isPerson ? initial(status.agent) : [...shop][0]}
      </span>
      <div class="title">
        <h1 id="title">{shop}</h1>
        <State />
      </div>
      {customer && (
        <span class="signed" title={customer.name}>
          {customer.name}
        </span>
      )}
      <Menu rate={rate} leave={leave} />
      {isEmbedded && (
        <button type="button" class="icon-button" aria-label={say("close")} title={say("close")} onClick={close}>
          <Icon name="close" />
        </button>
      )}
    </header>
  );
}

/** Who answers, and how long it takes until somebody does. */
function State() {
  const { session, say } = useTalk();
  const { status, reach } = session.chat;
  return (
    <p class="state" role="status" data-owner={status.owner} data-reach={reach}>
      <i aria-hidden="true" />
      {reach === "connecting" && session.chat.config === null ? say("connecting") : <Owner />}
    </p>
  );
}

function Owner() {
  const { session, say } = useTalk();
  const { owner, place, wait_minutes: minutes, agent } = session.chat.status;
  if (owner === "agent") return <>{say("statusAgent", { name: agent || say("agent") })}</>;
  if (owner === "closed") return <>{say("statusClosed")}</>;
  if (owner === "bot") return <>{say("statusBot")}</>;
  if (!place) return <>{say("statusQueue")}</>;
  return (
    <>
      {say("statusPlace", { place })}
      {minutes ? say("statusWait", { minutes }) : ""}
    </>
  );
}

function Menu({ rate, leave }: { rate: () => void; leave: () => void }) {
  const { session, language, hasSound, speak, setSound, say } = useTalk();
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const shut = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    box.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [isOpen]);
  const keyed = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === "Tab") setOpen(false);
    if (event.key === "Escape") {
      event.stopPropagation();
      shut();
    }
    move(event, box.current);
  };
  const download = async () => {
    try {
      save(await session.transcript(), `${say("log")}.txt`);
      setFault("");
    } catch {
      setFault(say("transcriptFailed"));
    }
  };
  const items: [string, () => void, boolean?][] = [
    [say("language"), () => speak(language === "zh" ? "en" : "zh")],
    [say("sound"), () => setSound(!hasSound), hasSound],
    [say("transcript"), () => void download()],
    [say("rate"), rate],
    [say("logout"), leave],
  ];
  return (
    <div class="menu" ref={box} onKeyDown={keyed}>
      <button
        type="button"
        class="icon-button"
        ref={opener}
        aria-label={say("menu")}
        title={say("menu")}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen && (
        <div role="menu" aria-label={say("menu")}>
          {items.map(([label, act, isOn]) => (
            <button
              type="button"
              role={isOn === undefined ? "menuitem" : "menuitemcheckbox"}
              aria-checked={isOn}
              key={label}
              onClick={() => {
                shut();
                act();
              }}
            >
              {label} {isOn && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
      {fault && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

function move(event: KeyboardEvent, box: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !box) return;
  event.preventDefault();
  const items = [...box.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function initial(name: string | null | undefined): string {
  return [...(name ?? "")][0] ?? "·";
}
