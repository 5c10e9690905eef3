"""The command line: quick to start, one sentence for an error, and the store's looks and levers."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from bot import cli
from bot.cli import terminal
from bot.customers import ALGORITHM, AUDIENCE
from bot.settings import DEMO_SECRET
from bot.store.database import Database, opened
from tests.house import House

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'var' / 'guitai.db'}"
    monkeypatch.setenv("GUITAI_DATABASE_URL", url)
    monkeypatch.setenv("GUITAI_DEMO_DATABASE_URL", f"sqlite:///{tmp_path / 'var' / 'shop.db'}")
    for name in ("CUSTOMER_TOKEN_SECRET", "REST_TOKEN", "DEMO", "SHOP_URL"):
        monkeypatch.delenv(f"GUITAI_{name}", raising=False)
    monkeypatch.chdir(tmp_path)  # away from a .env
    return url


@pytest.fixture
def guitai(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; its exit code, what it said, and what it complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["guitai", *words])
        monkeypatch.setattr(terminal.console, "width", 200)
        monkeypatch.setattr(terminal.errors, "width", 200)
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def happened(own_database: str) -> Callable[[Callable[[House], Coroutine[Any, Any, None]]], None]:
    """Lets something happen in the database before a command looks at it."""

    def let(story: Callable[[House], Coroutine[Any, Any, None]]) -> None:
        async def tell(database: Database) -> None:
            house = House(database)
            await story(house)
            await house.router.drain(within_seconds=5)

        database = opened(own_database)
        asyncio.run(tell(database))
        database.close()

    return let


def test_help_names_the_commands_and_is_quick_to_come(guitai: Run) -> None:
    code, said, _ = guitai("--help")
    assert code == 0
    assert all(name in said for name in ("serve", "train", "chat", "test", "validate", "handoffs", "db", "demo"))


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    heavy = ("rasa", "sanic", "sqlalchemy", "spacy", "numpy", "httpx", "pydantic")
    look = f"import bot.cli, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_a_missing_secret_stops_the_start_with_one_sentence(guitai: Run) -> None:
    code, _, complaint = guitai("serve", "--port", "0")
    assert code == 1
    assert complaint.strip() == ("GUITAI_CUSTOMER_TOKEN_SECRET is empty or the demo's; set it to a secret of your own")


def test_a_database_that_cannot_be_used_is_one_sentence(guitai: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUITAI_DATABASE_URL", "mysql://here/there")
    code, _, complaint = guitai("db", "upgrade")
    assert (code, complaint.strip()) == (1, "GUITAI_DATABASE_URL: use a sqlite:/// or postgresql:// address")


def test_the_tables_are_made_where_there_are_none(guitai: Run, tmp_path: Path) -> None:
    assert guitai("db", "upgrade")[0] == 0
    assert (tmp_path / "var" / "guitai.db").is_file()


def test_nobody_waits_and_nothing_is_dead_at_first(guitai: Run) -> None:
    assert "Nobody waits." in guitai("handoffs", "list")[1]
    assert "None." in guitai("db", "dead", "list")[1]


def test_a_waiting_customer_is_listed_shown_and_given_back(
    guitai: Run, happened: Callable[..., None], own_database: str
) -> None:
    async def ask(house: House) -> None:
        await house.say("human")

    happened(ask)
    _, listed, _ = guitai("handoffs", "list")
    assert "wants a person" in listed
    number = next(word for line in listed.splitlines() if "asked" in line for word in line.split() if len(word) == 8)
    assert '"transcript"' in guitai("handoffs", "show", number)[1]
    assert guitai("handoffs", "close", number, "--note", "called back")[0] == 0
    assert "Nobody waits." in guitai("handoffs", "list")[1]
    assert "closed" in guitai("handoffs", "list", "--all")[1]
    code, _, complaint = guitai("handoffs", "close", number)
    assert (code, "closed before" in complaint) == (1, True)

    async def write(house: House) -> None:
        assert await house.say("hello") == ["2: hello"]

    happened(write)


def test_an_unknown_handoff_is_one_sentence(guitai: Run) -> None:
    code, _, complaint = guitai("handoffs", "show", "abc")
    assert (code, "begins with abc" in complaint) == (1, True)


def test_a_dead_message_is_listed_and_replayed_once(guitai: Run, happened: Callable[..., None]) -> None:
    async def poison(house: House) -> None:
        house.engine.failures = 3
        await house.say("poison")

    happened(poison)
    assert "RuntimeError" in guitai("db", "dead", "list")[1]
    assert guitai("db", "dead", "replay", "1")[0] == 0
    assert guitai("db", "dead", "replay", "1")[0] == 1

    async def take_up(house: House) -> None:
        await house.router.sweep()
        await house.router.drain(within_seconds=5)
        assert [heard["text"] for heard in house.engine.heard] == ["poison"]

    happened(take_up)


def test_the_demo_gives_tokens_and_has_a_phone(guitai: Run) -> None:
    token = guitai("demo", "token", "C001")[1].strip()
    assert jwt.decode(token, DEMO_SECRET, algorithms=[ALGORITHM], audience=AUDIENCE)["sub"] == "C001"
    assert "No codes were sent." in guitai("demo", "inbox")[1]
    assert "The demo shop is as on" in guitai("demo", "reload")[1]


def test_a_real_shop_has_no_demo_phone(guitai: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUITAI_SHOP_URL", "https://shop.example")
    code, _, complaint = guitai("demo", "inbox")
    assert (code, "belongs to the demo shop" in complaint) == (1, True)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a line on standard input."""

    def put(line: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))

    return put


def test_people_are_added_listed_disabled_and_let_in_again(guitai: Run, typed: Callable[[str], None]) -> None:
    typed("a long password")
    code, out, _ = guitai("users", "add", "Li", "--zh", "李静", "--en", "Li Jing", "--role", "agent", "--totp")
    assert (code, "li can sign in" in out, "otpauth://totp/Guitai:li" in out) == (0, True, True)
    code, out, _ = guitai("users", "list")
    assert all(word in out for word in ("li", "李静 / Li Jing", "agent", "one-time password"))
    typed("another long password")
    assert guitai("users", "set-password", "li")[0] == 0
    assert guitai("users", "disable", "li")[0] == 0
    assert "disabled" in guitai("users", "list")[1]
    assert guitai("users", "disable", "li", "--undo")[0] == 0
    assert "disabled" not in guitai("users", "list")[1]


@pytest.mark.parametrize(
    ("words", "password", "complaint"),
    [
        (("users", "add", "li", "--zh", "李", "--en", "Li", "--role", "boss"), "a long password", "roles are agent"),
        (("users", "add", "li", "--zh", "李", "--en", "Li", "--role", "agent"), "short", "10 to 256 characters"),
        (("users", "set-password", "li"), "a long password", "there is no li"),
        (("users", "disable", "li"), "", "there is no li"),
    ],
)
def test_what_cannot_be_done_with_people_is_said(
    guitai: Run, typed: Callable[[str], None], words: tuple[str, ...], password: str, complaint: str
) -> None:
    typed(password)
    code, _, err = guitai(*words)
    assert code == 1
    assert complaint in err


def test_a_name_is_given_to_one_person(guitai: Run, typed: Callable[[str], None]) -> None:
    add = ("users", "add", "li", "--zh", "李静", "--en", "Li Jing", "--role", "agent")
    typed("a long password")
    assert guitai(*add)[0] == 0
    typed("a long password")
    code, _, err = guitai(*add)
    assert (code, "li is taken" in err) == (1, True)
