"""Customer messages of a WeChat mini program (小程序客服消息): pushes in, customer-service messages out.

The same pushes and the same sending as an official account's, but nothing rides in the answer, and buttons are a
numbered list. See docs/wechat.md.
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


class MiniProgram(Account):
    """The channel of a mini program."""

    name: ClassVar[str] = "wechat_mini"
    typing_path: ClassVar[str] = "/cgi-bin/message/custom/business/typing"
    numbered: ClassVar[bool] = True
    rides: ClassVar[bool] = False


def make(settings: Settings) -> MiniProgram | None:
    """The channel; None when no mini program is set."""
    if not settings.wechat_mini_app_id:
        return None
    wrote = Allowance(settings.wechat_messages, timedelta(hours=settings.wechat_window_hours))
    entered = Allowance(settings.wechat_mini_entered_messages, timedelta(seconds=settings.wechat_brief_seconds))
    return MiniProgram(
        Credentials(
            app_id=settings.wechat_mini_app_id,
            secret=settings.wechat_mini_secret,
            token=settings.wechat_mini_token,
            keys=(settings.wechat_mini_aes_key, settings.wechat_mini_previous_aes_key),
            mode=settings.wechat_mini_mode,
            url=settings.wechat_url,
        ),
        texts=Texts.read(settings.root / "data" / "wechat.yml", language=settings.default_language),
        files=Files(settings.files, max_bytes=settings.file_bytes),
        allowances=dict.fromkeys(Doing, wrote) | {Doing.ENTERED: entered},
        answer_seconds=settings.wechat_answer_seconds,
        public_url=settings.public_url,
    )
