"""What an update says, checked; nothing of it is trusted to have the form that is documented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.helpers import effective_message_type

from bot.messages import Language

LARGEST = 2**63
CHINESE_DIGITS = 13
"""Of a mobile number with the country's 86."""
_COMMAND = re.compile(r"/(start|help|human)(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_MEDIA = ("text", "photo", "document", "sticker", "voice", "audio", "video", "video_note", "animation", "story")
_CARDS = ("contact", "location", "venue", "poll", "dice", "game", "paid_media", "checklist", "invoice")
SPOKEN = frozenset((*_MEDIA, *_CARDS))
"""What a customer sends on purpose; anything else that we know is the app's own note, such as a pinned message."""


class Kind(StrEnum):
    MESSAGE = "message"
    PRESSED = "pressed"
    EDITED = "edited"
    LEFT = "left"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file at Telegram."""

    id: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody did in their private chat with the bot."""

    kind: Kind
    chat: int
    external_id: str
    """Names it for ever. Telegram's own number alone is not enough: after a quiet week it begins anew anywhere."""
    language: Language | None = None
    text: str = ""
    wordless: str = ""
    """What it is when it has no words, no file and no card of their own: `voice`, `sticker`, or something newer."""
    button: str = ""
    query: str = ""
    """A pressed button waits for an answer to this."""
    file: FileRef | None = None
    album: str | None = None
    command: str | None = None
    payload: str | None = None
    """What a link to the bot carried."""
    phone: str | None = None
    """Their own number, which Telegram vouches for; never somebody else's card."""


def number_of(data: object) -> int | None:
    """An update's number; None when it is no update."""
    number = data.get("update_id") if isinstance(data, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < LARGEST else None


def parse(data: object) -> Heard | None:
    """What an update says; None for whatever we do not handle: groups, channels, other bots, business chats, the new.

    Raises:
        ValueError: it is no update, or not as documented.
    """
    number = number_of(data)
    if number is None or not isinstance(data, dict):
        raise ValueError("no update")
    try:
        update = Update.de_json(data, None)
        if update.callback_query is not None:
            return _pressed(number, update.callback_query)
        if update.message is not None:
            return _message(number, update.message)
        if update.edited_message is not None:
            return _edited(number, update.edited_message)
        if update.my_chat_member is not None:
            return _member(number, update.my_chat_member)
    except Exception as error:  # the library raises whatever the form at hand leads to
        raise ValueError(f"an update of another form: {type(error).__name__}") from error
    return None


def _message(number: int, message: Message) -> Heard | None:
    chat = _private(message.chat, message.from_user)
    if chat is None or message.business_connection_id is not None:
        return None
    kind = effective_message_type(message)
    if kind is not None and str(kind) not in SPOKEN:
        return None
    text = message.text or message.caption or ""
    command, payload = None, None
    if message.text and (match := _COMMAND.fullmatch(message.text)) and (match[1] == "start" or not match[2]):
        command, payload = match[1], match[2]
    contact, file = message.contact, _file(message)
    own = contact is not None and contact.user_id == chat
    is_read = bool(text or file or own)
    return Heard(
        Kind.MESSAGE,
        chat,
        f"{number}.{chat}.{message.message_id}",
        language=_language(message.from_user),
        text=text,
        wordless="" if is_read else str(kind or "unknown"),
        file=file,
        album=message.media_group_id,
        command=command,
        payload=payload,
        phone=_number(contact.phone_number) if contact and own else None,
    )


def _edited(number: int, message: Message) -> Heard | None:
    chat = _private(message.chat, message.from_user)
    if chat is None or not (message.text or message.caption):  # a shared place that moves is edited, too
        return None
    return Heard(
        Kind.EDITED, chat, f"{number}.{chat}.{message.message_id}.edited", language=_language(message.from_user)
    )


def _pressed(number: int, query: CallbackQuery) -> Heard | None:
    chat = _private(query.message.chat, query.from_user) if query.message else None
    if chat is None or not query.data:
        return None
    return Heard(
        Kind.PRESSED,
        chat,
        f"{number}.{chat}.{query.id}",
        language=_language(query.from_user),
        button=query.data,
        query=query.id,
    )


def _member(number: int, change: ChatMemberUpdated) -> Heard | None:
    chat = _private(change.chat, change.from_user)
    if chat is None:
        return None
    kind = Kind.LEFT if change.new_chat_member.status in ("kicked", "left") else Kind.BACK
    return Heard(kind, chat, f"{number}.{chat}.member")


def _private(chat: Chat, sender: User | None) -> int | None:
    """The chat's number, when it is between one person and the bot, and that person did it."""
    if sender is None or sender.is_bot or chat.type != Chat.PRIVATE or sender.id != chat.id:
        return None
    return chat.id


def _file(message: Message) -> FileRef | None:
    if message.photo:
        best = max(message.photo, key=lambda size: (size.width * size.height, size.file_size or 0))
        return FileRef(best.file_id, f"photo-{message.message_id}.jpg", best.file_size or 0)
    if message.document is not None:
        document = message.document
        return FileRef(document.file_id, document.file_name or "file", document.file_size or 0)
    return None


def _number(phone: str) -> str:
    """The digits as they are dialled at home: in China without the country's own."""
    digits = "".join(letter for letter in phone if letter in "0123456789")
    return digits[2:] if len(digits) == CHINESE_DIGITS and digits.startswith("861") else digits


def _language(sender: User | None) -> Language | None:
    """The language of their app, of those that are spoken here."""
    code = sender.language_code if sender else None
    if not code:
        return None
    return "zh" if code.lower().startswith("zh") else "en"
