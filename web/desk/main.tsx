/** Puts the desk together: what is kept, the line, the screen, and the browser around it. */

import { render } from "preact";

import { allowSound, chime } from "../shared/sound.ts";
import { preferred } from "../shared/staff/texts.ts";
import { wear } from "../shared/staff/wishes.ts";
import { Api } from "./api.ts";
import { type Call, Desk } from "./desk.ts";
import { sentence } from "./format.ts";
import { Kept } from "./kept.ts";
import { lists } from "./lists.ts";
import { canNotify, mayNotify, notify } from "./notices.ts";
import { tell } from "./texts.ts";
import { App } from "./view/App.tsx";
import { type Dialog, NO_FILTER, setScreen } from "./view/screen.ts";
import { openDeskSocket } from "./wire.ts";

const root = document.getElementById("screen") as HTMLElement;
const kept = new Kept(localStorage);

let language = kept.language ?? preferred(navigator.languages);
let dialog: Dialog | null = null;
let filter = NO_FILTER;
let focus: { on: "reply" | "note"; wish: number } = { on: "reply", wish: 0 };
let isDue = false;

const desk = new Desk({
  api: new Api(() => language),
  kept,
  open: openDeskSocket(`${location.origin.replace(/^http/u, "ws")}/ws/desk`),
  language: () => language,
  changed: redraw,
  called,
});

/** A sound for whatever wants somebody; a notice only when the desk is not in front. */
function called(call: Call): void {
  if (kept.isOn("sound", true)) chime();
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  if (!kept.isOn("notify", false) || !mayNotify()) return;
  const title = tell(language, `call_${call.kind}`, { name: call.who || tell(language, "customer") });
  notify(title, sentence(call.text, language), call.conversation, () => desk.show(call.conversation));
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
  if (desk.phase !== "signed_in") dialog = null;
  setScreen({
    desk,
    language,
    theme: kept.theme,
    hasSound: kept.isOn("sound", true),
    hasNotices: kept.isOn("notify", false) && mayNotify(),
    hasKeys: kept.isOn("keys", true),
    dialog,
    filter,
    lists: lists(Object.values(desk.state.items), desk.state.me?.id ?? ""),
    focus,
    speak(next) {
      language = next;
      kept.language = next;
      void desk.fetchShelf();
      redraw();
    },
    setTheme(theme) {
      kept.theme = theme;
      wear(theme);
      redraw();
    },
    setSound(on) {
      kept.setOn("sound", on);
      if (on) chime();
      redraw();
    },
    setNotices(on) {
      void switchNotices(on);
    },
    setKeys(on) {
      kept.setOn("keys", on);
      redraw();
    },
    show(next) {
      dialog = next;
      redraw();
    },
    setFilter(next) {
      filter = next;
      redraw();
    },
    write(on) {
      focus = { on, wish: focus.wish + 1 };
      redraw();
    },
  });
  render(<App />, root);
}

async function switchNotices(on: boolean): Promise<void> {
  const allowed = !on || (await canNotify());
  kept.setOn("notify", on && allowed);
  if (!allowed) desk.toast("fault", { zh: tell("zh", "notifyRefused"), en: tell("en", "notifyRefused") });
  redraw();
}

wear(kept.theme);
allowSound();
addEventListener("online", () => desk.wake());
addEventListener("offline", () => desk.lost());
addEventListener("pagehide", () => desk.stop());
addEventListener("pageshow", (event) => event.persisted && location.reload());
for (const kind of ["focus", "blur", "visibilitychange"]) {
  addEventListener(kind, () => {
    const isWatched = document.visibilityState === "visible";
    if (isWatched) desk.wake();
    desk.watch(isWatched);
  });
}
draw();
void desk.start();
