"""`guitai users`: who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import console, stop, with_database, with_whole_database

users = typer.Typer(help="People who sign in: agents, supervisors, editors, admins.", no_args_is_help=True)


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="With which they sign in.")],
    zh: Annotated[str, typer.Option(help="As Chinese-speaking customers read them.")],
    en: Annotated[str, typer.Option(help="As English-speaking customers read them.")],
    role: Annotated[list[str], typer.Option(help="agent, supervisor, editor or admin; may be repeated.")],
    group: Annotated[list[str] | None, typer.Option(help="Skill groups of data/desk.yml; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="zh, en; may be repeated.")] = None,
    capacity: Annotated[int, typer.Option(min=1, max=50, help="Talks at the same time.")] = 5,
    money_limit: Annotated[float | None, typer.Option(min=0, help="CNY they may give; else the shop's rule.")] = None,
    totp: Annotated[bool, typer.Option("--totp", help="Also ask for a one-time password.")] = False,
) -> None:
    """Let somebody sign in; their password is asked for, or read from standard input."""
    from datetime import UTC, datetime
    from decimal import Decimal

    from bot import accounts

    if set(role) - set(accounts.ROLES):
        stop(f"roles are {', '.join(accounts.ROLES)}")
    if set(language or ()) - {"zh", "en"}:
        stop("languages are zh and en")
    secret = accounts.new_totp() if totp else None
    new = accounts.NewAccount(
        name=name.strip().casefold(),
        shown_zh=zh,
        shown_en=en,
        roles=tuple(role),
        groups=tuple(group or ["general"]),
        languages=tuple(language or ["zh", "en"]),
        capacity=capacity,
        money_limit=None if money_limit is None else Decimal(str(money_limit)),
    )
    if not with_whole_database(
        accounts.add, new, password_hash=_new_password(), totp_secret=secret, now=datetime.now(UTC)
    ):
        stop(f"{new.name} is taken; see `guitai users list`")
    console.print(f"{escape(new.name)} can sign in.")
    if secret:
        console.print(f"For their authenticator app: {accounts.totp_address(new.name, secret)}", soft_wrap=True)


@users.command("list")
def users_list() -> None:
    """Who can sign in."""
    from rich.table import Table

    from bot.store import accounts

    table = Table("name", "shown as", "roles", "groups", "languages", "talks", "limit", "")
    for each in with_database(accounts.listed):
        shown = " / ".join(dict.fromkeys(each.shown_as.values()))
        limit = "" if each.money_limit is None else str(each.money_limit)
        marks = [
            word for word, is_so in (("disabled", each.disabled), ("one-time password", each.totp_secret)) if is_so
        ]
        table.add_row(
            escape(each.name),
            escape(shown),
            ", ".join(each.roles),
            ", ".join(each.groups),
            ", ".join(each.languages),
            str(each.capacity),
            limit,
            ", ".join(marks),
        )
    console.print(table if table.row_count else "Nobody; add somebody with `guitai users add`.")


@users.command("set-password")
def users_set_password(name: Annotated[str, typer.Argument(help="With which they sign in.")]) -> None:
    """Give somebody a new password; they are signed out everywhere."""
    from bot.store import accounts

    if not with_database(accounts.change, name.strip().casefold(), password_hash=_new_password()):
        stop(f"there is no {name}; see `guitai users list`")
    console.print(f"{escape(name)} has a new password and is signed out.")


@users.command("disable")
def users_disable(
    name: Annotated[str, typer.Argument(help="With which they sign in.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
) -> None:
    """Let somebody in no more; they are signed out everywhere."""
    from bot.store import accounts

    if not with_database(accounts.change, name.strip().casefold(), disabled=not undo):
        stop(f"there is no {name}; see `guitai users list`")
    console.print(f"{escape(name)} can{'' if undo else 'not'} sign in{'' if undo else ' any more'}.")


def _new_password() -> str:
    """What is kept of a password that somebody types, or that comes on standard input."""
    from bot import accounts

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        return accounts.hashed(password)
    except ValueError as error:
        stop(str(error))
