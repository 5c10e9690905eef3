"""An answer as customers of a channel would see it, before anybody does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.content.entries import Answer
from bot.messages import LANGUAGES, Language
from bot.studio.words import StudioWords, filled

Render = Callable[[Mapping[str, Any], Language], Any]
"""What a channel makes of a bubble, as JSON."""


class Preview:
    """Fills in samples and has each channel show what comes of it."""

    def __init__(self, words: StudioWords, renders: Mapping[str, Render]) -> None:
        self._samples = words.sections["samples"]
        self._renders = renders

    def shown(self, answer: Answer, language: str) -> dict[str, Any]:
        """By channel. A name without a sample stays as it is written."""
        language = language if language in LANGUAGES else LANGUAGES[0]
        values = {name: both[language] for name, both in self._samples.items()}
        bubble: dict[str, Any] = {"text": filled(answer.text, values)}
        if answer.buttons:
            bubble["buttons"] = [
                {"title": filled(button.get("title", ""), values), "payload": f"button-{number}"}
                for number, button in enumerate(answer.buttons)
            ]
        if answer.image is not None:
            bubble["image"] = answer.image
        return {name: render(bubble, language) for name, render in self._renders.items()}
