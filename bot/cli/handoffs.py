"""`guitai handoffs`: who waits for a person, for want of a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import console, stop, with_database
from bot.messages import in_words

if TYPE_CHECKING:
    from bot.store.handoffs import Place

handoffs = typer.Typer(help="Conversations that wait for a person.", no_args_is_help=True)


@handoffs.command("list")
def handoffs_list(
    every: Annotated[bool, typer.Option("--all", help="Also those who left or were helped.")] = False,
) -> None:
    """Who waits for a person, the most urgent first."""
    from rich.table import Table

    from bot.store import handoffs as queue

    table = Table("number", "since", "priority", "reason", "state", "summary")
    for place in with_database(queue.listed, every=every):
        since = f"{place.created_at:%m-%d %H:%M} UTC"
        summary = in_words(place.packet["summary"], "en")
        table.add_row(place.number[:8], since, place.priority, place.reason, place.state, escape(summary))
    console.print(table if table.row_count else "Nobody waits.")


@handoffs.command()
def show(number: Annotated[str, typer.Argument(help="The beginning of a handoff's number.")]) -> None:
    """Everything a person is handed."""
    console.print_json(data=_place(number).packet)


@handoffs.command()
def close(
    number: Annotated[str, typer.Argument(help="The beginning of a handoff's number.")],
    note: Annotated[str, typer.Option(help="What was done.")] = "",
) -> None:
    """Mark a handoff as dealt with; the conversation goes back to the bot."""
    from datetime import UTC, datetime

    from bot.store import handoffs as queue

    place = _place(number)
    if not with_database(queue.close, place.number, closing_note=note, now=datetime.now(UTC)):
        stop(f"handoff {place.number[:8]} was closed before")
    console.print(f"Handoff {place.number[:8]} is closed; the bot answers again.")


def _place(number: str) -> Place:
    from bot.store import handoffs as queue

    place = with_database(queue.find, number)
    if place is None:
        stop(f"no single handoff has a number that begins with {number}; see `guitai handoffs list --all`")
    return place
