"""`guitai db`: the tables, and what was set aside in them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import console, own_settings, stop, with_database

db = typer.Typer(help="Guitai's own database.", no_args_is_help=True)
dead = typer.Typer(help="Messages that failed again and again.", no_args_is_help=True)
replies = typer.Typer(help="Replies that did not arrive, or may have arrived twice.", no_args_is_help=True)
db.add_typer(dead, name="dead")
db.add_typer(replies, name="replies")


@db.command()
def upgrade() -> None:
    """Bring the tables to their newest form."""
    from bot.store.database import opened

    opened(own_settings().database_url).close()
    console.print("The database is up to date.")


@dead.command("list")
def dead_list() -> None:
    """The messages that were set aside."""
    from bot.store import inbox

    found = with_database(inbox.dead)
    if not found:
        console.print("None.")
    for message in found:
        when = f"{message.received_at:%Y-%m-%d %H:%M:%S} UTC"
        console.print(
            f"[bold]{message.message}[/bold]  {when}  {message.channel}  {message.conversation}  {message.error}"
        )


@dead.command()
def replay(message: Annotated[int, typer.Argument(help="Its number in `guitai db dead list`.")]) -> None:
    """Put a message that was set aside in the queue again; the running server takes it up."""
    from bot.store import inbox

    if with_database(inbox.replay, message) is None:
        stop(f"{message} is not a message that was set aside; see `guitai db dead list`")
    console.print(f"Message {message} is in the queue again.")


@replies.command("list")
def replies_list() -> None:
    """The replies that were set aside, and those that may have arrived twice."""
    from bot.store import outbox

    found = with_database(outbox.to_look_at)
    if not found:
        console.print("None.")
    for reply in found:
        when = f"{reply.created_at:%Y-%m-%d %H:%M:%S} UTC"
        state = f"{reply.state}, perhaps twice" if reply.uncertain else reply.state
        where = f"{reply.channel}  {reply.conversation}"
        console.print(f"[bold]{reply.number}[/bold]  {when}  {where}  {state}  {escape(reply.error)}")


@replies.command()
def resend(reply: Annotated[int, typer.Argument(help="Its number in `guitai db replies list`.")]) -> None:
    """Send a reply that was set aside; the running server takes it up."""
    from bot.store import outbox

    if not with_database(outbox.resend, reply):
        stop(f"{reply} is not a reply that was set aside; see `guitai db replies list`")
    console.print(f"Reply {reply} is sent again.")
