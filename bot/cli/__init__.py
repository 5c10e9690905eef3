"""`guitai`: serve, train, talk, check, and look after the database. What is heavy is imported where it is used."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.customers import customers
from bot.cli.demo import demo
from bot.cli.handoffs import handoffs
from bot.cli.store import db
from bot.cli.terminal import Steps, console, errors, own_settings, settings_of
from bot.cli.users import users
from bot.errors import GuitaiError

app = typer.Typer(
    help="Guitai 柜台: customer service for retail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
app.add_typer(db, name="db")
app.add_typer(handoffs, name="handoffs")
app.add_typer(customers, name="customers")
app.add_typer(demo, name="demo")
app.add_typer(users, name="users")

Demo = Annotated[bool, typer.Option("--demo", help="Serve the demo shop, with open doors and demo secrets.")]


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
    settings = settings_of(demo=demo, host=host, port=port, workers=workers)
    with Steps() as steps:
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
    settings = own_settings(root=root)
    with Steps() as steps:
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

    with Steps() as steps:
        asyncio.run(chatting(own_settings(), console, customer=customer or None, progress=steps, ready=steps.stop))


@app.command("test")
def play_talks(
    folder: Annotated[Path | None, typer.Argument(help="Where the talks are; tests/conversations by default.")] = None,
) -> None:
    """Play the written talks against the whole bot and check the facts in its replies."""
    from bot import suite
    from bot.local import play_all

    settings = own_settings()
    talks = suite.read(folder or settings.root / "tests" / "conversations")
    with Steps() as steps:
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

    faults = faults_of(own_settings(root=root).root)
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

    settings = own_settings()
    with Steps() as steps:
        held_out = folder or settings.root / "tests" / "nlu" / "heldout"
        found = assess(settings, held_out, progress=steps, noisy=noise)
    show(console, found)


def main() -> None:
    """Run the command line; our own errors end it with one sentence."""
    try:
        app()
    except GuitaiError as error:
        errors.print(f"[red]{escape(str(error))}[/red]")
        raise SystemExit(1) from None


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
