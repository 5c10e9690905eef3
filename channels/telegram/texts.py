"""What Telegram needs words for beside the talk: data/telegram.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError
from bot.messages import LANGUAGES, Language

COMMANDS = ("start", "help", "human")
NOTICES = ("edited", "file_refused", "file_too_big", "file_lost")

Both = Mapping[str, str]


class Texts:
    """Words in both languages."""

    def __init__(self, written: Mapping[str, Any], *, default: Language) -> None:
        """`default` is spoken when somebody's language is not known."""
        self._commands: Mapping[str, Mapping[str, Both]] = written["commands"]
        self._notices: Mapping[str, Both] = written["notices"]
        self._default = default

    @classmethod
    def read(cls, path: Path, *, default: Language) -> Texts:
        """The words of a YAML file.

        Raises:
            ContentError: one is missing or lacks a language.
        """
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        commands, notices = written.get("commands") or {}, written.get("notices") or {}
        wanted = {f"commands: {name}: {how}": (commands.get(name) or {}).get(how) for name in COMMANDS for how in HOW}
        wanted |= {f"notices: {name}": notices.get(name) for name in NOTICES}
        for name, both in wanted.items():
            if not isinstance(both, dict) or set(LANGUAGES) - both.keys():
                raise ContentError(f"{path}: {name} needs words in zh and in en")
        return cls(written, default=default)

    def said(self, command: str, language: Language | None) -> str:
        """As what the choice of a command is shown in the talk."""
        return self._commands[command]["says"][language or self._default]

    def menu(self, language: Language) -> list[tuple[str, str]]:
        """The commands, each with what it does."""
        return [(name, self._commands[name]["shows"][language]) for name in COMMANDS]

    def notice(self, name: str, language: Language | None) -> str:
        return self._notices[name][language or self._default]


HOW = ("shows", "says")
