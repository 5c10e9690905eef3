"""`guitai`: serve, train, talk, check, and look after the database. What is heavy is imported where it is used."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.errors import GuitaiError

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.handoffs import Place

app = typer.Typer(
    help="Guitai 柜台: customer service for retail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
db = typer.Typer(help="Guitai's own database.", no_args_is_help=True)
dead = typer.Typer(help="Messages that failed again and again.", no_args_is_help=True)
replies = typer.Typer(help="Replies that did not arrive, or may have arrived twice.", no_args_is_help=True)
handoffs = typer.Typer(help="Conversations that wait for a person.", no_args_is_help=True)
demo = typer.Typer(help="The demo shop.", no_args_is_help=True)
users = typer.Typer(help="People who sign in: agents, supervisors, editors, admins.", no_args_is_help=True)
app.add_typer(db, name="db")
db.add_typer(dead, name="dead")
db.add_typer(replies, name="replies")
app.add_typer(handoffs, name="handoffs")
app.add_typer(demo, name="demo")
app.add_typer(users, name="users")

console = Console()
errors = Console(stderr=True)

Demo = Annotated[bool, typer.Option("--demo", help="Serve the demo shop, with open doors and demo secrets.")]
P = ParamSpec("P")
T = TypeVar("T")


@app.callback()
def _main() -> None:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")


@app.command()
def serve(
    demo: Demo = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one that dies is started anew.")] = None,
) -> None:
    """Serve everything: channels, screens, health."""
    settings = _settings(demo=demo, host=host, port=port, workers=workers)
    with _Steps() as steps:
        steps("starting", 0.0)
        from bot import parts, server

        listening = server.bound(settings.host, settings.port)  # first: an address that is taken shows at once
        prepared = parts.prepare(settings, progress=steps)
    # The bars draw in a thread of their own, so they end before the process is copied.
    said = partial(_say_ready, is_demo=settings.demo)
    raise typer.Exit(server.serve(settings, prepared, listening, ready=said))


@app.command()
def train(
    root: Annotated[Path | None, typer.Option(help="Folder of config.yml, domain.yml and data/.")] = None,
) -> None:
    """Train the bot from config.yml, domain.yml and data/."""
    settings = _own_settings(root=root)
    with _Steps() as steps:
        steps("starting", 0.0)
        from bot.engine import training

        model = training.train(settings.root, settings.models, steps)
    console.print(f"Trained [bold]{model.name}[/bold].")


@app.command()
def chat(
    customer: Annotated[str, typer.Option("--as", help="A customer who is signed in, such as C001.")] = "",
) -> None:
    """Talk to the bot here, as a customer would. A number presses a button; an empty line ends the talk."""
    from bot.local import chatting

    with _Steps() as steps:
        asyncio.run(chatting(_own_settings(), console, customer=customer or None, progress=steps, ready=steps.stop))


@app.command("test")
def play_talks(
    folder: Annotated[Path | None, typer.Argument(help="Where the talks are; tests/conversations by default.")] = None,
) -> None:
    """Play the written talks against the whole bot and check the facts in its replies."""
    from bot import suite
    from bot.local import play_all

    settings = _own_settings()
    talks = suite.read(folder or settings.root / "tests" / "conversations")
    with _Steps() as steps:
        faults = asyncio.run(play_all(settings, talks, progress=steps))
    for fault in faults:
        console.print(f"[red]{escape(fault.talk)}[/red], turn {fault.turn}: {escape(fault.said)}")
        console.print(f"  missing: {escape(fault.missing)}\n  heard: {escape(fault.heard)}")
    wrong = len({fault.talk for fault in faults})
    console.print(f"{len(talks) - wrong} of {len(talks)} talks went as written.")
    if faults:
        raise typer.Exit(1)


@app.command()
def validate(
    root: Annotated[Path | None, typer.Option(help="Folder of config.yml, domain.yml and data/.")] = None,
) -> None:
    """Find missing texts, unknown names, contradicting rules, an FAQ without its second language."""
    from bot.content import validate as faults_of

    faults = faults_of(_own_settings(root=root).root)
    for fault in faults:
        console.print(escape(str(fault)), soft_wrap=True, highlight=False)
    wrong = sum(fault.severity == "error" for fault in faults)
    console.print(f"{wrong} errors, {len(faults) - wrong} warnings.")
    if wrong:
        raise typer.Exit(1)


@app.command()
def evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Held-out messages; tests/nlu/heldout by default.")] = None,
    *,
    noise: Annotated[bool, typer.Option(help="Also disturb the messages: slips, pinyin, other spellings.")] = False,
) -> None:
    """Show how well messages are understood that the bot was not trained on."""
    from bot.evaluation import assess, show

    settings = _own_settings()
    with _Steps() as steps:
        held_out = folder or settings.root / "tests" / "nlu" / "heldout"
        found = assess(settings, held_out, progress=steps, noisy=noise)
    show(console, found)


@db.command()
def upgrade() -> None:
    """Bring the tables to their newest form."""
    from bot.store.database import opened

    opened(_own_settings().database_url).close()
    console.print("The database is up to date.")


@dead.command("list")
def dead_list() -> None:
    """The messages that were set aside."""
    from bot.store import inbox

    found = _with_database(inbox.dead)
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

    if _with_database(inbox.replay, message) is None:
        _stop(f"{message} is not a message that was set aside; see `guitai db dead list`")
    console.print(f"Message {message} is in the queue again.")


@replies.command("list")
def replies_list() -> None:
    """The replies that were set aside, and those that may have arrived twice."""
    from bot.store import outbox

    found = _with_database(outbox.to_look_at)
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

    if not _with_database(outbox.resend, reply):
        _stop(f"{reply} is not a reply that was set aside; see `guitai db replies list`")
    console.print(f"Reply {reply} is sent again.")


@handoffs.command("list")
def handoffs_list(
    every: Annotated[bool, typer.Option("--all", help="Also those who left or were helped.")] = False,
) -> None:
    """Who waits for a person, the most urgent first."""
    from rich.table import Table

    from bot.store import handoffs as queue

    table = Table("number", "since", "priority", "reason", "state", "summary")
    for place in _with_database(queue.listed, every=every):
        since = f"{place.created_at:%m-%d %H:%M} UTC"
        table.add_row(
            place.number[:8], since, place.priority, place.reason, place.state, escape(place.packet["summary"])
        )
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
    if not _with_database(queue.close, place.number, closing_note=note, now=datetime.now(UTC)):
        _stop(f"handoff {place.number[:8]} was closed before")
    console.print(f"Handoff {place.number[:8]} is closed; the bot answers again.")


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
        _stop(f"roles are {', '.join(accounts.ROLES)}")
    if set(language or ()) - {"zh", "en"}:
        _stop("languages are zh and en")
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
    if not _with_whole_database(
        accounts.add, new, password_hash=_new_password(), totp_secret=secret, now=datetime.now(UTC)
    ):
        _stop(f"{new.name} is taken; see `guitai users list`")
    console.print(f"{escape(new.name)} can sign in.")
    if secret:
        console.print(f"For their authenticator app: {accounts.totp_address(new.name, secret)}", soft_wrap=True)


@users.command("list")
def users_list() -> None:
    """Who can sign in."""
    from rich.table import Table

    from bot.store import accounts

    table = Table("name", "shown as", "roles", "groups", "languages", "talks", "limit", "")
    for each in _with_database(accounts.listed):
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

    if not _with_database(accounts.change, name.strip().casefold(), password_hash=_new_password()):
        _stop(f"there is no {name}; see `guitai users list`")
    console.print(f"{escape(name)} has a new password and is signed out.")


@users.command("disable")
def users_disable(
    name: Annotated[str, typer.Argument(help="With which they sign in.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
) -> None:
    """Let somebody in no more; they are signed out everywhere."""
    from bot.store import accounts

    if not _with_database(accounts.change, name.strip().casefold(), disabled=not undo):
        _stop(f"there is no {name}; see `guitai users list`")
    console.print(f"{escape(name)} can{'' if undo else 'not'} sign in{'' if undo else ' any more'}.")


@demo.command()
def reload() -> None:
    """Load the demo shop anew, as it is today; what was ordered or returned in it is gone."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.retail.sql import load_demo

    settings = _own_settings()
    today = datetime.now(ZoneInfo(settings.shop_timezone)).date()
    load_demo(settings.root / "data" / "demo", settings.demo_database_url, today)
    console.print(f"The demo shop is as on {today}.")


@demo.command()
def inbox() -> None:
    """The demo's phone: one-time codes sent lately."""
    from bot.retail.opening import open_shop
    from bot.retail.sql import SqlShop

    shop = open_shop(_own_settings())
    if not isinstance(shop, SqlShop):
        _stop("GUITAI_SHOP_URL names a real shop; the demo's phone belongs to the demo shop")
    messages = asyncio.run(shop.inbox())
    for sent in messages:
        console.print(f"{sent.sent_at:%H:%M:%S} UTC  {sent.phone}  [bold]{sent.code}[/bold]")
    if not messages:
        console.print("No codes were sent.")


@demo.command()
def token(customer: Annotated[str, typer.Argument(help="Such as C001.")]) -> None:
    """A signed-in customer's token for `metadata.customer_token`, valid for an hour."""
    from datetime import UTC, datetime, timedelta

    from bot.customers import sign

    settings = _own_settings()
    console.print(
        sign(customer, settings.signing_secret, now=datetime.now(UTC), lasts=timedelta(hours=1)), soft_wrap=True
    )


def main() -> None:
    """Run the command line; our own errors end it with one sentence."""
    try:
        app()
    except GuitaiError as error:
        errors.print(f"[red]{escape(str(error))}[/red]")
        raise SystemExit(1) from None


def _settings(**given: object) -> Settings:
    from bot import logs
    from bot.settings import read

    settings = read(**{name: value for name, value in given.items() if value not in (None, False)})
    quiet = settings.demo and "log_level" not in settings.model_fields_set
    logs.configure("error" if quiet else settings.log_level)
    return settings


def _own_settings(**given: object) -> Settings:
    """The settings for a command that serves nobody, so that no secret is asked for."""
    return _settings(demo=True, **given)


def _with_database(work: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    from bot.store.database import opened

    database = opened(_own_settings().database_url)
    try:
        return asyncio.run(database.run(work, *args, **kwargs))
    finally:
        database.close()


def _with_whole_database(
    work: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    from bot.store.database import opened

    database = opened(_own_settings().database_url)
    try:
        return asyncio.run(work(database, *args, **kwargs))
    finally:
        database.close()


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
        _stop(str(error))


def _place(number: str) -> Place:
    from bot.store import handoffs as queue

    place = _with_database(queue.find, number)
    if place is None:
        _stop(f"no single handoff has a number that begins with {number}; see `guitai handoffs list --all`")
    return place


def _stop(sentence: str) -> NoReturn:
    errors.print(f"[red]{escape(sentence)}[/red]")
    raise typer.Exit(1)


class _Steps:
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

    def __enter__(self) -> _Steps:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._bars.stop()


def _say_ready(address: str, *, is_demo: bool) -> None:
    console.print(f"[bold green]Ready[/bold green] at [link={address}]{address}[/link]   (Ctrl+C stops it)")
    if is_demo:
        said = '{"sender": "me", "message": "GT2600010042 到哪了？"}'
        console.print("Try it:", style="dim")
        console.print(
            f"  curl -s {address}/webhooks/rest/webhook -H 'content-type: application/json' -d '{said}'",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
        console.print("  guitai chat", highlight=False)
