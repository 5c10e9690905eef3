"""Who signs in: passwords, one-time passwords, sessions, and the demo's people."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bot.errors import GuitaiError
from bot.store import accounts as store
from bot.store.accounts import Account
from bot.store.database import Database

ROLES = ("agent", "supervisor", "editor", "reviewer", "admin")
IDLE = timedelta(hours=12)
"""A session that nobody uses ends after this."""
PASSWORD_CHARACTERS = 10
"""How short a password may be."""
LONGEST_PASSWORD = 256
GUESSES, GUESS_WINDOW = 10, timedelta(minutes=15)
"""Wrong tries that one name may have; one address may have three times as many."""
TOTP_SECONDS = 30
DEMO_PASSWORD = "guitai-demo"  # noqa: S105 - the demo's doors are open


class SignInRefused(GuitaiError):
    """Name, password or one-time password is wrong; which of them is not told."""


class TooManyTries(GuitaiError):
    """Somebody guesses passwords."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is said of somebody who is to sign in."""

    name: str
    shown_zh: str
    shown_en: str
    roles: tuple[str, ...]
    groups: tuple[str, ...] = ("general",)
    languages: tuple[str, ...] = ("zh", "en")
    capacity: int = 5
    money_limit: Decimal | None = None


DEMO = (
    NewAccount("li", "李静", "Li Jing", ("agent",), ("general", "returns")),
    NewAccount("wang", "王磊", "Wang Lei", ("agent",), languages=("zh",)),
    NewAccount("sam", "Sam Lee", "Sam Lee", ("agent",), languages=("en",)),
    NewAccount("chen", "陈曦", "Chen Xi", ("supervisor",), ("general", "returns", "delivery")),
    NewAccount("editor", "周然", "Zhou Ran", ("editor",)),
    NewAccount("admin", "管理员", "Admin", ("admin", "supervisor", "editor")),
)
"""The demo's people; all have the same password."""


class Accounts:
    """Lets people in, and knows them again."""

    def __init__(
        self, *, database: Database, now: Callable[[], datetime], hasher: PasswordHasher | None = None
    ) -> None:
        self._database = database
        self._now = now
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash(secrets.token_hex())

    async def sign_in(self, name: str, password: str, totp: str, *, address: str) -> tuple[Account, str]:
        """Whoever has this name and password, and the token of their new session.

        A name that nobody has takes as long as a wrong password and sounds the same.

        Raises:
            SignInRefused: no.
            TooManyTries: not now.
        """
        name = name.strip().casefold()
        now = self._now()
        subject, whence = f"sign-in:{name[:64]}", f"sign-in-from:{address[:200]}"
        allowed = await self._database.run(
            store.guesses,
            {subject: GUESSES, whence: 3 * GUESSES},
            since=now - GUESS_WINDOW,
            now=now,
        )
        if not allowed:
            raise TooManyTries("too many tries; wait a quarter of an hour")
        account = await self._database.read(store.find, name)
        known = account.password_hash if account else self._nobodys
        fits = await asyncio.to_thread(self._fits, known, password[:LONGEST_PASSWORD])
        if account is None or not fits or account.disabled or not await self._totp_fits(account, totp):
            raise SignInRefused("name, password or one-time password is wrong")
        await self._database.run(store.forget_guesses, subject)
        await self._database.run(store.take_back_guess, whence)
        if self._hasher.check_needs_rehash(known):
            again = await asyncio.to_thread(self._hasher.hash, password)
            await self._database.run(store.rehash, account.id, again)
        token = secrets.token_urlsafe(32)
        await self._database.run(store.begin, account.id, digest(token), now=now, lasts=IDLE)
        return account, token

    async def sign_out(self, token: str) -> None:
        await self._database.run(store.end, digest(token))

    async def who(self, token: str | None) -> Account | None:
        """Whose session this is; None when it opens nothing."""
        if not token:
            return None
        now = self._now()
        found = await self._database.read(store.of_session, digest(token), now=now, lasts=IDLE)
        if found is None:
            return None
        account, seen_at = found
        if now - seen_at > store.TOUCHED:
            await self._database.run(store.touch, digest(token), now=now)
        return account

    async def still_in(self, tokens: Sequence[str]) -> dict[str, Account]:
        """Those of the tokens that still open something, with whose they are; being open counts as use."""
        hashes = {digest(token): token for token in tokens}
        now = self._now()
        found = await self._database.read(store.alive, list(hashes), now=now, lasts=IDLE)
        return {hashes[each]: account for each, account in found.items()}

    async def keep(self, tokens: Sequence[str]) -> None:
        """These sessions are in use."""
        now = self._now()
        for token in sorted(tokens):
            await self._database.run(store.touch, digest(token), now=now)

    def _fits(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _totp_fits(self, account: Account, code: str) -> bool:
        if account.totp_secret is None:
            return True
        step = int(self._now().timestamp()) // TOTP_SECONDS
        expected = pyotp.TOTP(account.totp_secret)
        for tried in (step - 1, step, step + 1):
            if secrets.compare_digest(expected.at(tried * TOTP_SECONDS).encode(), code.strip().encode()):
                return await self._database.run(store.use_totp, account.id, tried)
        return False


def digest(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def hashed(password: str) -> str:
    """What is kept of a password.

    Raises:
        ValueError: it is too short or too long.
    """
    if not PASSWORD_CHARACTERS <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {PASSWORD_CHARACTERS} to {LONGEST_PASSWORD} characters")
    return PasswordHasher().hash(password)


def new_totp() -> str:
    """A secret for one-time passwords."""
    return pyotp.random_base32()


def totp_address(name: str, secret: str) -> str:
    """What an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Guitai")


async def add(
    database: Database, new: NewAccount, *, password_hash: str, totp_secret: str | None = None, now: datetime
) -> bool:
    """A new account; False when the name is taken."""
    number = await database.run(
        store.add,
        now=now,
        name=new.name.strip().casefold(),
        shown_as={"zh": new.shown_zh, "en": new.shown_en},
        password_hash=password_hash,
        totp_secret=totp_secret,
        roles=list(new.roles),
        groups=list(new.groups),
        languages=list(new.languages),
        capacity=new.capacity,
        money_limit=None if new.money_limit is None else str(new.money_limit),
    )
    return number is not None


async def ensure_demo(database: Database, *, now: datetime) -> None:
    """The demo's people are there."""
    known = {account.name for account in await database.read(store.listed)}
    missing = [new for new in DEMO if new.name not in known]
    if not missing:
        return
    password_hash = await asyncio.to_thread(hashed, DEMO_PASSWORD)
    for new in missing:
        await add(database, new, password_hash=password_hash, now=now)
