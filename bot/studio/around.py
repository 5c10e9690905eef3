"""What entries stand among, read from the folder and kept while it does not change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bot.content.domain import DEFAULT_INTENTS
from bot.content.facts import POLICIES
from bot.content.pen import Pen
from bot.content.spots import Spot, parse
from bot.errors import ContentError
from bot.studio.faults import Around


class Folder:
    """Reads domain.yml and the shop's rules beside the entries. Thread-safe."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._lock = threading.Lock()
        self._kept: dict[Path, tuple[tuple[int, int], Spot | None]] = {}

    def around(self, today: date) -> Around:
        domain = self._read(Path("domain.yml"))
        policies = self._read(POLICIES)
        return Around(
            entries=self._pen.entries(),
            intents=_names(domain, "intents") | DEFAULT_INTENTS,
            entities=_names(domain, "entities"),
            slots=_names(domain, "slots"),
            policies=_mapping(policies),
            today=today,
        )

    def wordings(self) -> list[tuple[str, str]]:
        """The wordings of intents that are no entries, such as skills."""
        return self._pen.other_wordings()

    def _read(self, path: Path) -> Spot | None:
        """The document in a file; what was read last when it cannot be read now."""
        file = self._pen.root / path
        with self._lock:
            known = self._kept.get(path)
            try:
                stat = file.stat()
                stamp = (stat.st_mtime_ns, stat.st_size)
                if known is None or known[0] != stamp:
                    known = stamp, parse(file.read_text(encoding="utf-8"))
                    self._kept[path] = known
            except (OSError, UnicodeDecodeError, ContentError):
                pass
            return None if known is None else known[1]


def _names(domain: Spot | None, section: str) -> frozenset[str]:
    """The names in a list of names or of `{name: options}`, or the keys of a mapping."""
    value = domain.get(section) if domain is not None else None
    if value is None:
        return frozenset()
    found = {key.value for key, _ in value.real.entries}
    for item in value.real.items:
        found |= {key.value for key, _ in item.real.entries} or {item.real.value}
    return frozenset(found)


def _mapping(document: Spot | None) -> Mapping[str, Any]:
    found = document.plain() if document is not None else {}
    return found if isinstance(found, dict) else {}
