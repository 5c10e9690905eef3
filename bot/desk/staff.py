"""All that the staff's screens work with, built once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from bot.accounts import Accounts
from bot.desk.money import Money
from bot.desk.shelf import Shelf
from bot.desk.texts import DeskTexts
from bot.desk.views import Knowing, StatusWords, Views
from bot.desk.watch import Watch
from bot.desk.ways import Ways
from bot.desk.work import Desk
from bot.live import Live
from bot.retail.policies import Policies
from bot.retail.shop import ShopBackend
from bot.settings import Settings
from bot.store.database import Database
from bot.switchboard import ServiceHours, Tempo
from bot.voice import Voice


@dataclass(frozen=True, slots=True)
class Staff:
    accounts: Accounts
    desk: Desk
    money: Money
    views: Views
    shelf: Shelf
    ways: Ways
    texts: DeskTexts
    watch: Watch
    link: Callable[[str], str]
    """The key under which a file can be fetched for a while."""


def build(
    settings: Settings,
    *,
    database: Database,
    live: Live,
    shop: ShopBackend,
    engine: Knowing,
    voice: Voice,
    line: Tempo,
    texts: DeskTexts,
    hours: ServiceHours,
    policies: Policies,
    words: StatusWords,
    link: Callable[[str], str],
    carried: Collection[str],
    deliver: Callable[[str], None],
    now: Callable[[], datetime],
    hasher: PasswordHasher | None = None,
) -> Staff:
    """`carried` are channels that need no sending; `deliver` is told of talks with something to send."""
    zone = ZoneInfo(settings.shop_timezone)

    def today() -> date:
        return now().astimezone(zone).date()

    desk = Desk(
        database=database,
        live=live,
        texts=texts,
        voice=voice,
        line=line,
        settings=settings,
        answer_minutes=hours.answer_minutes,
        carried=carried,
        deliver=deliver,
        now=now,
    )
    money = Money(desk=desk, shop=shop, policies=policies, today=today, texts=texts)
    return Staff(
        accounts=Accounts(database=database, now=now, hasher=hasher),
        desk=desk,
        money=money,
        views=Views(desk=desk, money=money, shop=shop, engine=engine, texts=texts, words=words, link=link),
        shelf=Shelf(desk, texts),
        ways=Ways(desk, deliver),
        texts=texts,
        watch=Watch(desk, money),
        link=link,
    )
