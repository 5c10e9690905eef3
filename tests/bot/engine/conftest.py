"""A trained corner bot, shared by the engine's tests, and someone to talk to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.engine import training
from bot.engine.engine import Engine
from bot.engine.tracker import Past
from bot.messages import Turn
from tests.bot.engine.bots import corner_actions

CORNER = Path(__file__).parent / "bots" / "corner"
TRUSTED = ("rasa.", "bot.", "tests.")


class Customer:
    """Talks to an engine in one conversation, keeping its events as a store would."""

    def __init__(self, engine: Engine, conversation: str = "c-1", **carry: Any) -> None:
        self.engine = engine
        self.conversation = conversation
        self.carry = carry
        self.events: list[dict[str, Any]] = []
        self.said = 0

    async def turn(self, text: str, **options: Any) -> Turn:
        self.said += 1
        turn = await self.engine.reply(
            text,
            conversation=self.conversation,
            message_id=f"m-{self.said}",
            past=Past(self.events, self.carry),
            **options,
        )
        self.events = [*self.events, *turn.events]
        return turn

    async def says(self, text: str, **options: Any) -> list[str]:
        return [reply.text for reply in (await self.turn(text, **options)).replies]


@pytest.fixture(scope="session")
def corner_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return training.train(CORNER, tmp_path_factory.mktemp("models"))


@pytest.fixture
def load(corner_model: Path) -> Callable[..., Engine]:
    def load_(**options: Any) -> Engine:
        actions = [action() for action in corner_actions.ALL]
        return Engine.load(corner_model, actions=actions, trusted=TRUSTED, **options)

    return load_


@pytest.fixture
def engine(load: Callable[..., Engine]) -> Engine:
    return load()


@pytest.fixture
def customer(engine: Engine) -> Customer:
    return Customer(engine)
