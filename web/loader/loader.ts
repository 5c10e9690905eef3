/**
 * The one line a shop pastes: draws the button, opens the widget in a frame, and offers `window.Guitai`.
 *
 * `<script src="https://…/widget.js" data-lang="zh" data-color="#b5472f" async></script>`
 */

import type { ToPage, ToWidget } from "../shared/bridge.ts";
import type { Language } from "../shared/protocol.ts";
import STYLE from "./launcher.css";

type Call = [name: string, value?: string];
type Api = { (...call: Call): void; q?: ArrayLike<string | undefined>[]; isHere?: boolean };

const COVERS = "(max-width: 520px), (max-height: 460px)";
const TALK = "M20 11.5a7.5 7.5 0 0 1-11 6.6L4.5 19.5 6 15.2A7.5 7.5 0 1 1 20 11.5zM9.5 10.5h6M9.5 13.5h3.5";
const SHUT = "M6 9l6 6 6-6";
const TEASER_MS = 4000;
const BRAND = "#b5472f";
const WORDS = {
  zh: { open: "打开在线客服", close: "收起在线客服", hello: "您好，需要帮忙吗？", away: "不用了" },
  en: { open: "Open chat", close: "Close chat", hello: "Hello, can we help?", away: "No, thanks" },
};

const script = document.currentScript as HTMLScriptElement;
const waiting = (window as { Guitai?: Api }).Guitai;

if (!waiting?.isHere) {
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}

function begin(): void {
  const { origin } = new URL(script.src);
  const options = script.dataset;
  let lang = options.lang ?? (document.documentElement.lang || navigator.language);
  let frame: HTMLIFrameElement | null = null;
  let isReady = false;
  let isOpen = false;
  let takesFocus = true;
  let token: string | null = null;
  let held: ToWidget[] = [];
  let unread = 0;
  let marked = "";
  let scrolling = "";

  const host = document.createElement("div");
  host.id = "guitai";
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  const colour = /^#[\da-f]{6}$/i.test(options.color ?? "") ? (options.color as string) : BRAND;
  host.style.setProperty("--brand", colour);
  host.style.setProperty("--on", isBright(colour) ? "#171b21" : "#fff");
  const box = shadow.appendChild(document.createElement("div"));
  const launcher = button("launcher", () => (isOpen ? close() : open()));
  const picture = shape(TALK);
  const badge = document.createElement("b");
  launcher.append(picture, badge);
  box.append(launcher);
  document.body.append(host);
  const covering = matchMedia(COVERS);

  function words() {
    return WORDS[spoken(lang)];
  }

  function draw(): void {
    box.className = `${isOpen ? "open" : ""} ${options.position === "left" ? "left" : ""} ${options.theme ?? "auto"}`;
    launcher.title = isOpen ? words().close : words().open;
    launcher.setAttribute("aria-label", launcher.title + (unread ? ` (${unread})` : ""));
    launcher.setAttribute("aria-expanded", String(isOpen));
    picture.firstElementChild?.setAttribute("d", isOpen ? SHUT : TALK);
    badge.hidden = isOpen || unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    if (frame) {
      frame.hidden = !isOpen;
      frame.title = words().open;
    }
    mark();
  }

  /** "(2) " before the page's title, whatever the title becomes meanwhile. */
  function mark(): void {
    const plain = marked && document.title.startsWith(marked) ? document.title.slice(marked.length) : document.title;
    marked = unread ? `(${unread}) ` : "";
    if (document.title !== marked + plain) document.title = marked + plain;
  }

  function load(): void {
    if (frame) return;
    const look = new URLSearchParams({ origin: location.origin, lang });
    if (options.color) look.set("color", options.color);
    if (options.theme) look.set("theme", options.theme);
    frame = document.createElement("iframe");
    frame.src = `${origin}/web/widget#${look}`;
    frame.hidden = true;
    box.prepend(frame);
  }

  function open(focus = true): void {
    load();
    isOpen = true;
    takesFocus = focus;
    remember("sessionStorage", "open", "1");
    box.querySelector(".teaser")?.remove();
    draw();
    if (focus) frame?.focus();
    show();
    cover();
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    remember("sessionStorage", "open", null);
    draw();
    show();
    cover();
    launcher.focus();
  }

  /** On a phone the panel is the page: nothing scrolls behind it, and it ends where the keyboard begins. */
  function cover(): void {
    const { style } = document.documentElement;
    const covers = isOpen && covering.matches;
    if (covers && style.overflow !== "hidden") {
      scrolling = style.overflow;
      style.overflow = "hidden";
    } else if (!covers && style.overflow === "hidden") style.overflow = scrolling;
    const seen = visualViewport;
    if (!seen) return;
    host.style.setProperty("--height", `${seen.height}px`);
    host.style.setProperty("--top", `${seen.offsetTop}px`);
  }

  function show(): void {
    tell(isOpen ? { guitai: "shown", modal: covering.matches, focus: takesFocus } : { guitai: "hidden" });
  }

  function tell(message: ToWidget): void {
    if (isReady) frame?.contentWindow?.postMessage(message, origin);
    else if (message.guitai === "say") held.push(message);
  }

  function heard(event: MessageEvent<ToPage | null>): void {
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
    const said = event.data;
    if (said?.guitai === "ready") {
      isReady = true;
      if (token) tell({ guitai: "identify", token });
      show();
      held.forEach(tell);
      held = [];
    } else if (said?.guitai === "close") close();
    else if (said?.guitai === "lang") {
      lang = said.lang;
      draw();
    } else if (said?.guitai === "unread") {
      unread = Number(said.count) || 0;
      remember("localStorage", "talked", said.talked ? "1" : null);
      draw();
    }
  }

  function tease(): void {
    if (isOpen || options.greeting === "off" || remembered("sessionStorage", "teased")) return;
    remember("sessionStorage", "teased", "1");
    const teaser = document.createElement("div");
    teaser.className = "teaser";
    const hello = button("", () => open());
    hello.textContent = options.greeting || words().hello;
    const away = button("", () => teaser.remove());
    away.textContent = "✕";
    away.ariaLabel = words().away;
    teaser.append(hello, away);
    box.append(teaser);
  }

  function call(name?: string, value?: string): void {
    if (name === "open") open();
    else if (name === "close") close();
    else if (name === "identify" && value) {
      token = value;
      tell({ guitai: "identify", token });
    } else if (name === "logout") {
      token = null;
      if (!frame && remembered("localStorage", "talked")) load();
      if (isReady) tell({ guitai: "logout" });
      else if (frame) held.push({ guitai: "logout" });
    } else if (name === "lang" && value) {
      lang = value;
      tell({ guitai: "lang", lang: spoken(value) });
      draw();
    } else if (name === "say" && value) {
      open();
      tell({ guitai: "say", text: value });
    }
  }

  addEventListener("message", heard);
  covering.addEventListener("change", () => {
    show();
    cover();
  });
  visualViewport?.addEventListener("resize", cover);
  visualViewport?.addEventListener("scroll", cover);
  host.addEventListener("keydown", (event) => event.key === "Escape" && close());
  draw();
  const api: Api = (...given: Call) => call(...given);
  api.isHere = true;
  (window as { Guitai?: Api }).Guitai = api;
  for (const given of waiting?.q ?? []) call(given[0], given[1]);
  if (remembered("sessionStorage", "open") && !covering.matches) open(false);
  else if (remembered("localStorage", "talked")) load(); // there may be lines that were not read
  else setTimeout(tease, TEASER_MS);
}

function button(name: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.onclick = act;
  return made;
}

function shape(path: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  picture.appendChild(document.createElementNS(space, "path")).setAttribute("d", path);
  return picture;
}

function spoken(tag: string): Language {
  return /^zh/i.test(tag) ? "zh" : "en";
}

/** Whether a dark picture is seen better on a colour than a white one. */
function isBright(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return red * 0.3 + green * 0.59 + blue * 0.11 > 160;
}

type Store = "localStorage" | "sessionStorage";

/** What the page's own storage knows of us; a browser that blocks it remembers nothing. */
function remembered(store: Store, name: string): string | null {
  try {
    return window[store].getItem(`guitai.${name}`);
  } catch {
    return null;
  }
}

function remember(store: Store, name: string, value: string | null): void {
  try {
    if (value === null) window[store].removeItem(`guitai.${name}`);
    else window[store].setItem(`guitai.${name}`, value);
  } catch {
    // the panel simply is not opened again by itself
  }
}
