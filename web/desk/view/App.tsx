import { useEffect, useLayoutEffect } from "preact/hooks";

import { Icon } from "../../shared/staff/icons.tsx";
import { SignIn } from "../../shared/staff/SignIn.tsx";
import { command, type Command } from "../keys.ts";
import { matches } from "../lists.ts";
import { itemOf } from "../state.ts";
import { CannedWindow } from "./CannedWindow.tsx";
import { BackWindow, CloseWindow, KeysWindow, TakeOverWindow, TransferWindow } from "./dialogs.tsx";
import { Lists } from "./Lists.tsx";
import { type Dialog, useScreen } from "./screen.ts";
import { SearchWindow } from "./Search.tsx";
import { Side } from "./Side.tsx";
import { Talk } from "./Talk.tsx";
import { Top } from "./Top.tsx";

const WINDOWS: Record<Dialog, () => preact.JSX.Element | null> = {
  transfer: TransferWindow,
  close: CloseWindow,
  back: BackWindow,
  take_over: TakeOverWindow,
  search: SearchWindow,
  keys: KeysWindow,
  canned: CannedWindow,
};
const SERVING = ["agent", "supervisor", "admin"];

export function App() {
  const { desk, dialog, language, say, speak } = useScreen();
  useTitle();
  useKeys();
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  if (desk.phase === "starting") return <p class="starting">{say("starting")}</p>;
  if (desk.phase === "signed_out") {
    const signIn = (name: string, password: string, totp: string) => desk.signIn(name, password, totp);
    return <SignIn title={say("signInTitle")} api={desk.api} language={language} signIn={signIn} speak={speak} />;
  }
  if (!desk.state.me?.roles.some((role) => SERVING.includes(role))) return <NotServing />;
  const Open = dialog && WINDOWS[dialog];
  return (
    <div class="desk">
      <Top />
      {desk.state.reach === "offline" && (
        <p class="line-down" role="alert">
          <Icon name="alert" size={16} /> {say("reconnecting")}
        </p>
      )}
      <div class="panes">
        <Lists />
        <Talk />
        <Side />
      </div>
      {Open && <Open key={dialog} />}
      <Toasts />
    </div>
  );
}

function NotServing() {
  const { desk, say } = useScreen();
  return (
    <main class="sign-in">
      <p>{say("notAnAgent")}</p>
      <button type="button" class="primary" onClick={() => void desk.signOut()}>
        {say("signOut")}
      </button>
    </main>
  );
}

function Toasts() {
  const { desk, language, say } = useScreen();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {desk.toasts.map(({ id, kind, text, conversation }) => (
        <p key={id} class={`toast ${kind}`}>
          <Icon name={kind === "good" ? "done" : "alert"} size={16} />
          <span>{text[language]}</span>
          {conversation && conversation !== desk.open && (
            <button
              type="button"
              class="link"
              onClick={() => {
                desk.show(conversation);
                desk.dismiss(id);
              }}
            >
              {say("open")}
            </button>
          )}
          <button type="button" class="icon-button tiny" aria-label={say("dismiss")} onClick={() => desk.dismiss(id)}>
            <Icon name="close" size={13} />
          </button>
        </p>
      ))}
    </div>
  );
}

/** Unread messages and people waiting show in the tab. */
function useTitle(): void {
  const { desk, lists, say } = useScreen();
  const unread = lists.mine.reduce((sum, item) => sum + item.unread, 0);
  const marks = [unread > 0 ? `(${unread})` : "", lists.queue.length > 0 ? `${say("waiting", { count: lists.queue.length })} ·` : ""];
  const title = desk.phase === "signed_in" ? [...marks, say("title")].filter(Boolean).join(" ") : say("signInTitle");
  useEffect(() => {
    document.title = `${title} · ${say("product")}`;
  }, [title]);
}

function useKeys(): void {
  const screen = useScreen();
  // at once: a key that follows a shortcut finds the window that it opened
  useLayoutEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isWriting = target.matches("input, textarea, select, [contenteditable]");
      const wish = command(event, isWriting, screen.hasKeys);
      if (wish === null || screen.dialog !== null || screen.desk.phase !== "signed_in") return;
      event.preventDefault();
      carryOut(wish);
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  });

  function carryOut(wish: Command): void {
    const { desk, lists, filter } = screen;
    const item = desk.open === null ? null : itemOf(desk.state, desk.open);
    const isMine = item?.state === "assigned" && item.agent?.id === desk.state.me?.id;
    switch (wish) {
      case "down":
      case "up": {
        const all = [...lists.mine, ...lists.queue, ...lists.others].filter((one) => matches(one, filter));
        const at = all.findIndex((one) => one.conversation === desk.open);
        const next = all[wish === "down" ? at + 1 : Math.max(0, at - 1)];
        if (next) desk.show(next.conversation);
        return;
      }
      case "next":
        void desk.pull();
        return;
      case "claim":
        if (item?.state === "waiting") void desk.claim(item);
        return;
      case "reply":
      case "note":
        if (desk.open !== null) screen.write(wish);
        return;
      case "transfer":
      case "close":
        if (isMine) screen.show(wish);
        return;
      case "search":
        screen.show("search");
        return;
      case "help":
        screen.show("keys");
    }
  }
}
