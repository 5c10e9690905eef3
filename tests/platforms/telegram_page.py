"""A page on which a developer chats with the bot as somebody on the pretended Telegram."""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import web

from tests.platforms.telegram import Shown, Telegram


def add_to(application: web.Application, telegram: Telegram) -> None:
    """Serve the page at `/`."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def look(request: web.Request) -> web.Response:
        chat = int(request.query["chat"])
        return web.json_response({"shown": [_as_json(each) for each in telegram.chats[chat]]})

    async def do(request: web.Request) -> web.Response:
        asked = await request.json()
        chat = int(asked["chat"])
        match asked["what"]:
            case "say":
                telegram.say(chat, str(asked["text"]))
            case "press":
                telegram.press_data(chat, str(asked["data"]), message_id=int(asked["message"]))
            case "photo":
                telegram.send_photo(chat, base64.b64decode(asked["data"]), caption=str(asked["text"]))
            case "block":
                telegram.block(chat)
            case "unblock":
                telegram.unblock(chat)
        return web.json_response({})

    application.router.add_get("/", page)
    application.router.add_get("/page/look", look)
    application.router.add_post("/page/do", do)


def _as_json(shown: Shown) -> dict[str, Any]:
    photo = shown.photo
    if isinstance(photo, bytes):
        photo = "data:image/png;base64," + base64.b64encode(photo).decode()
    return {
        "id": shown.message_id,
        "text": shown.text,
        "buttons": shown.buttons,
        "photo": photo,
        "document": shown.document[0] if shown.document else None,
    }


PAGE = """<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A pretended Telegram</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; background: #dfe9f2; }
  #log { display: flex; flex-direction: column; gap: .5rem; margin: 1rem 0; }
  #log > div { background: #fff; border-radius: .8rem; padding: .5rem .8rem; max-width: 85%; white-space: pre-wrap; }
  #log > .mine { align-self: flex-end; background: #dcf8c6; }
  #log img { max-width: 100%; display: block; }
  #log button { display: block; width: 100%; margin-top: .3rem; }
  form { display: flex; gap: .5rem; position: sticky; bottom: 0; padding: .5rem 0; background: inherit; }
  input[name=text] { flex: 1; font: inherit; padding: .4rem; }
</style>
<h1>A pretended Telegram</h1>
<p><label>You are person number <input id="chat" type="number" value="5001" min="1"></label>
  <button id="block">Block the bot</button> <button id="unblock">Unblock it</button></p>
<div id="log" role="log"></div>
<form><input name="text" autocomplete="off" placeholder="/start" aria-label="Message">
  <input name="photo" type="file" accept="image/*" aria-label="Photo"> <button>Send</button></form>
<script>
  const log = document.querySelector("#log"), chat = document.querySelector("#chat"), form = document.forms[0];
  let seen = new Set();
  const ask = (what, more = {}) => fetch("/page/do", { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify({ chat: chat.value, what, ...more }) });
  function add(text, mine) {
    const line = document.createElement("div");
    line.textContent = text; if (mine) line.className = "mine";
    log.append(line); line.scrollIntoView(); return line;
  }
  form.onsubmit = async event => {
    event.preventDefault();
    const text = form.text.value, file = form.photo.files[0];
    form.reset();
    if (file) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const data = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
      add(`[${file.name}] ${text}`, true); ask("photo", { data, text });
    } else if (text) { add(text, true); ask("say", { text }); }
  };
  chat.onchange = () => { log.replaceChildren(); seen = new Set(); };
  for (const name of ["block", "unblock"]) document.getElementById(name).onclick = () => ask(name);
  setInterval(async () => {
    const { shown } = await (await fetch(`/page/look?chat=${chat.value}`)).json();
    for (const each of shown.filter(one => !seen.has(one.id))) {
      seen.add(each.id);
      const line = add(each.text + (each.document ? `[${each.document}]` : ""), false);
      if (each.photo) { const image = new Image(); image.src = each.photo; image.alt = ""; line.prepend(image); }
      for (const [title, data] of each.buttons) {
        const button = document.createElement("button");
        button.textContent = title;
        button.onclick = () => { add(title, true); ask("press", { data, message: each.id }); };
        line.append(button);
      }
    }
  }, 500);
</script>
"""
