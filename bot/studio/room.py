"""All that the studio's pages work with, built once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.pen import Pen
from bot.settings import Settings
from bot.store.database import Database
from bot.studio.checker import Checker
from bot.studio.exchange import Exchange
from bot.studio.learn import Learn
from bot.studio.preview import Preview, Render
from bot.studio.resting import Resting
from bot.studio.studio import Studio
from bot.studio.views import Views
from bot.studio.words import StudioWords


@dataclass(frozen=True, slots=True)
class Room:
    studio: Studio
    views: Views
    learn: Learn
    exchange: Exchange
    preview: Preview
    resting: Resting
    words: StudioWords


def build(
    settings: Settings,
    *,
    database: Database,
    engine: Any,
    renders: Mapping[str, Render],
    now: Callable[[], datetime],
) -> Room:
    """`engine` understands texts and says responses; `renders` are how channels show a bubble.

    Raises:
        ContentError: data/studio.yml cannot be used.
    """
    zone = ZoneInfo(settings.shop_timezone)

    def today() -> date:
        return now().astimezone(zone).date()

    words = StudioWords.read(settings.root / "data" / "studio.yml")
    pen = Pen(settings.root)
    checker = Checker(pen, engine, words, today=today)
    studio = Studio(database=database, pen=pen, checker=checker, words=words, now=now)
    learn = Learn(studio, engine, now=now)
    return Room(
        studio=studio,
        views=Views(studio, learn),
        learn=learn,
        exchange=Exchange(studio),
        preview=Preview(words, renders),
        resting=Resting(pen, engine, today=today),
        words=words,
    )
