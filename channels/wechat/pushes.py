"""What a push says: a message, something that lets us write, or nothing that concerns us."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.errors import BadMessage
from bot.messages import Address, Button, Inbound
from bot.replies import BUTTON
from channels.wechat.texts import GREETING, Texts
from channels.wechat.wire import field

logger = logging.getLogger(__name__)

_SENDER = re.compile(r"[A-Za-z0-9_-]{1,128}")
SILENT = frozenset(
    {
        "location",
        "view",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "templatesendjobfinish",
        "masssendjobfinish",
        "publishjobfinish",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "user_authorization_revoke",
        "debug_demo",
    }
)
"""Events that need no answer."""


class Doing(StrEnum):
    """What a customer did, by which the platform counts how much may be sent to them."""

    WROTE = "wrote"
    TAPPED_MENU = "tapped menu"
    FOLLOWED = "followed"
    SCANNED = "scanned"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Heard:
    """A push as it concerns us."""

    who: Address
    external_id: str
    doing: Doing | None = None
    """None when it lets us send nothing."""
    message: Inbound | None = None
    """What is to be answered; None for silence."""
    media_id: str = ""
    """A picture comes with it that must be fetched first."""
    left: bool = False


class Reader:
    """Reads pushes to one account."""

    def __init__(self, *, channel: str, account: str, texts: Texts) -> None:
        self._channel = channel
        self._account = account
        self._texts = texts

    def read(self, data: Mapping[str, Any]) -> Heard:
        """What a push says.

        Raises:
            BadMessage: it lacks what every push has.
        """
        sender = field(data, "FromUserName")
        kind = field(data, "MsgType").lower()
        if not _SENDER.fullmatch(sender) or not kind:
            raise BadMessage("the push lacks FromUserName or MsgType")
        who = Address(self._channel, self._account, sender)
        heard = Heard(who, _dedupe_key(data, kind))
        if kind == "event":
            return self._event(heard, data)
        text, button = self._words(kind, data)
        media_id = field(data, "MediaId") if kind == "image" else ""
        return self._message(heard, data, Doing.WROTE, text=text, button=button, media_id=media_id)

    def _words(self, kind: str, data: Mapping[str, Any]) -> tuple[str, str | None]:
        """Text and pressed button of a message."""
        if kind == "text":
            pressed = field(data, "bizmsgmenuid")
            return ("", pressed[:255]) if pressed.startswith(BUTTON) else (field(data, "Content"), None)
        if kind == "image":
            return "", None
        if kind == "voice" and (recognised := field(data, "Recognition")).strip():
            return recognised, None
        return self._texts.unreadable(kind, _told(kind, data)), None

    def _event(self, heard: Heard, data: Mapping[str, Any]) -> Heard:
        event = field(data, "Event").lower()
        greeting = self._texts.choice(GREETING)
        match event:
            case "subscribe":
                return self._message(heard, data, Doing.FOLLOWED, choice=greeting)
            case "unsubscribe":
                return Heard(heard.who, heard.external_id, left=True)
            case "scan":
                return self._message(heard, data, Doing.SCANNED, choice=greeting)
            case "user_enter_tempsession":  # its SessionFrom is the client's own word and says nothing
                return self._message(heard, data, Doing.ENTERED, choice=greeting)
            case "click":
                choice = self._texts.choice(field(data, "EventKey"))
                if choice is None:
                    logger.warning("a menu entry is not in data/wechat.yml", extra={"channel": self._channel})
                return self._message(heard, data, Doing.TAPPED_MENU, choice=choice or greeting)
        if event not in SILENT:
            logger.info("an event of no concern", extra={"channel": self._channel, "kind": event[:64]})
        return heard

    def _message(
        self,
        heard: Heard,
        data: Mapping[str, Any],
        doing: Doing,
        *,
        text: str = "",
        button: str | None = None,
        choice: Button | None = None,
        media_id: str = "",
    ) -> Heard:
        message = Inbound(
            channel=heard.who.channel,
            account=heard.who.account,
            external_id=heard.external_id,
            sender=heard.who.sender,
            text=text,
            button=button,
            choice=choice,
        )
        return Heard(heard.who, heard.external_id, doing=doing, message=message, media_id=media_id)


def _dedupe_key(data: Mapping[str, Any], kind: str) -> str:
    """One for each push: a MsgId alone may be two customers', and a second may have two events."""
    names = ["ToUserName", "FromUserName", "CreateTime"]
    names += ["Event", "EventKey"] if kind == "event" else ["MsgId"]
    parts = json.dumps([kind, *(field(data, name) for name in names)])
    return hashlib.sha256(parts.encode()).hexdigest()


def _told(kind: str, data: Mapping[str, Any]) -> str:
    names = {"location": ("Label", "Location_X", "Location_Y"), "link": ("Title", "Url"), "file": ("Title",)}
    names["miniprogrampage"] = ("Title",)
    return " ".join(filter(None, (field(data, name).strip() for name in names.get(kind, ()))))
