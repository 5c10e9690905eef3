"""What the little bot under test can do. Each answer shows how the talk went so far, so that a checker can judge it."""

from __future__ import annotations

import asyncio
import os
import signal
import time

from actions.base import Routine
from actions.talk import Talk

WAIT_SECONDS = 0.05
"""How long an order takes after the shop has done it: the moment in which a crash makes a turn run twice."""


def _count(talk: Talk) -> None:
    """Say which message of the talk this is, what was heard, and what was heard before it."""
    heard = [event["text"] for event in talk.past if event["event"] == "user"]
    before = heard[-2] if len(heard) > 1 else "nothing"
    talk.say("utter_counted", number=len(heard), heard=talk.text, before=before)


class Count(Routine):
    """`say WORD`"""

    async def act(self, talk: Talk) -> None:
        _count(talk)


class Order(Routine):
    """`order WORD`: the shop sends WORD to a phone, which can be counted there."""

    async def act(self, talk: Talk) -> None:
        await talk.shop.send_code("C001", talk.text.split()[1], key=talk.key("order"))
        await asyncio.sleep(WAIT_SECONDS)
        _count(talk)


class Poison(Routine):
    """`poison WORD`: the worker dies of it."""

    async def act(self, talk: Talk) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Block(Routine):
    """`block SECONDS WORD`: nothing else moves in this worker meanwhile."""

    async def act(self, talk: Talk) -> None:
        time.sleep(float(talk.text.split()[1]))  # noqa: ASYNC251 - meant
        _count(talk)
