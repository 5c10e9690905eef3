/** The studio's page: one state, one screen, and the browser around it. */

import { render } from "preact";

import { Drawer } from "../shared/drawer.ts";
import { preferred } from "../shared/staff/texts.ts";
import { wear, Wishes } from "../shared/staff/wishes.ts";
import { Api } from "./api.ts";
import { Studio } from "./studio.ts";
import { App } from "./view/App.tsx";
import { type Open, setScreen } from "./view/screen.ts";

const root = document.getElementById("screen") as HTMLElement;
const wishes = new Wishes(new Drawer(localStorage, "guitai.studio."));

let language = wishes.language ?? preferred(navigator.languages);
let open: Open | null = null;
let isDue = false;

const studio = new Studio({
  api: new Api(() => language),
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
    theme: wishes.theme,
    open,
    speak(next) {
      language = next;
      wishes.language = next;
      redraw();
    },
    setTheme(theme) {
      wishes.theme = theme;
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

wear(wishes.theme);
addEventListener("popstate", () => studio.arrived(location.hash));
addEventListener("hashchange", () => studio.arrived(location.hash));
addEventListener("beforeunload", (event) => studio.editing?.isUnsaved && event.preventDefault());
addEventListener("pageshow", (event) => event.persisted && location.reload());
draw();
void studio.start(location.hash);
