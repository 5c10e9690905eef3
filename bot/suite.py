"""The conversation suite: written talks are played against the whole bot, and the facts in its replies are checked.

A file of talks is YAML:

    today: 2026-11-22T12:00+08:00      # the day on which all of its talks happen
    talks:
    - name: a parcel on its way
      language: en
      turns:
      - say: where is GT2600010042
        expect: [last four digits]      # each stands somewhere in the replies, case aside
      - say: "8812"
        expect: [SF1380013880042, <day+1>]
        never: [sorry]

`say` is typed text, `press` a button of the last replies, found by a part of its title. `expect` wants every text, a
list inside it wants any of its texts; `never` wants none. `<day+1>` is the day after `today` as the bot writes days,
`<date+1>` the same in ISO form. `handoff: complaint` wants the talk handed over for that reason, `handoff: none` wants
it not to be. `customer: C001` at a talk signs that customer in. A text between slashes is a regular expression.
`times: 1000` beside `say` says it a thousand times over, in one message.
`<code>` in what is said is the one-time code that was sent last to the demo's phone. Every talk begins with the demo
shop as it was loaded and with no guesses counted, so that no talk feels what another has done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from bot.errors import ContentError

CODE = "<code>"
Wanted = str | Sequence[str]
"""A text that must be there, or several of which one must."""


@dataclass(frozen=True, slots=True)
class TurnScript:
    say: str | None = None
    press: str | None = None
    expect: tuple[Wanted, ...] = ()
    never: tuple[str, ...] = ()
    handoff: str | None = None
    times: int = 1
    """How often `say` is repeated within the one message."""


@dataclass(frozen=True, slots=True)
class TalkScript:
    name: str
    source: str
    """The file it comes from."""
    language: str
    today: datetime
    turns: tuple[TurnScript, ...]
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a talk did not go as written."""

    talk: str
    turn: int
    """Counted from 1."""
    said: str
    missing: str
    heard: str
    """All that the bot said in that turn."""


@dataclass(slots=True)
class Heard:
    """The replies of one turn."""

    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    """Title to payload."""


class Bot(Protocol):
    """The bot under test, as one customer meets it."""

    async def say(self, sender: str, text: str, *, customer: str | None = None) -> Heard: ...

    async def handoff(self, sender: str) -> str | None:
        """The reason of the handoff that is open for this sender; None without one."""

    async def code(self) -> str | None:
        """The one-time code sent last; None when none was sent."""


def read(folder: Path) -> list[TalkScript]:
    """All talks of the YAML files in `folder`, by file name.

    Raises:
        ContentError: a talk is not written as this module's docstring says.
    """
    return [talk for path in sorted(folder.glob("*.yml")) for talk in _talks(path)]


def _talks(path: Path) -> list[TalkScript]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        today = data["today"] if isinstance(data["today"], datetime) else datetime.fromisoformat(data["today"])
        return [
            TalkScript(
                name=talk["name"],
                source=path.name,
                language=talk["language"],
                today=today,
                customer=talk.get("customer"),
                turns=tuple(_turn(turn) for turn in talk["turns"]),
            )
            for talk in data["talks"]
        ]
    except (KeyError, TypeError) as error:
        raise ContentError(f"{path}: {error!r}; see bot/suite.py for the form") from error


def _turn(data: Mapping[str, Any]) -> TurnScript:
    unknown = data.keys() - {"say", "press", "expect", "never", "handoff", "times"}
    if unknown or ("say" in data) == ("press" in data):
        raise TypeError(f"a turn has `say` or `press` and knows nothing of {sorted(unknown)}: {dict(data)}")
    return TurnScript(
        say=data.get("say"),
        press=data.get("press"),
        expect=tuple(data.get("expect", ())),
        never=tuple(data.get("never", ())),
        handoff=data.get("handoff"),
        times=int(data.get("times", 1)),
    )


async def play(
    talk: TalkScript, bot: Bot, *, sender: str, day_in_words: Callable[[date, str, date], str]
) -> list[Fault]:
    """Play one talk; every fault found, none when it went as written.

    `day_in_words(day, language, today)` writes a day as the bot does.
    """
    faults: list[Fault] = []
    heard = Heard("")
    for number, turn in enumerate(talk.turns, start=1):
        said = turn.say * turn.times if turn.say is not None else _pressed(turn.press or "", heard)
        if said is None:
            faults.append(Fault(talk.name, number, f"[{turn.press}]", "a button of this title", heard.text))
            return faults
        if CODE in said:
            code = await bot.code()
            if code is None:
                faults.append(Fault(talk.name, number, said, "a one-time code on the demo's phone", heard.text))
                return faults
            said = said.replace(CODE, code)
        heard = await bot.say(sender, said, customer=talk.customer)
        missing = _missing(turn, heard, lambda text: _filled(text, talk, day_in_words))
        if turn.handoff is not None:
            reason = await bot.handoff(sender) or "none"
            if reason != turn.handoff:
                missing.append(f"handoff {turn.handoff}, there is {reason}")
        faults += [Fault(talk.name, number, said, what, heard.text) for what in missing]
    return faults


def _pressed(title: str, heard: Heard) -> str | None:
    return next((payload for name, payload in heard.buttons.items() if title.casefold() in name.casefold()), None)


def _missing(turn: TurnScript, heard: Heard, fill: Callable[[str], str]) -> list[str]:
    if not heard.text.strip():
        return ["a reply"]
    everything = heard.text + "\n" + "\n".join(heard.buttons)
    missing = []
    for wanted in turn.expect:
        texts = [wanted] if isinstance(wanted, str) else list(wanted)
        if not any(_stands(fill(text), everything) for text in texts):
            missing.append(" or ".join(texts))
    missing += [f"no {text}" for text in turn.never if _stands(fill(text), everything)]
    return missing


def _stands(wanted: str, text: str) -> bool:
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(wanted[1:-1], text, re.IGNORECASE) is not None
    return wanted.casefold() in text.casefold()


def _filled(text: str, talk: TalkScript, day_in_words: Callable[[date, str, date], str]) -> str:
    def day(match: re.Match[str]) -> str:
        today = talk.today.date()
        named = today + timedelta(days=int(match[2] or 0))
        return named.isoformat() if match[1] == "date" else day_in_words(named, talk.language, today)

    return re.sub(r"<(day|date)([+-]\d+)?>", day, text)
