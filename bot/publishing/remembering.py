"""What teaching needs beside the model: every example as the model sees it, and the questions that guard it.

Both are made from the model and the folder, once, in a process of its own:
`python -m bot.publishing.remembering ORDER`, an order being the JSON that `Order.dumps` makes.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.engine.content import FolderImporter
from bot.engine.engine import Engine
from bot.engine.processor import TRUSTED
from bot.errors import ModelError
from bot.nlu.classifier import IntentClassifier, seen
from bot.nlu.features import Features
from bot.nlu.refit import Memory
from bot.publishing.questions import guards

MEMORY, GUARDS = "memory", "guards"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be remembered."""

    model: str
    root: str
    revision: int
    """What the folder's files say."""
    trusted: tuple[str, ...] = TRUSTED

    def path(self, what: str) -> Path:
        """Where a part is kept: beside the model."""
        model = Path(self.model)
        return model.with_name(f"{model.name.removesuffix('.tar.gz')}.{what}.npz")

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, said: str) -> Order:
        told = json.loads(said)
        return cls(**{**told, "trusted": tuple(told["trusted"])})


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was made."""

    memory: Memory
    guards: Memory
    """The questions that guard; labels are what each must be understood as."""
    must: int
    """How many of these, from the first, may not be lost."""
    revision: int
    """What `memory` remembers."""


def look_up(order: Order) -> Remembered | None:
    """What was remembered of this model; None when there is nothing, or nothing that can be read."""
    memory, guarding = (Memory.load(order.path(what)) for what in (MEMORY, GUARDS))
    if memory is None or guarding is None or memory[1] != guarding[1] or memory[1]["revision"] > order.revision:
        return None
    return Remembered(memory[0], guarding[0], int(memory[1]["must"]), int(memory[1]["revision"]))


def remember(order: Order) -> None:
    """Make it and keep it beside the model; nothing is made again that another process has made meanwhile.

    Raises:
        ModelError: the model cannot be used.
        ContentError: the folder cannot.
    """
    with order.path(MEMORY).with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if look_up(order) is None:
            _make(order)


def _make(order: Order) -> None:
    engine = Engine.load(Path(order.model), actions=None, trusted=order.trusted)
    classifier = engine.component(IntentClassifier)
    if classifier is None:
        raise ModelError(f"{order.model} has no IntentClassifier; only a full training can change what it understands")
    importer = FolderImporter(Path(order.root))
    examples = [
        (one.get("text"), one.get("intent_response_key") or one.get("intent"))
        for one in importer.get_nlu_data().intent_examples
        if one.get("text") and one.get("intent")
    ]
    must, may = guards(Path(order.root), examples)
    space, made_of = classifier.model.space, {"revision": order.revision, "must": len(must)}
    known = Memory.of(space, [(text, label, read(engine, text)) for text, label in examples])
    asked = Memory.told(space, [(one.text, one.label, read(engine, one.text)) for one in (*must, *may)])
    known.save(order.path(MEMORY), made_of)
    asked.save(order.path(GUARDS), made_of)


def read(engine: Engine, text: str) -> Features:
    """What the classifier sees of a text."""
    found: Any = engine.read(text, IntentClassifier)
    return seen(found)


async def remember_apart(order: Order) -> None:
    """The same in another process, so that serving goes on undisturbed.

    Raises:
        ModelError: it did not come to an end.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.publishing.remembering", order.dumps(), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        raise ModelError(f"remembering ended with code {code}; see the log")


if __name__ == "__main__":
    remember(Order.loads(sys.argv[1]))
