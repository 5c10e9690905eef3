"""Email; the libraries are loaded only where the channel is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from bot.files import Files
from bot.settings import Settings

if TYPE_CHECKING:
    from channels.email.channel import Email


def make(settings: Settings) -> Email | None:
    """The channel; None when no address is set."""
    if not settings.email_address:
        return None
    from channels.email.channel import Email

    written = yaml.safe_load((settings.root / "data" / "email.yml").read_text(encoding="utf-8"))
    return Email(
        address=settings.email_address,
        shown_as=written["shown_as"][settings.default_language],
        user=settings.email_user or settings.email_address,
        password=settings.email_password,
        imap_url=settings.email_imap_url,
        smtp_url=settings.email_smtp_url,
        authserv=settings.email_authserv,
        secret=settings.signing_secret,
        files=Files(settings.files, max_bytes=settings.file_bytes),
        choose=written["choose"],
    )
