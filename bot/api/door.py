"""Who is at the door of the staff's screens: the session's cookie, our own pages only, and words for those who may not.

A request that changes something needs the header `x-guitai: 1`, which no other page can send, and comes from our own
address where a browser says where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sanic import HTTPResponse, Request, json

from bot.accounts import Accounts
from bot.desk.texts import DeskTexts
from bot.errors import DeskRefused
from bot.store.accounts import Account

COOKIE = "guitai_session"
HEADER = "x-guitai"
SAFE = ("GET", "HEAD", "OPTIONS")
STATUS = {
    "signed_out": 401,
    "wrong_password": 401,
    "too_many_tries": 429,
    "slow_down": 429,
    "forbidden": 403,
    "wrong_origin": 403,
    "own_request": 403,
    "not_yours": 403,
    "not_found": 404,
    "taken": 409,
    "already_decided": 409,
    "file_too_big": 413,
    "file_refused": 415,
    "try_later": 503,
}


class Door:
    """Lets people in who have a session."""

    def __init__(self, accounts: Accounts, texts: DeskTexts) -> None:
        self.accounts = accounts
        self._texts = texts

    async def who(self, request: Request, *roles: str) -> Account:
        """Who sends the request; with `roles`, somebody who has one of them.

        Raises:
            DeskRefused: nobody, or nobody who may.
        """
        check_own(request)
        account = await self.accounts.who(token_of(request))
        if account is None:
            raise DeskRefused("signed_out")
        if roles and not set(roles) & set(account.roles):
            raise DeskRefused("forbidden")
        return account

    def refusal(self, request: Request, code: str) -> HTTPResponse:
        """A refusal in the reader's language."""
        language = "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"
        words = self._texts.error(code)[language]
        return json({"error": words, "code": code}, status=STATUS.get(code, 400))


def check_own(request: Request) -> None:
    """Raises DeskRefused for what another page sends."""
    origin = request.headers.get("origin")
    if origin is not None and origin not in (f"http://{request.host}", f"https://{request.host}"):
        raise DeskRefused("wrong_origin")
    if request.method not in SAFE and request.headers.get(HEADER) != "1":
        raise DeskRefused("wrong_origin")


def token_of(request: Request) -> str | None:
    found: str | None = request.cookies.get(COOKIE)
    return found


def me_shown(account: Account, *, limit: object) -> Mapping[str, Any]:
    """Somebody as their own screen has them."""
    return {
        "id": account.id,
        "name": account.name,
        "shown_as": account.shown_as,
        "roles": account.roles,
        "groups": account.groups,
        "languages": account.languages,
        "capacity": account.capacity,
        "money_limit": None if limit is None else str(limit),
        "totp": account.totp_secret is not None,
    }
