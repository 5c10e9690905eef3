"""Which proof each routine wants: `data/access.yml`, parsed and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ContentError


class Level(StrEnum):
    """How much has to be proven, weakest first. There is no level that shows an order to anybody."""

    ORDER = "order"
    """The order number and the last four digits of its phone."""
    CUSTOMER = "customer"
    """Signed in, or a one-time code."""
    RECENT = "recent"
    """The same, `recent_minutes` ago at most."""


class Access(BaseModel):
    """The levels, by routine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recent_minutes: Annotated[int, Field(strict=True, ge=1)]
    levels: Mapping[str, Level]

    def level(self, action: str) -> Level:
        """What `action` wants.

        Raises:
            ContentError: it is not listed; nothing is shown by default.
        """
        try:
            return self.levels[action]
        except KeyError as error:
            raise ContentError(f"access.yml: levels.{action} is missing; say what it wants to see proven") from error


def parse(text: str, *, source: str = "access.yml") -> Access:
    """The levels in `text`.

    Raises:
        ContentError: it cannot be used; the text names each key.
    """
    try:
        return Access.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ContentError(f"{source}: {error}") from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ContentError(f"{source}: {'; '.join(faults)}") from error


def read(path: Path) -> Access:
    """The levels in a file.

    Raises:
        ContentError: the file is missing or cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror}") from error
    return parse(text, source=path.name)
