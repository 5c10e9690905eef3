"""Imports point one way, and each library has its door. The tables are the house's plan; a new room gets its line."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("actions", "bot", "channels")

ROWS: tuple[tuple[str, ...], ...] = (
    ("bot.cli",),
    ("bot.server", "bot.local", "bot.evaluation"),
    ("bot.parts",),
    ("bot.previews",),
    ("bot.api", "channels", "actions"),
    ("bot.arrivals", "bot.talks", "bot.desk", "bot.leftovers", "bot.studio"),
    ("bot.router", "bot.deliveries", "bot.publishing"),
    ("bot.turns",),
    ("bot.switchboard",),
    (
        "bot.accounts",
        "bot.engine",
        "bot.files",
        "bot.handoff",
        "bot.content",
        "bot.customers",
        "bot.metrics",
        "bot.replies",
        "bot.retail",
        "bot.nlu",
        "bot.sockets",
        "bot.suite",
        "bot.uploads",
        "bot.visitors",
        "bot.wording",
        "bot.voice",
    ),
    ("bot.store", "bot.live"),
    ("bot.settings",),
    ("bot.messages", "bot.conversations", "bot.errors", "bot.faithful", "bot.logs", "bot.pictures", "bot.workers"),
)
"""A room imports rooms of later rows, never its neighbours. `bot` itself is the house's sign and may be read by all."""

DOORS: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("bot.store", "bot.retail"),
    "alembic": ("bot.store",),
    "redis": ("bot.live",),
    "rasa": ("bot.engine", "bot.nlu"),
    "rasa_sdk": ("actions", "bot.engine"),
    "spacy": ("bot.nlu",),
    "sklearn": ("bot.nlu",),
    "sanic": ("bot.server", "bot.api", "bot.uploads", "channels"),
    "sanic_ext": ("bot.server", "bot.api", "channels"),
    "cryptography": ("channels",),
    "defusedxml": ("channels",),
    "httpx": ("bot.retail", "bot.wording", "channels"),
    "telegram": ("channels",),
    "imapclient": ("channels",),
    "aiosmtplib": ("channels",),
    "openpyxl": ("bot.studio",),
    "argon2": ("bot.accounts", "bot.desk"),
    "pyotp": ("bot.accounts",),
    "jwt": ("bot.customers", "bot.visitors"),
    "prometheus_client": ("bot.metrics",),
    "pydantic_settings": ("bot.settings",),
    "typer": ("bot.cli",),
    "rich": ("bot.cli", "bot.local", "bot.evaluation"),
    "time_machine": ("bot.local",),
}
"""Which rooms may import a library."""

SQL_ROOMS = ("bot.retail.sql", "bot.retail.loading", "bot.retail.rows", "bot.retail.tables")
"""In bot.retail, the demo shop's database alone."""


def _modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path


MODULES = dict(_modules())


def _imports(name: str, path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever they stand; those for types alone included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports hide where a name comes from"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def _room(name: str) -> str | None:
    """The room a module belongs to; None for `bot` itself and for libraries."""
    rooms = [room for row in ROWS for room in row if name == room or name.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def _row(room: str) -> int:
    return next(number for number, row in enumerate(ROWS) if room in row)


def test_every_module_has_a_room() -> None:
    homeless = [name for name in MODULES if name != "bot" and _room(name) is None]
    assert homeless == [], "give each a line in ROWS"


def test_imports_point_one_way() -> None:
    wrong = []
    for name, path in MODULES.items():
        here = _room(name)
        for imported in _imports(name, path):
            there = _room(imported)
            if here is None or there is None or here == there:
                continue
            if _row(there) <= _row(here):
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


def test_each_library_has_its_door() -> None:
    wrong = []
    for name, path in MODULES.items():
        for imported in _imports(name, path):
            library = imported.partition(".")[0]
            if library in DOORS and _room(name) not in DOORS[library]:
                wrong.append(f"{name} imports {library}")
    assert wrong == []


def test_in_the_shop_only_the_demo_knows_sql() -> None:
    wrong = [
        name
        for name, path in MODULES.items()
        if name.startswith("bot.retail")
        and name not in SQL_ROOMS
        and any(imported.partition(".")[0] == "sqlalchemy" for imported in _imports(name, path))
    ]
    assert wrong == []


def test_what_stock_rasa_runs_imports_nothing_of_the_product() -> None:
    """bot.nlu and the policy also run inside a stock Rasa on Python 3.10."""
    inside = [name for name in MODULES if name.startswith("bot.nlu") or name == "bot.engine.policy"]
    wrong = [
        f"{name} imports {imported}"
        for name in inside
        for imported in _imports(name, MODULES[name])
        if imported.startswith("bot") and not imported.startswith(("bot.nlu", "bot.engine.policy"))
    ]
    assert wrong == []


def test_the_words_know_only_the_standard_library_and_their_own_kind() -> None:
    words = [name for name in MODULES if _room(name) in ("bot.messages", "bot.conversations", "bot.errors")]
    for name in words:
        for imported in _imports(name, MODULES[name]):
            assert imported.partition(".")[0] in sys.stdlib_module_names, f"{name} imports {imported}"


def test_a_server_starts_without_what_only_some_need() -> None:
    """Tables of pinyin and of people's spreadsheets would take a quarter of a server's memory; training has its own."""
    heavy = {"openpyxl", "pypinyin", "sklearn", "pytest", "tensorflow"}
    code = f"import bot.server, bot.workers, sys; print(*sorted({heavy!r} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    assert found.stdout.split() == []


@pytest.mark.parametrize(
    ("here", "there", "fine"),
    [
        ("bot.router", "bot.store.inbox", True),
        ("bot.store.inbox", "bot.store.database", True),
        ("bot.store.inbox", "bot.router", False),
        ("bot.retail.sql", "bot.engine.engine", False),
        ("channels.rest", "actions.base", False),
    ],
)
def test_the_table_allows_and_refuses(here: str, there: str, fine: bool) -> None:
    rooms = _room(here), _room(there)
    assert None not in rooms
    assert (rooms[0] == rooms[1] or _row(rooms[1]) > _row(rooms[0])) is fine
