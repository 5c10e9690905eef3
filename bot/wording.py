"""Optional: a language model puts retrieved answers into other words and sums up what a person is handed.

The one door to an OpenAI-compatible endpoint. It never decides, looks up or promises anything: what it writes is used
only if it is faithful to its source (`bot.faithful`), and on any failure the source stands as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import httpx

from bot.faithful import Glue, added, dropped
from bot.messages import Engine, Handoff, Past, Reply, Turn, Understood

logger = logging.getLogger(__name__)

ANSWER = "utter_faq/"
"""How the name of a retrieved answer begins."""
_LONGEST_ANSWER = 1.6
"""Of the source's length; a longer one chatters."""
_LONGEST_SUMMARY = 600
_LINES = 20
"""Lines of the talk that a summary is made from, the last ones."""
_REPHRASE = (
    "Rephrase the shop's answer in a warm, natural tone for the customer's question, in the language of the answer. "
    "Keep every fact, number, name and condition exactly; add none. Reply with the answer alone."
)
_SUMMARISE = (
    "Sum up in one or two sentences, for a colleague who takes over, what the customer wants and what stands in the "
    "way. Use only what the lines say; no new numbers, names, dates or promises. Reply with the summary alone."
)


class Wording:
    """The endpoint; one for as long as the process serves."""

    def __init__(self, *, url: str, model: str, key: str, seconds: float, glue: Glue) -> None:
        """`url` is the base, such as `https://host/v1`; `seconds` is all that one text may take."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=seconds)
        self._model = model
        self._seconds = seconds
        self._glue = glue

    async def aclose(self) -> None:
        await self._client.aclose()

    async def rephrase(self, answer: str, *, question: str) -> str:
        """The answer in other words, or as it is."""
        told = await self._ask(_REPHRASE, f"Question: {question}\nAnswer: {answer}")
        if told is None or len(told) > max(len(answer) * _LONGEST_ANSWER, len(answer) + 40):
            return answer
        return told if self._is_faithful(answer, told) and not dropped(answer, told, self._glue) else answer

    async def summarise(self, lines: Sequence[str], *, summary: str) -> str:
        """The talk in a sentence or two, or `summary` as it is."""
        source = "\n".join([*lines[-_LINES:], summary])
        told = await self._ask(_SUMMARISE, source)
        if told is None or len(told) > _LONGEST_SUMMARY:
            return summary
        return told if self._is_faithful(source, told) else summary

    def _is_faithful(self, source: str, told: str) -> bool:
        strange = added(source, told, self._glue)
        if strange:
            logger.warning("a rephrased text said more than its source and is not used", extra={"count": len(strange)})
        return not strange

    async def _ask(self, task: str, source: str) -> str | None:
        """What the endpoint writes; None when it fails in any way."""
        body = {
            "model": self._model,
            "temperature": 0.3,
            "messages": [{"role": "system", "content": task}, {"role": "user", "content": source}],
        }
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post("chat/completions", json=body)
            answer.raise_for_status()
            told = answer.json()["choices"][0]["message"]["content"]
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, LookupError, TypeError) as error:
            logger.warning("the wording endpoint failed", extra={"error": type(error).__name__})
            return None
        return told.strip() or None if isinstance(told, str) else None


class Speaking(Engine, Protocol):
    def say(self, name: str, language: str, /, **values: object) -> Reply: ...


class WordedEngine:
    """An engine whose retrieved answers and handoffs go through `Wording` on their way out."""

    def __init__(self, engine: Speaking, wording: Wording) -> None:
        self._engine = engine
        self._wording = wording

    def understand(self, text: str) -> Understood:
        return self._engine.understand(text)

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
    ) -> Turn:
        """The engine's turn; replies and the events that tell of them say the same."""
        turn = await self._engine.reply(
            text, conversation=conversation, message_id=message_id, past=past, channel=channel, intent=intent
        )
        answers = list(dict.fromkeys(event["text"] for event in turn.events if _is_answer(event)))
        told = await asyncio.gather(*(self._wording.rephrase(answer, question=text) for answer in answers))
        other = {answer: words for answer, words in zip(answers, told, strict=True) if words != answer}
        return replace(
            turn,
            replies=tuple(_in_other_words(reply, other) for reply in turn.replies),
            events=tuple(
                {**event, "text": other[event["text"]]} if _is_answer(event) and event["text"] in other else event
                for event in turn.events
            ),
            handoff=await self._summed_up(turn.handoff, [*past.events, *turn.events]),
        )

    async def _summed_up(self, wish: Handoff | None, events: Sequence[Mapping[str, Any]]) -> Handoff | None:
        if wish is None:
            return None
        lines = [
            f"{'Customer' if event['event'] == 'user' else 'Bot'}: {event['text']}"
            for event in events
            if event.get("event") in ("user", "bot") and event.get("text")
        ]
        written = wish.summary
        if written.startswith("utter_"):
            written = self._engine.say(wish.summary, "en", **wish.facts).text
        told = await self._wording.summarise(lines, summary=written)
        return wish if told == written else replace(wish, summary=told)


def _is_answer(event: Mapping[str, Any]) -> bool:
    name = str((event.get("metadata") or {}).get("utter_action") or "")
    return event.get("event") == "bot" and name.startswith(ANSWER) and bool(event.get("text"))


def _in_other_words(reply: Reply, other: Mapping[str, str]) -> Reply:
    return replace(reply, text=other[reply.text]) if reply.text in other else reply
