"""What tests of several files share."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.database import Database
from tests.bot.studios import Studio, studio


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def studio_server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[Studio]:
    """One studio for all tests of a run: starting a server costs more than all that is asked of it."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copy(sqlite_template, folder / "guitai.db")
    database = Database(f"sqlite:///{folder / 'guitai.db'}")
    async with studio(database, folder / "shop") as made:
        yield made
    await database.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def at(studio_server: Studio) -> Studio:
    """The studio as on its first day."""
    await studio_server.anew()
    return studio_server
