"""A page on which a developer chats with the bot as somebody on the pretended WeChat, and what to start it with."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.platforms import wechat as official
from tests.platforms import wechat_kf
from tests.platforms.wechat import Shown, WeChat
from tests.platforms.wechat_kf import WeCom

KINDS = ("official", "mini", "kf")
MENU = ("track_order", "return_item", "store_hours", "human")
_NAMES = {"official": "wechat", "mini": "wechat_mini", "kf": "wechat_kf"}


def pretended(kind: str, guitai: str) -> WeChat:
    """A platform that pushes to a Guitai at this address."""
    hook = f"{guitai.rstrip('/')}/webhooks/{_NAMES[kind]}/webhook"
    return WeCom(hook=hook) if kind == "kf" else WeChat(hook=hook, as_json=kind == "mini")


def settings_for(kind: str, wechat: WeChat) -> dict[str, str]:
    """What the Guitai is started with."""
    prefix = f"GUITAI_{_NAMES[kind].upper()}_"
    base = "GUITAI_WECHAT_KF_URL" if kind == "kf" else "GUITAI_WECHAT_URL"
    name = "CORP_ID" if kind == "kf" else "APP_ID"
    return {
        base: wechat.url,
        f"{prefix}{name}": wechat.app_id,
        f"{prefix}SECRET": wechat.secret,
        f"{prefix}TOKEN": wechat.token,
        f"{prefix}AES_KEY": wechat.key,
    }


def application(kind: str) -> Callable[[Any], web.Application]:
    """The platform's routes with the page at `/`."""
    routes = wechat_kf.application if kind == "kf" else official.application

    def made(wechat: Any) -> web.Application:
        whole = routes(wechat)
        _add_page(whole, wechat)
        return whole

    return made


def _add_page(whole: web.Application, wechat: WeChat) -> None:
    doing: set[asyncio.Task[Any]] = set()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def look(request: web.Request) -> web.Response:
        shown = wechat.people[request.query["who"]].shown
        return web.json_response({"shown": [_as_json(each) for each in shown]})

    async def do(request: web.Request) -> web.Response:
        asked = await request.json()
        task = asyncio.create_task(_done(wechat, asked))  # a push waits for its answer, the page does not
        doing.add(task)
        task.add_done_callback(doing.discard)
        return web.json_response({})

    whole.router.add_get("/", page)
    whole.router.add_get("/page/look", look)
    whole.router.add_post("/page/do", do)


async def _done(wechat: WeChat, asked: dict[str, Any]) -> None:
    who = str(asked["who"])
    match asked["what"]:
        case "say":
            await wechat.say(who, str(asked["text"]))
        case "choose":
            await wechat.say(who, str(asked["text"]), bizmsgmenuid=str(asked["id"]))
        case "picture":
            await wechat.send_picture(who, base64.b64decode(asked["data"]))
        case "voice":
            await wechat.send_media(who, "voice", b"#!AMR\n", Format="amr")
        case "menu":
            await wechat.tap(who, str(asked["entry"]))
        case "follow":
            await wechat.follow(who)
        case "leave":
            await wechat.leave(who)


def _as_json(shown: Shown) -> dict[str, Any]:
    picture = "data:image/png;base64," + base64.b64encode(shown.picture).decode() if shown.picture else None
    return {"how": shown.how, "text": shown.text, "choices": shown.choices, "picture": picture}


PAGE = (
    """<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A pretended WeChat</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; background: #ededed; }
  #log { display: flex; flex-direction: column; gap: .5rem; margin: 1rem 0; }
  #log > div { background: #fff; border-radius: .4rem; padding: .5rem .8rem; max-width: 85%; white-space: pre-wrap; }
  #log > .mine { align-self: flex-end; background: #95ec69; }
  #log small { display: block; color: #555; }
  #log img { max-width: 100%; display: block; }
  #log button { display: block; border: 0; background: none; color: #14568a; padding: .3rem 0; font: inherit; }
  form { display: flex; gap: .5rem; position: sticky; bottom: 0; padding: .5rem 0; background: inherit; }
  input[name=text] { flex: 1; font: inherit; padding: .4rem; }
</style>
<h1>A pretended WeChat</h1>
<p><label>You are <input id="who" value="oAnn-1_openid"></label>
  <button data-what="follow">Follow</button> <button data-what="leave">Leave</button>
  <button data-what="voice">Send a voice note</button></p>
<p>The account's menu: """
    + " ".join(f'<button data-what="menu" data-entry="{entry}">{entry}</button>' for entry in MENU)
    + """</p>
<div id="log" role="log"></div>
<form><input name="text" autocomplete="off" placeholder="你好" aria-label="Message">
  <input name="picture" type="file" accept="image/*" aria-label="Picture"> <button>Send</button></form>
<script>
  const log = document.querySelector("#log"), who = document.querySelector("#who"), form = document.forms[0];
  let seen = 0;
  const ask = (what, more = {}) => fetch("/page/do", { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify({ who: who.value, what, ...more }) });
  function add(text, mine) {
    const line = document.createElement("div");
    line.textContent = text; if (mine) line.className = "mine";
    log.append(line); line.scrollIntoView(); return line;
  }
  form.onsubmit = async event => {
    event.preventDefault();
    const text = form.text.value, file = form.picture.files[0];
    form.reset();
    if (file) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      add(`[${file.name}]`, true);
      ask("picture", { data: btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")) });
    }
    if (text) { add(text, true); ask("say", { text }); }
  };
  who.onchange = () => { log.replaceChildren(); seen = 0; };
  for (const button of document.querySelectorAll("[data-what]"))
    button.onclick = () => { add(`[${button.textContent}]`, true); ask(button.dataset.what, button.dataset); };
  setInterval(async () => {
    const { shown } = await (await fetch(`/page/look?who=${encodeURIComponent(who.value)}`)).json();
    for (const each of shown.slice(seen)) {
      const line = add(each.text, false);
      if (each.picture) { const image = new Image(); image.src = each.picture; image.alt = ""; line.prepend(image); }
      for (const [id, title] of each.choices) {
        const button = document.createElement("button");
        button.textContent = title;
        button.onclick = () => { add(title, true); ask("choose", { text: title, id }); };
        line.append(button);
      }
      const how = document.createElement("small");
      how.textContent = { passive: "in the answer to your message", sent: "as a message of its own",
        notice: "WeChat's own notice" }[each.how];
      line.append(how);
    }
    seen = shown.length;
  }, 500);
</script>
"""
)
