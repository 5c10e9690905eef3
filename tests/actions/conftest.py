"""The services of a demo shop on a fixed Sunday, fresh for every test, with real proof and a book in memory."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from actions.talk import Services
from actions.words import Words
from bot.customers import Asking
from bot.messages import Caller
from bot.retail import access, policies
from bot.retail.proof import Proof
from bot.retail.sql import SqlShop, load_demo
from tests.actions.stage import DATA, NOON, Stage
from tests.fakes import FakeClock


@dataclass(frozen=True, slots=True)
class NotedTries:
    ids: Sequence[int]
    moments: Mapping[str, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class NotedCode:
    customer_id: str
    code_hash: str
    expires_at: datetime


@dataclass
class MemoryBook:
    """A `ProofBook` for one conversation."""

    tries: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    proven_orders: frozenset[str] = frozenset()
    customer: tuple[str, datetime] | None = None
    code: NotedCode | None = None
    _next: int = 0

    async def add_tries(self, subjects: Sequence[str], *, at: datetime, since: datetime) -> NotedTries:
        ids = []
        for subject in subjects:
            self._next += 1
            self.tries[self._next] = (subject, at)
            ids.append(self._next)
        found = {
            subject: sorted(when for other, when in self.tries.values() if other == subject and when >= since)
            for subject in subjects
        }
        return NotedTries(ids, found)

    async def drop_tries(self, ids: Sequence[int]) -> None:
        for number in ids:
            self.tries.pop(number, None)

    async def add_order_proof(self, conversation: str, number: str, *, at: datetime) -> None:
        self.proven_orders |= {number}

    async def add_customer_proof(self, conversation: str, customer_id: str, *, at: datetime) -> None:
        self.customer = (customer_id, at)

    async def save_code(self, conversation: str, *, customer_id: str, code_hash: str, expires_at: datetime) -> None:
        self.code = NotedCode(customer_id, code_hash, expires_at)

    async def find_code(self, conversation: str) -> NotedCode | None:
        return self.code

    async def try_code(self, conversation: str, *, at: datetime, max_tries: int) -> NotedCode | None:
        return self.code

    async def consume_code(self, conversation: str, code_hash: str) -> bool:
        consumed = self.code is not None and self.code.code_hash == code_hash
        self.code = None
        return consumed


@dataclass
class SessionCallers:
    """Who asks: a visitor, or whom `signed_in` names, and whatever the book says was proven since."""

    book: MemoryBook
    signed_in: str | None = None

    def turn(self, conversation: str) -> Asking:
        raise KeyError(conversation)

    async def caller(self, conversation: str) -> Caller:
        visitor = Caller(
            conversation=conversation, channel="rest", sender="visitor", proven_orders=self.book.proven_orders
        )
        if self.signed_in is not None:
            return replace(visitor, customer_id=self.signed_in, verified_at=NOON.astimezone(UTC))
        if self.book.customer is not None:
            return replace(visitor, customer_id=self.book.customer[0], verified_at=self.book.customer[1])
        return visitor


async def at_once(seconds: float) -> None:
    """Refusals take no time in tests."""


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo shop, to be copied."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"
    load_demo(DATA / "demo", f"sqlite:///{path}", NOON.date())
    return path


@pytest.fixture
def demo_url(demo_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(demo_file, tmp_path / 'shop.db')}"


@pytest.fixture
async def shop(demo_url: str) -> AsyncIterator[SqlShop]:
    shop = SqlShop(demo_url, clock=lambda: NOON.astimezone(UTC))
    yield shop
    await shop.aclose()


@pytest.fixture
def callers() -> SessionCallers:
    return SessionCallers(MemoryBook())


@pytest.fixture
def clock() -> FakeClock:
    """The shop's clock, at noon."""
    return FakeClock(NOON)


@pytest.fixture
def services(shop: SqlShop, callers: SessionCallers, clock: FakeClock) -> Services:
    proof = Proof(
        shop=shop,
        book=callers.book,
        access=access.read(DATA / "access.yml"),
        tries=5,
        window_minutes=60,
        now=lambda: NOON.astimezone(UTC),
        sleep=at_once,
    )
    return Services(
        shop=shop,
        policies=policies.read(DATA / "demo" / "policies.yml"),
        proof=proof,
        customers=callers,
        clock=clock,
        words=Words.read(DATA / "words.yml"),
        links=cast("Any", None),  # what links has its own tests
    )


@pytest.fixture
def stage(services: Services) -> Stage:
    """An English conversation."""
    return Stage(services)


@pytest.fixture
def stage_zh(services: Services) -> Stage:
    """A Chinese conversation."""
    return Stage(services, language="zh")


@pytest.fixture
def number() -> Callable[[int], str]:
    """An order's number by its last four digits."""
    return lambda tail: f"GT260001{tail:04d}"
