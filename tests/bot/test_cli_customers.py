"""`guitai customers` shows and ends links."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.cli import terminal
from bot.store.database import opened
from tests.linking import LinkedHouse


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which two chats are C001's."""
    url = f"sqlite:///{tmp_path / 'guitai.db'}"
    monkeypatch.setenv("GUITAI_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)

    async def talks() -> None:
        database = opened(url)
        house = LinkedHouse(database)
        await house.linked("telegram", "tg-1")
        await house.linked("wechat", "wx-1")
        await house.deliveries.drain(within_seconds=5)
        await database.aclose()

    asyncio.run(talks())
    return url


def test_links_are_listed_ended_and_taken_back(
    linked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["guitai", "customers", *words])
        monkeypatch.setattr(terminal.console, "width", 200)
        monkeypatch.setattr(terminal.errors, "width", 200)
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    listed = run("links", "--of", "C001")[1]
    assert [word in listed for word in ("tg-1", "wx-1", "code", "sign_in")] == [True] * 4
    numbers = {line.split("│")[4].strip(): line.split("│")[1].strip() for line in listed.splitlines() if "code" in line}
    assert run("unlink", numbers["tg-1"], "--why", "lost phone")[0] == 0
    assert run("undo", numbers["wx-1"])[0] == 0
    listed = run("links")[1]
    assert "unlinked" in listed
    assert "undone" in listed
    assert run("unlink", numbers["tg-1"])[0] == 1
    assert "cannot be taken back" in run("undo", numbers["wx-1"])[1]
    assert "Nothing is linked." in run("links", "--of", "C999")[1]
