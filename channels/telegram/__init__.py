"""Telegram; the library is loaded only where the channel is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.files import Files
from bot.settings import Settings

if TYPE_CHECKING:
    from channels.telegram.channel import Telegram


def make(settings: Settings) -> Telegram | None:
    """The channel; None when no token is set."""
    if not settings.telegram_token:
        return None
    from channels.telegram.api import Api
    from channels.telegram.channel import Telegram
    from channels.telegram.texts import Texts

    return Telegram(
        Api(settings.telegram_token, url=settings.telegram_url, proxy=settings.telegram_proxy or None),
        texts=Texts.read(settings.root / "data" / "telegram.yml", default=settings.default_language),
        files=Files(settings.files, max_bytes=settings.file_bytes),
        secret=settings.telegram_secret,
        public_url=settings.public_url.rstrip("/"),
    )
