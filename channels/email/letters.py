"""What a letter says, read from its bytes: whom it is from, what is new in it, and whether a machine wrote it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from typing import cast

from channels.email.quotes import text_of_html, unquoted

MOST_PARTS = 100
MOST_FILES = 10
MOST_LETTERS = 100_000
"""Of a text that is looked at."""
MOST_REFERENCES = 30
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
"""What programs say, and what they mean."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,148}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,300})>")
_MACHINES = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|noreply)\b", re.IGNORECASE)
_ANSWER = re.compile(r"^\s*(?:re|aw|回复|答复|回覆|转发|fwd?|fw)\s*[:：]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter from a person."""

    number: str
    """Its Message-ID; made from its bytes when it has none."""
    sender: str
    """The address in From, in small letters."""
    subject: str
    text: str
    """What is new in it."""
    answers: tuple[str, ...]
    """The ids it refers to, the nearest first."""
    references: tuple[str, ...]
    """The chain that an answer to it goes on with, oldest first."""
    attachments: tuple[Attachment, ...]
    is_trusted: bool
    """Our own mail server has checked that the address in From wrote it."""


class Unreadable(Exception):
    """No letter that can be answered; the text says why."""


def parse(raw: bytes, *, ours: str, authserv: str) -> Letter:
    """The letter in `raw`. `ours` is our own address, `authserv` how our mail server signs its checks; empty for none.

    Raises:
        Unreadable: a machine wrote it, it names no single sender, or its form cannot be read.
    """
    try:
        message = email.message_from_bytes(raw, policy=_POLICY)
        sender = _sender(message)
        if reason := _automatic(message, sender, ours):
            raise Unreadable(reason)
        body, attachments = _contents(message)
        subject = plain(str(message.get("Subject") or ""))
        number = next(iter(_ids(message, "Message-ID")), "") or f"{hashlib.sha256(raw).hexdigest()}@none"
        answered, chain = _ids(message, "In-Reply-To"), _ids(message, "References")
        is_trusted = _is_trusted(message, sender, authserv)
    except Unreadable:
        raise
    except Exception as error:  # the library raises whatever the form at hand leads to, a RecursionError included
        raise Unreadable(f"a letter of another form: {type(error).__name__}") from error
    text = unquoted(body)
    if not answered and not chain and subject and subject not in text:
        text = f"{subject}\n{text}".strip()  # what is wanted often stands there alone
    return Letter(
        number=number,
        sender=sender,
        subject=_ANSWER.sub("", subject)[:200],
        text=text,
        answers=tuple(dict.fromkeys([*answered, *reversed(chain)])),
        references=tuple(dict.fromkeys([*chain, *answered, number]))[-MOST_REFERENCES:],
        attachments=tuple(attachments),
        is_trusted=is_trusted,
    )


def plain(text: str) -> str:
    """A header's text in one line, without what could begin another header."""
    return " ".join("".join(" " if unicodedata.category(letter) in _ODD else letter for letter in text).split())


_ODD = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_POLICY = email.policy.default.clone(raise_on_defect=False)


def _sender(message: EmailMessage) -> str:
    headers = message.get_all("From") or []
    addresses = [each for header in headers for each in _addresses(header)]
    if len(headers) != 1 or len(addresses) != 1 or not _ADDRESS.fullmatch(addresses[0].addr_spec):
        raise Unreadable("no single sender")
    return addresses[0].addr_spec.lower()


def _addresses(header: object) -> tuple[Address, ...]:
    return cast("AddressHeader", header).addresses


def _automatic(message: EmailMessage, sender: str, ours: str) -> str:
    """Why nothing may be answered to it; empty for a person's letter."""

    def header(name: str) -> str:
        return str(message.get(name) or "").strip().lower()

    if sender == ours.lower():
        return "our own"
    if _MACHINES.match(sender):
        return "a machine's address"
    if header("Auto-Submitted").partition(";")[0].strip() not in ("", "no"):
        return "sent automatically"
    if header("Precedence") in ("bulk", "list", "junk", "auto_reply"):
        return "sent to many"
    if any(name.lower().startswith("list-") for name in message):
        return "a mailing list's"
    if message.get("Return-Path") is not None and header("Return-Path") in ("<>", ""):
        return "a report"
    if message.get_content_type() == "multipart/report" or header("X-Autoreply") or header("X-Autorespond"):
        return "a report"
    return ""


def _contents(message: EmailMessage) -> tuple[str, list[Attachment]]:
    """The words, plain ones if there are any, and what is attached."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    attachments: list[Attachment] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), part.get_filename()
        is_text = kind in texts and part.get_content_disposition() != "attachment" and not name
        if is_text:
            texts[kind].append(_decoded(part))
        elif kind != "message/rfc822" and len(attachments) < MOST_FILES:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                attachments.append(Attachment(plain(name or "file"), data))
    words = "\n".join(texts["text/plain"]).strip()
    return words or text_of_html("\n".join(texts["text/html"])), attachments


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The leaves, a letter within the letter being one."""
    waiting: list[EmailMessage] = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart":
            waiting[:0] = [each for each in part.get_payload() if isinstance(each, EmailMessage)]
        else:
            yield part


def _decoded(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    said = (part.get_content_charset() or "").lower()
    for charset in filter(None, (CHARSETS.get(said, said), "utf-8", "gb18030")):
        try:
            return data.decode(charset)[:MOST_LETTERS]
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")[:MOST_LETTERS]


def _ids(message: EmailMessage, name: str) -> list[str]:
    found = " ".join(str(value) for value in message.get_all(name) or [])
    return _MESSAGE_ID.findall(found)[-MOST_REFERENCES:]


def _is_trusted(message: EmailMessage, sender: str, authserv: str) -> bool:
    """Whether our own server's check, which stands on top of all others, says so. Anybody can write the rest."""
    checks = [str(value) for value in message.get_all("Authentication-Results") or []]
    if not authserv or not checks:
        return False
    server, _, results = re.sub(r"\([^()]*\)", " ", checks[0]).partition(";")
    if server.split()[:1] != [authserv]:
        return False
    for result in results.split(";"):
        words = result.split()
        if words[:1] == ["dmarc=pass"]:
            said = [word.partition("=")[2] for word in words[1:] if word.startswith("header.from=")]
            return [each.lower() for each in said] == [sender.partition("@")[2]]
    return False
