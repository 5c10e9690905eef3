"""WeChat official accounts (公众号): signed pushes in, passive replies and customer-service messages out.

See docs/wechat.md. Mini programs are `channels.wechat_mini` and 微信客服 `channels.wechat_kf`, on the same base.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from bot.files import Files
from bot.settings import Settings
from bot.store.platforms import Allowance
from channels.wechat.account import Account, Credentials
from channels.wechat.pushes import Doing
from channels.wechat.texts import Texts


class OfficialAccount(Account):
    """The channel of an official account."""

    name: ClassVar[str] = "wechat"
    holds_seconds: ClassVar[float] = 5.0
    """How long a turn's bubbles wait for a webhook that may be dead."""


def make(settings: Settings) -> OfficialAccount | None:
    """The channel; None when no account is set."""
    if not settings.wechat_app_id:
        return None
    wrote = Allowance(settings.wechat_messages, timedelta(hours=settings.wechat_window_hours))
    brief = Allowance(settings.wechat_brief_messages, timedelta(seconds=settings.wechat_brief_seconds))
    return OfficialAccount(
        Credentials(
            app_id=settings.wechat_app_id,
            secret=settings.wechat_secret,
            token=settings.wechat_token,
            keys=(settings.wechat_aes_key, settings.wechat_previous_aes_key),
            mode=settings.wechat_mode,
            url=settings.wechat_url,
        ),
        texts=Texts.read(settings.root / "data" / "wechat.yml", language=settings.default_language),
        files=Files(settings.files, max_bytes=settings.file_bytes),
        allowances={
            Doing.WROTE: wrote,
            Doing.TAPPED_MENU: brief,
            Doing.FOLLOWED: brief,
            Doing.SCANNED: brief,
            Doing.ENTERED: brief,
        },
        answer_seconds=settings.wechat_answer_seconds,
        public_url=settings.public_url,
    )
