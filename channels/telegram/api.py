"""The Bot API: calls by python-telegram-bot, answers and errors in the house's words.

Its updater, its rate limiter and its retries are not used: one chat's wait must hold up no other, and what is tried
again is the outbox's to say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's switch to spans of time instead of bare numbers

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.errors import BadMessage, CustomerLeft, DeliveryRefused, MaybeDelivered, NotDelivered, TryLater

T = TypeVar("T")

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The updates we ask for; Telegram would keep an earlier choice when none is given."""
CONNECT_SECONDS, READ_SECONDS, POOL_SECONDS, QUICK_SECONDS = 3.0, 8.0, 1.0, 2.0
POLL_SECONDS = 25
"""How long Telegram holds a request for updates open."""
CONNECTIONS = 64
NO_LINKS = LinkPreviewOptions(is_disabled=True)
GONE = ("chat not found", "user not found", "user is deactivated", "bot can't initiate conversation")
"""What Telegram says in a 400 about people who cannot be written to."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Buttons = Sequence[tuple[str, str]]
"""Title and data of each."""


class Api:
    """One bot at one Bot API server. Opens its connections with the first call."""

    def __init__(self, token: str, *, url: str, proxy: str | None) -> None:
        """`url` is the server's, such as https://api.telegram.org; `proxy` an HTTP proxy's, None for none."""
        self.account = token.partition(":")[0]
        """The bot's number."""
        self._token = token
        self._url = url.rstrip("/")
        self._proxy = proxy
        self._is_secure = self._url.startswith("https:")
        self._request: HTTPXRequest | None = None
        self._files: httpx.AsyncClient | None = None
        self._made: Bot | None = None

    async def send_text(self, chat: int, text: str, buttons: Buttons = ()) -> str:
        """A message without any markup: no sign in it is special. Its id."""
        sent = await _judged(
            self._bot().send_message(chat, text, reply_markup=_keyboard(buttons), link_preview_options=NO_LINKS)
        )
        return _id(sent)

    async def send_photo(
        self, chat: int, photo: str | bytes, caption: str, buttons: Buttons = (), *, name: str = ""
    ) -> str:
        """`photo` is its public address, or its bytes under a name."""
        keyboard = _keyboard(buttons)
        call = self._bot().send_photo(
            chat, photo, caption=caption or None, reply_markup=keyboard, filename=name or None
        )
        return _id(await _judged(call))

    async def send_document(self, chat: int, data: bytes, name: str, buttons: Buttons = ()) -> str:
        call = self._bot().send_document(chat, data, filename=name, reply_markup=_keyboard(buttons))
        return _id(await _judged(call))

    async def show_typing(self, chat: int) -> None:
        await self._bot().send_chat_action(chat, "typing", read_timeout=QUICK_SECONDS)

    async def answer_press(self, query: str) -> None:
        """End the waiting that a pressed button shows."""
        await self._bot().answer_callback_query(query, read_timeout=QUICK_SECONDS, connect_timeout=QUICK_SECONDS)

    async def set_webhook(self, url: str, secret: str) -> None:
        await self._bot().set_webhook(url, secret_token=secret, allowed_updates=WANTED, drop_pending_updates=False)

    async def delete_webhook(self) -> None:
        await self._bot().delete_webhook(drop_pending_updates=False)

    async def set_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> None:
        """The menu of commands, with what each does; for those whose app speaks `language`, or for everybody else."""
        await self._bot().set_my_commands([BotCommand(*each) for each in commands], language_code=language)

    async def updates(self, offset: int | None) -> list[Any]:
        """Updates from `offset` on, as JSON and unchecked; waits a while when there are none."""
        wanted = {"timeout": POLL_SECONDS, "allowed_updates": json.dumps(WANTED)}
        query = urlencode(wanted | ({"offset": offset} if offset is not None else {}))
        self._bot()
        assert self._request is not None  # noqa: S101 - made with the bot
        got = await self._request.post(
            f"{self._url}/bot{self._token}/getUpdates?{query}", read_timeout=POLL_SECONDS + READ_SECONDS
        )
        return got if isinstance(got, list) else []

    async def fetch(self, file: str, *, most: int) -> bytes:
        """A file's bytes: from this server alone, and never more than `most`.

        Raises:
            BadMessage: it cannot be had, or is too big.
            TelegramError, httpx.HTTPError: not now.
        """
        try:
            found = await self._bot().get_file(file)
        except BadRequest as error:
            raise BadMessage("the file cannot be had", status=413 if "too big" in error.message else 410) from error
        if (found.file_size or 0) > most:
            raise BadMessage("the file is too big", status=413)
        # the library puts its own address before the path; whatever else stands there is not asked
        base = f"{self._url}/file/bot{self._token}/"
        path = (found.file_path or "").removeprefix(base)
        if not path or "://" in path or ".." in path.split("/"):
            raise BadMessage("the file cannot be had", status=410)
        async with self._downloads().stream("GET", base + quote(path, safe="/%")) as answer:
            if answer.status_code in (404, 410):
                raise BadMessage("the file is gone", status=410)
            answer.raise_for_status()
            data = bytearray()
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > most:
                    raise BadMessage("the file is too big", status=413)
        return bytes(data)

    async def aclose(self) -> None:
        if self._request is not None:
            await self._request.shutdown()
        if self._files is not None:
            await self._files.aclose()

    def _downloads(self) -> httpx.AsyncClient:
        if self._files is None:
            timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
            self._files = httpx.AsyncClient(timeout=timeout, proxy=self._proxy, trust_env=False, verify=self._is_secure)
        return self._files

    def _bot(self) -> Bot:
        if self._made is None:
            self._request = HTTPXRequest(
                CONNECTIONS,
                READ_SECONDS,
                READ_SECONDS,
                CONNECT_SECONDS,
                POOL_SECONDS,
                proxy=self._proxy,
                media_write_timeout=READ_SECONDS,
                httpx_kwargs={"trust_env": False, "verify": self._is_secure},
            )
            self._made = Bot(
                self._token,
                base_url=f"{self._url}/bot",
                base_file_url=f"{self._url}/file/bot",
                request=self._request,
                get_updates_request=self._request,
            )
        return self._made


async def _judged(call: Awaitable[T]) -> T:
    """A call that shows a customer something; what goes wrong, in the words of `bot.deliveries.Sender`."""
    try:
        return await call
    except RetryAfter as error:
        wait: Any = error.retry_after
        raise TryLater(float(wait.total_seconds())) from error
    except Forbidden as error:
        raise CustomerLeft(error.message) from error
    except BadRequest as error:
        if any(sign in error.message.lower() for sign in GONE):
            raise CustomerLeft(error.message) from error
        raise DeliveryRefused(error.message) from error
    except ChatMigrated as error:  # only groups do
        raise DeliveryRefused("the chat has moved") from error
    except (InvalidToken, Conflict) as error:  # a fault of our settings; its text may hold the token
        raise NotDelivered(type(error).__name__) from error
    except NetworkError as error:
        if isinstance(error.__cause__, NOT_SENT):
            raise NotDelivered(type(error.__cause__).__name__) from error
        raise MaybeDelivered(type(error.__cause__ or error).__name__) from error
    except (TelegramError, TypeError, KeyError, ValueError) as error:  # an answer that is none
        raise MaybeDelivered(type(error).__name__) from error


def _id(sent: Message) -> str:
    return str(sent.message_id)


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """One button to a row: titles are sentences here."""
    if not buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(title, callback_data=data)] for title, data in buttons])
