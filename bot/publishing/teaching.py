"""Turns a change of examples into a lesson, with what is remembered of all the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.engine.engine import Engine
from bot.errors import ModelError
from bot.nlu.classifier import IntentClassifier
from bot.nlu.linear import LinearModel
from bot.nlu.refit import Changed, Lesson, Memory, get_ready, refit, respelt, taught
from bot.publishing.changes import Both
from bot.publishing.following import Follower
from bot.publishing.remembering import Order, Remembered, look_up, read
from bot.store import publications
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of teaching; nothing in use has changed yet."""

    lesson: Lesson
    classifier: IntentClassifier
    memory: Memory


class Teacher:
    """Remembers the examples of what a worker says now. The first time it takes a while; `warm` does it ahead."""

    def __init__(
        self,
        follower: Follower,
        *,
        database: Database,
        order: Callable[[int], Order],
        remember: Callable[[Order], Awaitable[None]],
    ) -> None:
        """`order` says what is to be remembered at a revision, `remember` makes it."""
        self._follower = follower
        self._database = database
        self._order = order
        self._remember = remember
        self._known: Remembered | None = None
        self._busy = asyncio.Lock()

    async def remembered(self) -> Remembered:
        """What there is to remember at the revision that is said now.

        Raises:
            ModelError: the model is not one that can be taught.
        """
        async with self._busy:
            known = self._known or await self._made()
            revisions = await self._database.read(publications.after, known.revision)
            engine = self._follower.engine
            for revision in revisions:
                if revision.number > self._follower.revision:
                    break
                memory = await asyncio.to_thread(_moved, engine, known.memory, revision.examples)
                known = replace(known, memory=memory, revision=revision.number)
            self._known = known
            return known

    async def teach(self, examples: Mapping[str, Both]) -> Taught:
        """What comes of a change of examples.

        Raises:
            ModelError: the model is not one that can be taught.
        """
        known = await self.remembered()
        return await asyncio.to_thread(_taught, self._follower.engine, known.memory, examples)

    def now(self, memory: Memory, revision: int) -> None:
        """What was taught is what is said now."""
        if self._known is not None:
            self._known = replace(self._known, memory=memory, revision=revision)

    async def _made(self) -> Remembered:
        await asyncio.to_thread(get_ready)
        order = self._order(self._follower.revision)
        found = await asyncio.to_thread(look_up, order)
        if found is None:
            await self._remember(order)
            found = await asyncio.to_thread(look_up, order)
        if found is None:
            raise ModelError(f"nothing could be remembered of {order.model}; train again")
        return found


def _taught(engine: Engine, memory: Memory, examples: Mapping[str, Both]) -> Taught:
    classifier = _classifier(engine)
    try:
        lesson, after = refit(classifier.model, memory, changed(engine, memory, examples))
    except ValueError as error:
        raise ModelError(str(error)) from error
    spelling = None if classifier.spelling is None else respelt(classifier.spelling, lesson)
    return Taught(lesson, classifier.knowing(taught(classifier.model, lesson), spelling), after)


def _moved(engine: Engine, memory: Memory, examples: Mapping[str, Both]) -> Memory:
    if not examples:
        return memory
    return memory.changed(model_of(engine).space, changed(engine, memory, examples))


def changed(engine: Engine, memory: Memory, examples: Mapping[str, Both]) -> dict[str, Changed]:
    """The change of each label's examples, as the classifier sees it."""
    found = {}
    for label, (was, now) in examples.items():
        gone, added = Counter(was or ()) - Counter(now or ()), Counter(now or ()) - Counter(was or ())
        kept = [text for text in memory.of_label(label) if text not in gone]
        new = [text for text in added if text not in kept]
        seen = {text: read(engine, text) for text in (*kept, *new, *gone)}
        found[label] = Changed(
            now=[(text, seen[text]) for text in (*kept, *new)],
            gone=[seen[text] for text in gone],
            added=[seen[text] for text in new],
        )
    return found


def model_of(engine: Engine) -> LinearModel:
    """What the engine's classifier has learnt.

    Raises:
        ModelError: it has none that can be taught.
    """
    return _classifier(engine).model


def _classifier(engine: Engine) -> IntentClassifier:
    found = engine.component(IntentClassifier)
    if found is None:
        raise ModelError("the model has no IntentClassifier; only a full training can change what it understands")
    return found
