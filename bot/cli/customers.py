"""`guitai customers`: who is known on which channels, since when, by what proof; and the end of a link."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from bot.cli.terminal import console, stop, with_database

customers = typer.Typer(help="Customers' chats: which are linked to whom.", no_args_is_help=True)
Why = Annotated[str, typer.Option(help="Why, for the account that is kept of links.")]


@customers.command("links")
def customers_links(
    customer: Annotated[str, typer.Option("--of", help="A shop customer, such as C001.")] = "",
) -> None:
    """Every link that was made, newest first: when, how it was proven, by whom, and how it ended."""
    from rich.table import Table

    from bot.store import linking

    table = Table("number", "customer", "channel", "address", "since", "proven by", "made by", "ended")
    for link in with_database(linking.listed, shop_customer=customer or None):
        ended = f"{link.ended_how} {link.ended_at:%m-%d %H:%M} by {link.ended_by}" if link.ended_at else ""
        table.add_row(
            str(link.id),
            link.shop_customer,
            link.address.channel,
            link.address.sender,
            f"{link.at:%m-%d %H:%M} UTC",
            link.how,
            link.by,
            ended,
        )
    console.print(table if table.row_count else "Nothing is linked.")


@customers.command()
def unlink(number: Annotated[int, typer.Argument(help="The link's number.")], why: Why = "") -> None:
    """End a link: the chat begins anew and knows nothing; what was said stays with the customer."""
    from datetime import UTC, datetime

    from bot.store import linking, parting

    link = with_database(linking.find, number)
    if link is None or link.ended_at is not None:
        stop(f"link {number} does not exist or has ended; see `guitai customers links`")
    now, by = datetime.now(UTC), getpass.getuser()
    with_database(parting.part, link.address, how="unlinked", by=by, why=why, now=now)
    console.print(f"Link {number} has ended: {link.address.channel} {link.address.sender} is nobody's.")


@customers.command()
def undo(number: Annotated[int, typer.Argument(help="The link's number.")], why: Why = "") -> None:
    """Take a link back as a mistake: the chat has its earlier talk again, with all that was written there since."""
    from datetime import UTC, datetime

    from bot.store import parting

    try:
        with_database(parting.undo, number, by=getpass.getuser(), why=why, now=datetime.now(UTC))
    except LookupError as error:
        stop(f"link {number} cannot be taken back: {error}")
    console.print(f"Link {number} is taken back.")
