"""Callers of POST /webhooks/rest/webhook: each talks in turn, and repeats a message under its id until it is answered.

On the way they do what networks do: lose answers, send twice at once, ask again long after. They write down what they
saw and judge nothing; `checker` does.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

REPEATED = 0.1
"""How often a message is sent twice at once, and how often it is asked for again when it was answered."""
LOST = 0.05
"""How often a caller goes away before the answer is there."""
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, as it came."""

    status: int
    body: bytes


@dataclass(slots=True)
class Asked:
    """A message and everything that came back for it."""

    sender: str
    message_id: str
    text: str
    seen: list[Seen] = field(default_factory=list)
    seconds: float = 0.0
    """Until the first answer that counts."""

    @property
    def is_answered(self) -> bool:
        return any(seen.status == httpx.codes.OK for seen in self.seen)


class Caller:
    def __init__(self, address: str, sender: str, chance: random.Random, client: httpx.AsyncClient) -> None:
        self.asked: list[Asked] = []
        self._url = f"{address}/webhooks/rest/webhook"
        self._sender = sender
        self._chance = chance
        self._client = client

    async def talk(self, texts: Sequence[str]) -> None:
        for number, text in enumerate(texts):
            asked = Asked(self._sender, f"{self._sender}-{number}", text)
            self.asked.append(asked)
            await self._ask(asked)
            if not asked.is_answered or b"set aside" in asked.seen[-1].body:
                return  # a person has the talk now

    async def _ask(self, asked: Asked) -> None:
        began = time.monotonic()
        while not asked.is_answered and time.monotonic() - began < PATIENCE_SECONDS:
            if self._chance.random() < LOST:
                await self._send(asked, wait_seconds=self._chance.uniform(0.001, 0.03))
            times = 2 if self._chance.random() < REPEATED else 1
            await asyncio.gather(*(self._send(asked) for _ in range(times)))
            if not asked.is_answered:
                await asyncio.sleep(self._chance.uniform(0.02, 0.2))
        asked.seconds = time.monotonic() - began
        if self._chance.random() < REPEATED:
            await self._send(asked)

    async def _send(self, asked: Asked, *, wait_seconds: float = 35.0) -> None:
        body = {"sender": asked.sender, "message": asked.text, "message_id": asked.message_id}
        try:
            answer = await self._client.post(self._url, json=body, timeout=wait_seconds)
        except (httpx.TransportError, TimeoutError):
            return
        asked.seen.append(Seen(answer.status_code, answer.content))


async def talk_all(address: str, talks: Sequence[tuple[str, Sequence[str]]], chance: random.Random) -> list[Asked]:
    """Hold all talks at once; everything that was asked, talk by talk."""
    limits = httpx.Limits(max_connections=len(talks) * 2, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits) as client:
        callers = [Caller(address, sender, random.Random(chance.random()), client) for sender, _ in talks]
        await asyncio.gather(*(caller.talk(texts) for caller, (_, texts) in zip(callers, talks, strict=True)))
    return [asked for caller in callers for asked in caller.asked]
