"""What routines work with, put together from the settings: for the product, and for a stock Rasa action server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from actions.talk import Callers, Services
from actions.words import Words
from bot import settings as from_environment
from bot.customers import Asking
from bot.customers.links import Links
from bot.messages import Caller
from bot.retail import access, policies
from bot.retail.access import Access
from bot.retail.opening import open_shop
from bot.retail.policies import Policies
from bot.retail.proof import Proof
from bot.retail.shop import ShopBackend
from bot.settings import Settings
from bot.store import proofs
from bot.store.database import Database, opened
from bot.store.proofs import StoredProofs


@dataclass(frozen=True, slots=True)
class Written:
    """What the shop has written down in its files."""

    policies: Policies
    access: Access
    words: Words

    @classmethod
    def read(cls, root: Path) -> Written:
        """The rules, the levels of proof and the words of a content folder.

        Raises:
            ContentError: one of them cannot be used.
        """
        return cls(
            policies=policies.read(root / "data" / "demo" / "policies.yml"),
            access=access.read(root / "data" / "access.yml"),
            words=Words.read(root / "data" / "words.yml"),
        )


def build(
    settings: Settings,
    *,
    written: Written,
    shop: ShopBackend,
    database: Database,
    customers: Callers,
    now: Callable[[], datetime],
) -> Services:
    """The services over a shop and a database; `now` gives aware UTC."""
    timezone = ZoneInfo(settings.shop_timezone)
    return Services(
        shop=shop,
        policies=written.policies,
        proof=Proof(
            shop=shop,
            book=StoredProofs(database),
            access=written.access,
            tries=settings.proof_tries,
            window_minutes=settings.proof_window_minutes,
            now=now,
        ),
        customers=customers,
        clock=lambda: now().astimezone(timezone),
        words=written.words,
        links=Links(customers=customers, database=database, secret=settings.signing_secret, now=now),
    )


def standalone() -> Services:
    """The services inside a stock action server (`rasa run actions`), where every caller is a visitor.

    That server hears from Rasa alone who asks, which proves nothing: signing in needs Guitai's own server.

    Raises:
        GuitaiError: the settings, the shop or the database cannot be used.
    """
    settings = from_environment.read()
    database = opened(settings.database_url)
    visitors = _Visitors(database, timedelta(minutes=settings.proof_minutes))
    written = Written.read(settings.root)
    return build(settings, written=written, shop=open_shop(settings), database=database, customers=visitors, now=_now)


@dataclass(frozen=True, slots=True)
class _Visitors:
    """Callers known by nothing but Rasa's sender id, and what they have shown since."""

    database: Database
    proof_lasts: timedelta

    async def caller(self, conversation: str) -> Caller:
        proven = await self.database.read(proofs.proven, conversation, since=_now() - self.proof_lasts)
        return Caller(conversation=conversation, channel="rasa", sender=conversation, proven_orders=proven.orders)

    def turn(self, conversation: str) -> Asking:
        raise KeyError(conversation)


def _now() -> datetime:
    return datetime.now(UTC)
