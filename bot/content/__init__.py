"""Checking what a shop has written: config.yml, domain.yml and data/, without starting Rasa.

`validate` reads the whole folder, keeps the line of everything it reads, and says all it finds rather than stopping at
the first fault. It is what `guitai validate` prints and what a studio shows before it saves.
"""

from __future__ import annotations

from pathlib import Path

from bot.content import domain, examples, facts, names, responses, rules, validity
from bot.content.faults import Fault, Severity
from bot.content.model import read

__all__ = ["Fault", "Severity", "validate"]

CHECKS = (
    domain.unknown_names,
    examples.faults,
    names.unknown_names,
    rules.faults,
    responses.faults,
    facts.contradictions,
    validity.faults,
)


def validate(root: Path) -> list[Fault]:
    """All that is wrong with the content under `root`, by file and line; empty when nothing is.

    Files that cannot be read as YAML are reported and left out; what else is found then may follow from that.
    """
    content, found = read(root)
    for check in CHECKS:
        found.extend(check(content))
    return sorted(set(found))
