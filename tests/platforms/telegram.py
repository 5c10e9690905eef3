"""A pretended Telegram: the Bot API as documented, people who chat with the bot, and moods: slow, broken, flooded.

In tests it is `served`; by hand `guitai demo telegram` serves it with a page on which you chat as anybody.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

TOKEN = "424242:" + "A" * 35
TEXT_UNITS, CAPTION_UNITS, DATA_BYTES, NOTICE_LETTERS = 4096, 1024, 64, 200
PHOTO_BYTES, DOCUMENT_BYTES, DOWNLOAD_BYTES = 10_000_000, 50_000_000, 20_000_000

Update = dict[str, Any]


class Refused(Exception):
    """The Bot API says no."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.body = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters
        self.code = code


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot's as its reader sees it."""

    message_id: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    """Title and data of each."""
    photo: bytes | str | None = None
    document: tuple[str, bytes] | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    chat: int
    parameters: dict[str, Any]
    at: float


@dataclass
class Telegram:
    """What it knows, and how it behaves."""

    token: str = TOKEN
    retry_seconds: float = 0.05
    """How soon a webhook that was not answered with 2xx is called again."""
    slow_seconds: float = 0.0
    broken: int = 0
    """The next so many calls are answered with 502, and nothing is done."""
    deaf: int = 0
    """Of the next so many the connection ends without an answer, though they were done."""
    garbled: int = 0
    """The next so many are done and answered with a list instead of an object."""
    flooded: dict[int, float] = field(default_factory=dict)
    """Chats that are told to wait, until when (monotonic)."""
    refused_as: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Chats to which every sending is refused, with code and description."""
    blocked: set[int] = field(default_factory=set)
    chats: dict[int, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Call] = field(default_factory=list)
    notices: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Answers to pressed buttons by the query's id, and when they came."""
    told_to_wait: list[tuple[int, float, float]] = field(default_factory=list)
    """Chats that were told to wait, from when and until when."""
    webhook: dict[str, Any] = field(default_factory=dict)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    """Updates that were delivered by webhook: their id and the status they were answered with."""
    files: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    _people: set[int] = field(default_factory=set)
    _pending: list[Update] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _next_update: int = 700_000_001
    _queries: set[str] = field(default_factory=set)
    _new: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: int = 0
    _delivering: dict[int, asyncio.Queue[Update]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # What people do. Each gives the update that the bot gets.

    def say(self, chat: int, text: str, **more: Any) -> Update:
        return self.happens(chat, message=self.message(chat, text=text, **more))

    def press(self, chat: int, title: str, *, presser: int | None = None) -> Update:
        """Press the newest button with this title."""
        shown = next(each for each in reversed(self.chats[chat]) if title in dict(each.buttons))
        data = dict(shown.buttons)[title]
        return self.press_data(presser or chat, data, message_id=shown.message_id)

    def press_data(self, chat: int, data: str, *, message_id: int = 1) -> Update:
        number = f"q{next(self._numbers)}"
        query = {
            "id": number,
            "from": self.person(chat),
            "chat_instance": "1",
            "data": data,
            "message": {**self.message(chat, text="…"), "message_id": message_id},
        }
        self._queries.add(number)
        return self.happens(chat, callback_query=query)

    def send_photo(self, chat: int, data: bytes, *, caption: str = "", album: str = "") -> Update:
        small, large = self._put(b"tiny"), self._put(data)
        sizes = [
            {"file_id": small, "file_unique_id": small, "width": 90, "height": 90, "file_size": 4},
            {"file_id": large, "file_unique_id": large, "width": 900, "height": 900, "file_size": len(data)},
        ]
        more = ({"caption": caption} if caption else {}) | ({"media_group_id": album} if album else {})
        return self.happens(chat, message=self.message(chat, photo=sizes, **more))

    def send_document(self, chat: int, data: bytes, name: str, *, kind: str = "", **more: Any) -> Update:
        number = self._put(data)
        document = {"file_id": number, "file_unique_id": number, "file_name": name, "file_size": len(data)}
        document |= {"mime_type": kind} if kind else {}
        return self.happens(chat, message=self.message(chat, document=document, **more))

    def share_contact(self, chat: int, phone: str, *, user_id: int | None) -> Update:
        contact: dict[str, Any] = {"phone_number": phone, "first_name": "Li"}
        contact |= {"user_id": user_id} if user_id else {}
        return self.happens(chat, message=self.message(chat, contact=contact))

    def edit(self, chat: int, text: str, *, message_id: int = 1) -> Update:
        edited = {**self.message(chat, text=text), "message_id": message_id, "edit_date": int(time.time())}
        return self.happens(chat, edited_message=edited)

    def block(self, chat: int) -> Update:
        self.blocked.add(chat)
        return self._member(chat, "member", "kicked")

    def unblock(self, chat: int) -> Update:
        self.blocked.discard(chat)
        return self._member(chat, "kicked", "member")

    def happens(self, chat: int, **what: Any) -> Update:
        """Something of a kind of update happens; it is delivered when the bot wants such updates."""
        self._people.add(chat)
        update: Update = {"update_id": self._next_update, **what}
        self._next_update += 1
        kind = next(iter(what))
        allowed = self.webhook.get("allowed_updates") or ["message", "edited_message", "callback_query"]
        if kind in allowed or not self.webhook:
            self.deliver(chat, update)
        return update

    def deliver(self, chat: int, update: Update) -> None:
        """Give the bot an update: by webhook in order within a chat, or when it asks."""
        if not self.webhook.get("url"):
            self._pending.append(update)
            self._new.set()
            return
        if chat not in self._delivering:
            self._delivering[chat] = asyncio.Queue()
            task = asyncio.create_task(self._deliver_all(self._delivering[chat]))
            self._tasks.add(task)
        self._delivering[chat].put_nowait(update)

    def after_a_quiet_week(self) -> None:
        """The next update's id is anything."""
        self._next_update = 41_000_000

    def message(self, chat: int, **what: Any) -> dict[str, Any]:
        """A private message from the person whose chat it is."""
        kind = {"id": chat, "type": "private", "first_name": "Li"}
        made = {"message_id": next(self._numbers), "date": int(time.time()), "chat": kind, "from": self.person(chat)}
        return {**made, **what}

    def person(self, number: int) -> dict[str, Any]:
        return {"id": number, "is_bot": False, "first_name": "Li", "language_code": "zh-hans"}

    def texts(self, chat: int) -> list[str]:
        """What the chat's person was sent, as words."""
        return [each.text for each in self.chats[chat]]

    def sent_too_soon(self) -> list[int]:
        """Chats to which something was sent before the time it was told to wait for."""
        tries = [(call.chat, call.at) for call in self.calls if call.method.startswith("send")]
        return [
            chat
            for chat, since, until in self.told_to_wait
            if any(chat == other and since < at < until - 0.02 for other, at in tries if at > since + 1e-4)
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _member(self, chat: int, before: str, after: str) -> Update:
        user = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Bot"}

        def member(status: str) -> dict[str, Any]:
            return {"user": user, "status": status} | ({"until_date": 0} if status == "kicked" else {})

        change = {
            "chat": {"id": chat, "type": "private", "first_name": "Li"},
            "from": self.person(chat),
            "date": int(time.time()),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        return self.happens(chat, my_chat_member=change)

    def _put(self, data: bytes) -> str:
        number = f"file{next(self._numbers)}"
        self.files[number] = data
        return number

    async def _deliver_all(self, waiting: asyncio.Queue[Update]) -> None:
        async with httpx.AsyncClient(timeout=60, trust_env=False, verify=False) as client:  # noqa: S501 - no TLS here
            while True:
                update = await waiting.get()
                while not await self._delivered(client, update):  # noqa: ASYNC110 - it is called again after a rest
                    await asyncio.sleep(self.retry_seconds)

    async def _delivered(self, client: httpx.AsyncClient, update: Update) -> bool:
        headers = {}
        if secret := self.webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        try:
            answer = await client.post(self.webhook["url"], json=update, headers=headers)
        except httpx.HTTPError:
            return False
        self.acknowledged.append((update["update_id"], answer.status_code))
        return answer.is_success

    # The Bot API.

    async def answer(self, method: str, parameters: dict[str, Any], files: dict[str, tuple[str, bytes]]) -> Any:
        """The result of a call.

        Raises:
            Refused: the Bot API says no.
        """
        chat = int(parameters.get("chat_id", 0))
        self.calls.append(Call(method, chat, parameters, time.monotonic()))
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        if method.startswith("send"):
            self._check_chat(chat)
        match method.lower():
            case "getme":
                return {**self._bot(), "can_join_groups": True, "can_read_all_group_messages": False}
            case "setwebhook":
                return self._set_webhook(parameters)
            case "deletewebhook":
                self.webhook = {}
                return True
            case "getwebhookinfo":
                return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, **self._backlog()}
            case "getupdates":
                return await self._get_updates(parameters)
            case "sendmessage":
                _check_text(parameters.get("text", ""), TEXT_UNITS, "message")
                return self._show(chat, parameters, text=parameters["text"])
            case "sendphoto" | "senddocument":
                return self._show_file(chat, method.lower().removeprefix("send"), parameters, files)
            case "sendchataction" | "editmessagereplymarkup" | "setmycommands" | "editmessagetext":
                return True
            case "answercallbackquery":
                return self._answer_query(parameters)
            case "getfile":
                return self._file(parameters["file_id"])
        raise Refused(404, "Not Found")

    def _bot(self) -> dict[str, Any]:
        number = int(self.token.partition(":")[0])
        return {"id": number, "is_bot": True, "first_name": "Guitai", "username": "guitai_bot"}

    def _check_chat(self, chat: int) -> None:
        now = time.monotonic()
        if chat not in self._people:
            raise Refused(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat in self.refused_as:
            raise Refused(*self.refused_as[chat])
        if (until := self.flooded.get(chat, 0)) > now:
            wait = math.ceil(until - now)
            self.told_to_wait.append((chat, now, now + wait))
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _set_webhook(self, parameters: dict[str, Any]) -> bool:
        url = str(parameters.get("url", ""))
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        kept = {name: parameters[name] for name in ("url", "secret_token") if parameters.get(name)}
        allowed = parameters.get("allowed_updates")
        self.webhook = {**kept, "allowed_updates": json.loads(allowed) if allowed else None}
        return True

    def _backlog(self) -> dict[str, Any]:
        return {"pending_update_count": len(self._pending) + sum(each.qsize() for each in self._delivering.values())}

    async def _get_updates(self, parameters: dict[str, Any]) -> list[Update]:
        if self.webhook.get("url"):
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine = self._polls
        offset = int(parameters.get("offset") or 0)
        self._pending = [update for update in self._pending if update["update_id"] >= offset]
        until = time.monotonic() + min(float(parameters.get("timeout") or 0), 50)
        while not self._pending and (left := until - time.monotonic()) > 0:
            self._new.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), min(left, 0.5))
            if mine != self._polls:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
        return self._pending[: int(parameters.get("limit") or 100)]

    def _show(self, chat: int, parameters: dict[str, Any], **what: Any) -> dict[str, Any]:
        markup = json.loads(parameters.get("reply_markup") or "{}")
        buttons = tuple(
            (button["text"], button.get("callback_data", ""))
            for row in markup.get("inline_keyboard", ())
            for button in row
        )
        if any(not 1 <= len(data.encode()) <= DATA_BYTES for _, data in buttons):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        if any(not title.strip() for title, _ in buttons):
            raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        shown = Shown(next(self._numbers), buttons=buttons, at=time.monotonic(), **what)
        self.chats[chat].append(shown)
        self._new.set()
        kind = {"id": chat, "type": "private", "first_name": "Li"}
        return {"message_id": shown.message_id, "date": int(time.time()), "chat": kind, "text": shown.text}

    def _show_file(
        self, chat: int, kind: str, parameters: dict[str, Any], files: dict[str, tuple[str, bytes]]
    ) -> dict[str, Any]:
        caption = parameters.get("caption", "")
        if caption:
            _check_text(caption, CAPTION_UNITS, "message caption")
        given = parameters.get(kind, "")
        if isinstance(given, str) and given.startswith("attach://"):
            given = ""
        if isinstance(given, str) and given.startswith("http"):
            if "//127." in given or "//localhost" in given:
                raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
            return self._show(chat, parameters, text=caption, photo=given)
        if not files:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        name, data = next(iter(files.values()))
        if len(data) > (PHOTO_BYTES if kind == "photo" else DOCUMENT_BYTES):
            raise Refused(413, "Request Entity Too Large")
        if kind == "photo":
            return self._show(chat, parameters, text=caption, photo=data)
        return self._show(chat, parameters, text=caption, document=(name, data))

    def _answer_query(self, parameters: dict[str, Any]) -> bool:
        query, text = parameters["callback_query_id"], parameters.get("text", "")
        if query not in self._queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(text) > NOTICE_LETTERS:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        self._queries.discard(query)
        self.notices[query] = (text, time.monotonic())
        return True

    def _file(self, number: str) -> dict[str, Any]:
        if number not in self.files:
            raise Refused(400, "Bad Request: invalid file_id")
        size = len(self.files[number])
        if size > DOWNLOAD_BYTES:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": number, "file_unique_id": number, "file_size": size, "file_path": f"photos/{number}.jpg"}


def _check_text(text: str, most: int, what: str) -> None:
    if not text.strip():
        raise Refused(400, f"Bad Request: {what} text is empty")
    if len(text.encode("utf-16-le")) // 2 > most:
        raise Refused(400, f"Bad Request: {what} is too long")


def _application(telegram: Telegram) -> web.Application:
    async def call(request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != telegram.token:
            return web.json_response(Refused(401, "Unauthorized").body, status=401)
        if telegram.broken:
            telegram.broken -= 1
            return web.json_response({"ok": False, "error_code": 502, "description": "Bad Gateway"}, status=502)
        parameters: dict[str, Any] = dict(request.query)
        files: dict[str, tuple[str, bytes]] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.filename, value.file.read())
            else:
                parameters[name] = value
        try:
            result = await telegram.answer(request.match_info["method"], parameters, files)
        except Refused as error:
            return web.json_response(error.body, status=error.code)
        if telegram.deaf:
            telegram.deaf -= 1
            assert request.transport is not None
            request.transport.abort()
        if telegram.garbled:
            telegram.garbled -= 1
            return web.json_response([result])
        return web.json_response({"ok": True, "result": result})

    async def download(request: web.Request) -> web.StreamResponse:
        name = Path(request.match_info["path"]).stem
        if request.match_info["token"] != telegram.token or name not in telegram.files:
            return web.json_response(Refused(404, "Not Found").body, status=404)
        return web.Response(body=telegram.files[name])

    application = web.Application(client_max_size=2 * DOCUMENT_BYTES)
    application.router.add_route("*", "/bot{token}/{method}", call)
    application.router.add_get("/file/bot{token}/{path:.*}", download)
    return application


@asynccontextmanager
async def served(telegram: Telegram, *, port: int = 0, page: bool = False) -> AsyncIterator[Telegram]:
    """Serve it on `port`, a free one when 0, until the block ends."""
    application = _application(telegram)
    if page:
        from tests.platforms import telegram_page

        telegram_page.add_to(application, telegram)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    telegram.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield telegram
    finally:
        await telegram.close()
        await runner.cleanup()
