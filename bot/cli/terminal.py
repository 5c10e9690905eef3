"""What the commands share: where they print, the settings they read, the database they open, how they stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from bot.settings import Settings

console = Console()
errors = Console(stderr=True)

P = ParamSpec("P")
T = TypeVar("T")


def settings_of(**given: object) -> Settings:
    from bot import logs
    from bot.settings import read

    settings = read(**{name: value for name, value in given.items() if value not in (None, False)})
    quiet = settings.demo and "log_level" not in settings.model_fields_set
    logs.configure("error" if quiet else settings.log_level)
    return settings


def own_settings(**given: object) -> Settings:
    """The settings for a command that serves nobody, so that no secret is asked for."""
    return settings_of(demo=True, **given)


def with_database(work: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    from bot.store.database import opened

    database = opened(own_settings().database_url)
    try:
        return asyncio.run(database.run(work, *args, **kwargs))
    finally:
        database.close()


def with_whole_database(
    work: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    from bot.store.database import opened

    database = opened(own_settings().database_url)
    try:
        return asyncio.run(work(database, *args, **kwargs))
    finally:
        database.close()


def stop(sentence: str) -> NoReturn:
    errors.print(f"[red]{escape(sentence)}[/red]")
    raise typer.Exit(1)


class Steps:
    """Tells what is being done: a bar on a terminal, a line per step elsewhere."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
        self._task = self._bars.add_task("starting", total=1.0)
        self._step = ""

    def __call__(self, step: str, done: float) -> None:
        if step != self._step and not errors.is_terminal:
            errors.print(f"{step} …")
        self._step = step
        self._bars.update(self._task, description=step, completed=done)

    def __enter__(self) -> Steps:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._bars.stop()
