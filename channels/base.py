"""What a channel is: it verifies a request, parses it into `Inbound` messages, and knows its platform's limits.

A channel is one file here, found by being there: its module has `make(settings)`. It keeps its platform's oddities to
itself, opens nothing until it is served, and knows nothing of Rasa or SQL.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sanic import Blueprint

from bot.live import Live
from bot.router import Router
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform takes."""

    body_bytes: int
    """Of a request; longer ones are refused before they are read."""
    sender_characters: int = 255
    id_characters: int = 255


class Channel(Protocol):
    """A way in."""

    name: ClassVar[str]
    limits: ClassVar[Limits]
    answered_in_response: ClassVar[bool]
    """The webhook's response carries the replies; otherwise they are sent."""

    def blueprint(self, router: Router, live: Live) -> Blueprint:
        """The channel's routes, under /webhooks/<name>."""


def discover(settings: Settings) -> list[Channel]:
    """Every channel in this package."""
    import channels

    names = [module.name for module in pkgutil.iter_modules(channels.__path__) if module.name != "base"]
    return [importlib.import_module(f"channels.{name}").make(settings) for name in names]
