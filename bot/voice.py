"""What the house says outside of any turn, whether there is a bot to say it or not."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import yaml

from bot.errors import ContentError
from bot.messages import Button, Reply

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

Responses = Mapping[str, Sequence[Mapping[str, Any]]]


class Speaking(Protocol):
    def say(self, name: str, language: str, /, **values: object) -> Reply: ...


class Voice:
    """Says a response in the bot's present words; where the bot cannot, in those that were written at the start."""

    def __init__(self, engine: Speaking, written: Responses) -> None:
        self._engine = engine
        self._written = written

    @classmethod
    def read(cls, engine: Speaking, path: Path) -> Voice:
        """A voice that falls back on the responses of the YAML file at `path`.

        Raises:
            ContentError: the file cannot be used.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(engine, content["responses"])
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError(f"{path}: no responses can be read from it") from error

    def say(self, name: str, language: str, /, **values: object) -> Reply:
        """The response `name`; LookupError when nobody has written it."""
        try:
            return self._engine.say(name, language, **values)
        except Exception as error:  # whatever is wrong with the bot: somebody waits for a sentence
            if name not in self._written:
                raise LookupError(f"the content has no response named {name}") from error
            logger.warning("said without the bot", extra={"response": name, "error": type(error).__name__})
            return _reply(_variation(self._written[name], language), values)


def _variation(variations: Sequence[Mapping[str, Any]], language: str) -> Mapping[str, Any]:
    for variation in variations:
        condition = variation.get("condition") or ()
        if condition and all(part.get("name") == "language" and part.get("value") == language for part in condition):
            return variation
    return next((each for each in variations if not each.get("condition")), variations[0])


def _reply(variation: Mapping[str, Any], values: Mapping[str, object]) -> Reply:
    def filled(text: object) -> str:
        return _NAME.sub(lambda match: str(values.get(match[1], "")), str(text or ""))

    buttons = tuple(Button(filled(each["title"]), str(each["payload"])) for each in variation.get("buttons") or ())
    return Reply(text=filled(variation.get("text")), buttons=buttons, custom=variation.get("custom"))
