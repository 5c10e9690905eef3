/** Puts the widget together: storage, session, screen, and the page around it. */

import { render } from "preact";

import type { ToWidget } from "../shared/bridge.ts";
import type { Language } from "../shared/protocol.ts";
import { lazily } from "./connection.ts";
import { connectPage } from "./page.ts";
import { Session } from "./session.ts";
import { openSocket } from "./socket.ts";
import { allowSound, chime } from "../shared/sound.ts";
import { Kept, openStore } from "./storage.ts";
import { chosen } from "./texts.ts";
import { paint } from "./theme.ts";
import { App } from "./view/App.tsx";
import { setTalk } from "./view/talk.ts";

const look = new URLSearchParams(location.hash.slice(1));
const kept = new Kept(openStore());
const root = document.getElementById("widget") as HTMLElement;

let language: Language = kept.language ?? chosen(look.get("lang"), navigator.languages);
let isShown = parent === window;
let isModal = false;
let shownAt = 0;
let isDue = false;

const session = new Session({
  base: "",
  kept,
  open: {
    socket: (hello, heard) => openSocket(`${location.origin.replace(/^http/u, "ws")}/ws/web`, hello, heard),
    stream: lazily(() => import("./stream.ts").then(({ openStream }) => openStream.bind(null, "", () => session.proof))),
  },
  language: () => language,
  changed: redraw,
  arrived: () => kept.sound && chime(),
});
const page = connectPage(look.get("origin"), heard);

function heard(message: ToWidget): void {
  switch (message.guitai) {
    case "shown":
      isModal = message.modal;
      if (message.focus && !isShown) shownAt += 1;
      shown(true);
      return;
    case "hidden":
      shown(false);
      return;
    case "identify":
      session.identify(message.token);
      return;
    case "logout":
      session.logout();
      return;
    case "lang":
      kept.language = null;
      spoken(chosen(message.lang, []));
      return;
    case "say":
      session.say(message.text);
  }
}

function shown(now: boolean): void {
  isShown = now;
  watch();
  redraw();
}

function watch(): void {
  session.watch(isShown && document.visibilityState === "visible");
}

function spoken(next: Language): void {
  language = next;
  redraw();
}

/** Several changes in one moment are drawn once. */
function redraw(): void {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
}

function draw(): void {
  const { chat } = session;
  page?.tell({ guitai: "unread", count: session.unread, talked: chat.lines.length + chat.pending.length > 0 });
  setTalk({
    session,
    language,
    hasSound: kept.sound,
    isModal,
    isEmbedded: page !== null,
    speak(next) {
      kept.language = next;
      page?.tell({ guitai: "lang", lang: next });
      spoken(next);
    },
    setSound(on) {
      kept.sound = on;
      redraw();
    },
    close: () => page?.tell({ guitai: "close" }),
  });
  render(<App shownAt={shownAt} />, root);
}

paint(document.documentElement, { color: look.get("color"), theme: look.get("theme") });
allowSound();
addEventListener("online", () => session.wake());
addEventListener("offline", () => session.lost());
addEventListener("storage", (event) => session.keptElsewhere(event.key, event.newValue));
addEventListener("pagehide", () => session.stop());
addEventListener("pageshow", (event) => event.persisted && session.start());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") session.wake();
  watch();
});
session.start();
watch();
draw();
page?.tell({ guitai: "ready" });
