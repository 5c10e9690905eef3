"""`/ws/desk`: what a desk says, frame by frame, and the answers; what it is shown comes from the hub."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from sanic import Blueprint, Request, Websocket
from sanic.exceptions import WebsocketClosed

from bot.api.desk import STAFF
from bot.api.desk_hub import RESTART, SIGNED_OUT, SILENT, SILENT_SECONDS, Hub
from bot.api.desk_window import Window
from bot.api.door import Door, token_of
from bot.desk.board import item_shown
from bot.desk.money import Money
from bot.desk.texts import DeskTexts
from bot.desk.work import MOST_TEXT, Desk, WrapUp
from bot.errors import DeskRefused, StoreDown
from bot.sockets import stop_listening
from bot.store import presence
from bot.store.desk import Item

logger = logging.getLogger(__name__)

POLICY, FORBIDDEN = 1008, 4003
FRAMES, FRAME_SECONDS = 300, 10.0
"""Frames of any kind taken from one desk within so many seconds."""
LONGEST_ID = 64

Answer = Mapping[str, Any]
Frame = Mapping[str, Any]


def blueprint(*, door: Door, desk: Desk, money: Money, hub: Hub, texts: DeskTexts) -> Blueprint:
    """The way in."""
    made = Blueprint("desk-socket")

    @made.websocket("/ws/desk")  # type: ignore[untyped-decorator]  # sanic has no type for it
    async def socket(request: Request, ws: Websocket) -> None:
        try:
            account = await door.who(request, *STAFF)
        except DeskRefused as refused:
            await ws.send(json.dumps({"t": "error", "code": refused.code, "message": texts.error(refused.code)}))
            await ws.close(SIGNED_OUT if refused.code == "signed_out" else FORBIDDEN)
            return
        except StoreDown:
            await ws.close(RESTART)
            return
        token, limit = token_of(request) or "", money.limit_of(account)
        window = Window(account, token, limit=limit, cut=lambda code: _drop(ws, code))
        writer = asyncio.create_task(_write(ws, window), name="desk write")
        try:
            await _converse(ws, window, Session(window, desk, money, hub, texts), hub, desk)
            await writer
        finally:
            stop_listening(ws)
            hub.leave(window)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    @made.after_server_start
    async def begin(_: object) -> None:
        hub.start()

    @made.before_server_stop
    async def end(_: object) -> None:
        await hub.stop()

    return made


async def _converse(ws: Websocket, window: Window, session: Session, hub: Hub, desk: Desk) -> None:
    if hub.is_full:
        window.close(RESTART)
        return
    try:
        await desk.arrive(window.me)
        await hub.join(window)
    except StoreDown:
        window.close(RESTART)
        return
    while window.code is None:
        data = await ws.recv(timeout=SILENT_SECONDS)
        if data is None:
            window.close(SILENT)
            return
        await session.hear(data)


async def _write(ws: Websocket, window: Window) -> None:
    with suppress(WebsocketClosed):
        while (text := await window.get()) is not None:
            await ws.send(text)
        ws.end_connection(window.code or POLICY)  # type: ignore[no-untyped-call]


def _drop(ws: Websocket, code: int) -> None:
    """End a connection whose other end reads too slowly to be told anything."""
    ws.fail_connection(code)


class Session:
    """What one window says. Frames are handled one after the other."""

    def __init__(self, window: Window, desk: Desk, money: Money, hub: Hub, texts: DeskTexts) -> None:
        self._window = window
        self._desk = desk
        self._money = money
        self._hub = hub
        self._texts = texts
        self._began, self._count = 0.0, 0
        self._does: Mapping[str, Callable[[Frame], Awaitable[Answer | None]]] = {
            "claim": self._claim,
            "pull": self._pull,
            "take_over": self._take_over,
            "join": self._join,
            "say": self._say,
            "note": self._note,
            "whisper": self._whisper,
            "draft": self._draft,
            "look": self._look,
            "read": self._read,
            "transfer": self._transfer,
            "close": self._close,
            "back_to_bot": self._back_to_bot,
            "status": self._status,
            "tag": self._tag,
            "macro": self._macro,
            "act": self._act,
            "decide": self._decide,
        }

    async def hear(self, data: str | bytes) -> None:
        """Handle a frame that came, and answer it."""
        window = self._window
        window.heard_at = time.monotonic()
        if not self._in_pace():
            self._fault(None, "slow_down")
            window.close(POLICY)
            return
        number: str | None = None
        try:
            frame = _parsed(data)
            number = _maybe_text(frame, "id", LONGEST_ID)
            if frame.get("t") == "ping":
                window.put({"t": "pong"})
                return
            do = self._does.get(str(frame.get("t")))
            if do is None:
                raise DeskRefused("bad_frame")
            answer = await do(frame)
        except DeskRefused as refused:
            self._fault(number, refused.code)
        except StoreDown:
            logger.warning("a desk's frame could not be stored")
            self._fault(number, "try_later")
        except Exception:
            logger.exception("a desk's frame failed")
            self._fault(number, "try_later")
        else:
            if answer is not None:
                window.put({"t": "done", "id": number, **answer})

    async def _claim(self, frame: Frame) -> Answer:
        return await self._item(await self._desk.claim(self._window.me, _text(frame, "item", 64)))

    async def _pull(self, _: Frame) -> Answer:
        return await self._item(await self._desk.pull(self._window.me, self._window.account))

    async def _take_over(self, frame: Frame) -> Answer:
        return await self._item(await self._desk.claim(self._window.me, _text(frame, "item", 64), force=True))

    async def _join(self, frame: Frame) -> Answer:
        return await self._item(await self._desk.join(self._window.me, _text(frame, "item", 64)))

    async def _say(self, frame: Frame) -> Answer:
        files = frame.get("files") or []
        if not isinstance(files, list) or len(files) > 10 or not all(isinstance(each, str) for each in files):
            raise DeskRefused("bad_frame")
        seq = await self._desk.say(
            self._window.me,
            _text(frame, "conversation", 64),
            _maybe_text(frame, "text", 4 * MOST_TEXT) or "",
            file_ids=list(dict.fromkeys(files)),
            client_id=_client_id(frame),
        )
        return {"seq": seq}

    async def _note(self, frame: Frame) -> Answer:
        mentions = frame.get("mentions") or []
        if not isinstance(mentions, list) or not all(isinstance(each, str) for each in mentions):
            raise DeskRefused("bad_frame")
        seq = await self._desk.note(
            self._window.me,
            _text(frame, "conversation", 64),
            _text(frame, "text", 4 * MOST_TEXT),
            mentions=mentions[:20],
            client_id=_client_id(frame),
        )
        return {"seq": seq}

    async def _whisper(self, frame: Frame) -> Answer:
        seq = await self._desk.note(
            self._window.me,
            _text(frame, "conversation", 64),
            _text(frame, "text", 4 * MOST_TEXT),
            client_id=_client_id(frame),
            whisper=True,
        )
        return {"seq": seq}

    async def _draft(self, frame: Frame) -> Answer | None:
        conversation = _text(frame, "conversation", 64)
        text = _maybe_text(frame, "text", 4 * MOST_TEXT) or ""
        await self._desk.types(self._window.me, conversation, on=bool(text.strip()))
        known = await self._desk.hints(conversation, text)
        fields = [{"field": each.field, "value": each.value, "where": each.where} for each in known]
        hint = {"t": "hint", "id": _maybe_text(frame, "id", LONGEST_ID), "conversation": conversation}
        self._window.put({**hint, "fields": fields})
        return None

    async def _look(self, frame: Frame) -> Answer:
        conversation = _maybe_text(frame, "conversation", 64)
        self._window.looking = conversation
        await self._desk.look(self._window.me, conversation)
        await self._hub.watch()
        return {}

    async def _read(self, frame: Frame) -> Answer:
        seq = frame.get("seq")
        if not isinstance(seq, int | float) or isinstance(seq, bool) or not 0 <= seq < 2**31:
            raise DeskRefused("bad_frame")
        await self._desk.read(_text(frame, "conversation", 64), int(seq))
        return {}

    async def _transfer(self, frame: Frame) -> Answer:
        to = frame.get("to")
        if not isinstance(to, dict):
            raise DeskRefused("bad_frame")
        agent, group = _maybe_text(to, "agent", 64), _maybe_text(to, "group", 64)
        if (agent is None) == (group is None):
            raise DeskRefused("bad_frame")
        words = _maybe_text(frame, "note", MOST_TEXT) or ""
        number = _text(frame, "item", 64)
        return await self._item(
            await self._desk.transfer(self._window.me, number, agent=agent, group=group, words=words)
        )

    async def _close(self, frame: Frame) -> Answer:
        given = frame.get("wrap_up")
        if not isinstance(given, dict) or given.get("category") not in self._texts.categories:
            raise DeskRefused("bad_frame")
        summary = _maybe_text(given, "summary", MOST_TEXT) or ""
        wrap_up = WrapUp(str(given["category"]), given.get("resolved") is True, summary)
        await self._desk.close(self._window.me, _text(frame, "item", 64), wrap_up)
        return {}

    async def _back_to_bot(self, frame: Frame) -> Answer:
        words = _maybe_text(frame, "note", MOST_TEXT) or ""
        await self._desk.back_to_bot(self._window.me, _text(frame, "item", 64), words)
        return {}

    async def _status(self, frame: Frame) -> Answer:
        await self._desk.be(self._window.me, _text(frame, "status", 16))
        return {}

    async def _tag(self, frame: Frame) -> Answer:
        add, remove = _maybe_text(frame, "add", 40), _maybe_text(frame, "remove", 40)
        return await self._item(await self._desk.tag(_text(frame, "conversation", 64), add=add, remove=remove))

    async def _macro(self, frame: Frame) -> Answer:
        number = _maybe_text(frame, "client_id", LONGEST_ID) or _maybe_text(frame, "id", LONGEST_ID)
        conversation, name = _text(frame, "conversation", 64), _text(frame, "macro", 64)
        await self._desk.macro(self._window.me, conversation, name, client_id=number or uuid.uuid4().hex)
        return {}

    async def _act(self, frame: Frame) -> Answer:
        outcome, _ = await self._money.act(
            self._window.me,
            self._window.account,
            _text(frame, "conversation", 64),
            _text(frame, "action", 64),
            amount=frame.get("amount"),
            reason=_maybe_text(frame, "reason", MOST_TEXT) or "",
        )
        words = {"approval": "above_limit", "waiting": "shop_down"}.get(outcome)
        answer: dict[str, Any] = {"outcome": outcome}
        if words:
            answer["text"] = self._texts.error(words)
        return answer

    async def _decide(self, frame: Frame) -> Answer:
        approve = frame.get("approve")
        if not isinstance(approve, bool):
            raise DeskRefused("bad_frame")
        why = _maybe_text(frame, "reason", MOST_TEXT) or ""
        await self._money.decide(self._window.me, _text(frame, "approval", 64), approve=approve, why=why)
        return {}

    async def _item(self, item: Item | None) -> Answer:
        if item is None:
            return {"item": None}
        people = await self._desk.database.read(presence.colleagues, now=self._desk.now())
        return {"item": item_shown(item, place=None, people={each.id: each for each in people})}

    def _fault(self, number: str | None, code: str) -> None:
        frame = {"t": "error", "code": code, "message": self._texts.error(code)}
        self._window.put(frame if number is None else {**frame, "id": number})

    def _in_pace(self) -> bool:
        now = time.monotonic()
        if now - self._began > FRAME_SECONDS:
            self._began, self._count = now, 0
        self._count += 1
        return self._count <= FRAMES


def _parsed(data: str | bytes) -> Frame:
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DeskRefused("bad_frame") from error
    if isinstance(data, bytes) or not isinstance(frame, dict):
        raise DeskRefused("bad_frame")
    return frame


def _maybe_text(frame: Frame, name: str, most: int) -> str | None:
    text = frame.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise DeskRefused("bad_frame")
    if len(text) > most:
        raise DeskRefused("too_long")
    return text


def _text(frame: Frame, name: str, most: int) -> str:
    text = _maybe_text(frame, name, most)
    if not text:
        raise DeskRefused("bad_frame")
    return text


def _client_id(frame: Frame) -> str:
    """The window's own id of what it says; the frame's where there is none, which is a new one each time."""
    return _maybe_text(frame, "client_id", LONGEST_ID) or uuid.uuid4().hex
