"""What the bot would say to a question, published and drafted, and why; no customer notices."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.engine.engine import Engine
from bot.messages import Past
from bot.nlu.refit import Memory
from bot.publishing.changes import of_files
from bot.publishing.following import Follower
from bot.publishing.remembering import read
from bot.publishing.teaching import Teacher, model_of

RANKED = 5
Guess = dict[str, Any]


class Trial:
    """Asks an engine beside the one that customers talk to; the draft last asked is kept."""

    def __init__(self, follower: Follower, teacher: Teacher, *, root: Path) -> None:
        self._follower = follower
        self._teacher = teacher
        self._root = root
        self._drafted: tuple[str, Engine, Memory] | None = None
        self._busy = asyncio.Lock()

    async def guess(self, text: str, drafted: Mapping[str, str | None] | None = None) -> dict[str, Guess | None]:
        """`{"published": …, "draft": …}`; `drafted` are the files as they would be, None or empty for no draft.

        Raises:
            ContentError: the drafted files cannot be used.
            ModelError: the model is not one that can be taught.
        """
        async with self._busy:
            known = await self._teacher.remembered()
            published = await _guess(self._follower.engine.beside(), known.memory, text)
            if not drafted:
                return {"published": published, "draft": None}
            engine, memory = await self._with(drafted)
            return {"published": published, "draft": await _guess(engine, memory, text)}

    async def _with(self, drafted: Mapping[str, str | None]) -> tuple[Engine, Memory]:
        digest = sha256(repr((self._follower.revision, sorted(drafted.items()))).encode()).hexdigest()
        if self._drafted is None or self._drafted[0] != digest:
            change = await asyncio.to_thread(of_files, self._root, drafted)
            engine = self._follower.engine
            texts = engine.texts.changed(change.says)
            if change.examples:
                taught = await self._teacher.teach(change.examples)
                self._drafted = (digest, engine.beside(texts=texts, components=[taught.classifier]), taught.memory)
            else:
                known = await self._teacher.remembered()
                self._drafted = (digest, engine.beside(texts=texts), known.memory)
        return self._drafted[1:]


async def _guess(engine: Engine, memory: Memory, text: str) -> Guess:
    language = "en" if text.isascii() else "zh"
    heard = await asyncio.to_thread(engine.understand, text)
    said = await engine.reply(
        text, conversation=f"trial-{uuid.uuid4().hex}", message_id="1", past=Past(carry={"language": language})
    )
    space = model_of(engine).space
    near = await asyncio.to_thread(lambda: memory.nearest(space, read(engine, text), RANKED))
    return {
        "intent": heard.intent,
        "confidence": round(heard.confidence, 4),
        "reply": [
            {
                "text": reply.text,
                "buttons": [{"title": button.title, "payload": button.payload} for button in reply.buttons],
                "image": reply.image,
            }
            for reply in said.replies
        ],
        "ranking": [
            {"intent": label, "title": _title(memory, label, language), "confidence": round(share, 4)}
            for label, share in heard.ranking[:RANKED]
        ],
        "nearest": [{"text": one, "intent": label, "score": score} for one, label, score in near],
    }


def _title(memory: Memory, label: str, language: str) -> str:
    """The label's first wording in a language."""
    texts = memory.of_label(label)
    return next((text for text in texts if text.isascii() == (language == "en")), texts[0] if texts else label)
