"""The player of written talks notices what is missing, and only that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import suite
from bot.errors import ContentError
from bot.suite import Heard

TALKS = """
today: 2026-11-22T12:00+08:00
talks:
- name: a parcel on its way
  language: en
  turns:
  - say: where is my order
    expect: [order number]
  - press: own orders
    expect: [<day+1>, [carrier, courier], '/\\d{3}/']
    never: [lost]
    handoff: none
"""


class ParrotBot:
    """Says what it was told to say, turn by turn."""

    def __init__(self, *replies: Heard, reason: str | None = None, code: str | None = None) -> None:
        self._replies = list(replies)
        self._reason = reason
        self._code = code
        self.told: list[str] = []

    async def say(self, sender: str, text: str, *, customer: str | None = None) -> Heard:
        self.told.append(text)
        return self._replies.pop(0)

    async def handoff(self, sender: str) -> str | None:
        return self._reason

    async def code(self) -> str | None:
        return self._code


def day_in_words(day: date, language: str, today: date) -> str:
    return f"{language} {(day - today).days} days on"


@pytest.fixture
def talk(tmp_path: Path) -> suite.TalkScript:
    (tmp_path / "track.yml").write_text(TALKS)
    [talk] = suite.read(tmp_path)
    return talk


ASKED = Heard("Please tell me the Order Number.", {"My own orders": "btn:1"})


async def test_a_talk_that_goes_as_written_has_no_fault(talk: suite.TalkScript) -> None:
    bot = ParrotBot(ASKED, Heard("With the courier, 042, en 1 days on."))
    assert await suite.play(talk, bot, sender="visitor", day_in_words=day_in_words) == []
    assert bot.told == ["where is my order", "btn:1"]


@pytest.mark.parametrize(
    ("second", "missing"),
    [
        ("With the courier, 042, en 2 days on.", "<day+1>"),
        ("By post, 042, en 1 days on.", "carrier or courier"),
        ("With the courier, en 1 days on.", "/\\d{3}/"),
        ("With the courier, 042, en 1 days on, maybe lost.", "no lost"),
        ("", "a reply"),
    ],
)
async def test_what_is_missing_is_named(talk: suite.TalkScript, second: str, missing: str) -> None:
    faults = await suite.play(talk, ParrotBot(ASKED, Heard(second)), sender="visitor", day_in_words=day_in_words)
    assert [(fault.turn, fault.missing) for fault in faults] == [(2, missing)]


async def test_a_handoff_that_was_not_wanted_is_a_fault(talk: suite.TalkScript) -> None:
    bot = ParrotBot(ASKED, Heard("With the courier, 042, en 1 days on."), reason="asked")
    [fault] = await suite.play(talk, bot, sender="visitor", day_in_words=day_in_words)
    assert fault.missing == "handoff none, there is asked"


async def test_a_button_that_is_not_there_ends_the_talk(talk: suite.TalkScript) -> None:
    bot = ParrotBot(Heard("Order number?", {"Something else": "btn:2"}))
    [fault] = await suite.play(talk, bot, sender="visitor", day_in_words=day_in_words)
    assert (fault.turn, fault.missing) == (2, "a button of this title")


@pytest.fixture
def talk_with_code(talk: suite.TalkScript) -> suite.TalkScript:
    return replace(talk, turns=(suite.TurnScript(say="it is <code>"),))


async def test_a_talk_can_say_the_code_that_was_sent(talk_with_code: suite.TalkScript) -> None:
    bot = ParrotBot(Heard("Thank you."), code="123456")
    assert await suite.play(talk_with_code, bot, sender="visitor", day_in_words=day_in_words) == []
    assert bot.told == ["it is 123456"]


async def test_a_message_can_be_as_long_as_wanted(talk: suite.TalkScript) -> None:
    bot = ParrotBot(Heard("I see."))
    long = replace(talk, turns=(suite.TurnScript(say="ab", times=5000),))
    assert await suite.play(long, bot, sender="visitor", day_in_words=day_in_words) == []
    assert bot.told == ["ab" * 5000]


async def test_a_code_that_was_never_sent_is_a_fault(talk_with_code: suite.TalkScript) -> None:
    [fault] = await suite.play(talk_with_code, ParrotBot(), sender="visitor", day_in_words=day_in_words)
    assert fault.missing == "a one-time code on the demo's phone"


@pytest.mark.parametrize(
    "turn", ["{say: a, press: b}", "{expect: [a]}", "{say: a, expct: [b]}"], ids=["both", "neither", "misspelt"]
)
def test_a_turn_in_a_wrong_form_is_refused(tmp_path: Path, turn: str) -> None:
    (tmp_path / "bad.yml").write_text(f"today: 2026-11-22\ntalks: [{{name: x, language: en, turns: [{turn}]}}]")
    with pytest.raises(ContentError, match=r"bad\.yml"):
        suite.read(tmp_path)
