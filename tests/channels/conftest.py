"""A served web channel over a house with a fake engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Database
from tests.bot.served import Served, served
from tests.channels.widgets import web
from tests.house import House


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[House]:
    made = House(sqlite_database)
    yield made
    await made.router.drain(within_seconds=5)


@pytest.fixture
async def site(house: House, tmp_path: Path) -> AsyncIterator[Served]:
    """The web channel on a free port."""
    async with served(house, [web(tmp_path)]) as made:
        yield made
