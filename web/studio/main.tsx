/** The studio's page: one state, one screen, and the browser around it. */

import { render } from "preact";

import { preferred } from "../shared/staff/texts.ts";
import { wear } from "../shared/staff/wishes.ts";
import { Api } from "./api.ts";
import { Kept } from "./kept.ts";
import { Studio } from "./studio.ts";
import { App } from "./view/App.tsx";
import { type Open, setScreen } from "./view/screen.ts";

const root = document.getElementById("screen") as HTMLElement;
const kept = new Kept(localStorage);

let language = kept.language ?? preferred(navigator.languages);
let open: Open | null = null;
let isDue = false;

const studio = new Studio({
  api: new Api(() => language),
  kept,
  language: () => language,
  changed: redraw,
  go: (hash) => history.pushState(null, "", hash),
});

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
  if (studio.phase !== "signed_in") open = null;
  setScreen({
    studio,
    language,
    theme: kept.theme,
    open,
    speak(next) {
      language = next;
      kept.language = next;
      redraw();
    },
    setTheme(theme) {
      kept.theme = theme;
      wear(theme);
      redraw();
    },
    show(next) {
      open = next;
      redraw();
    },
  });
  render(<App />, root);
}

wear(kept.theme);
addEventListener("popstate", () => studio.arrived(location.hash));
addEventListener("hashchange", () => studio.arrived(location.hash));
addEventListener("beforeunload", (event) => studio.editing?.isUnsaved && event.preventDefault());
addEventListener("pageshow", (event) => event.persisted && location.reload());
draw();
void studio.start(location.hash);
