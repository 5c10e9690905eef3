"""What is wrong, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]
"""An error stops training or gives a customer a wrong answer; a warning is worth a look."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. Faults sort by file, then line."""

    path: Path
    """Relative to the folder that was checked."""
    line: int
    """Counted from 1."""
    severity: Severity
    message: str
    """What is wrong and what to do, without the place."""

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.severity}: {self.message}"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}"

    def error(self, message: str) -> Fault:
        return Fault(self.path, self.line, "error", message)

    def warning(self, message: str) -> Fault:
        return Fault(self.path, self.line, "warning", message)
