"""Letters on their way out: composed for one bubble, and handed to our mail server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.errors import CustomerLeft, DeliveryRefused, MaybeDelivered, NotDelivered
from channels.email.letters import plain

SMTP_SECONDS = 8.0
GONE = frozenset({550, 551, 553})
"""What servers answer when there is no such mailbox."""
OURS = frozenset({530, 534, 535, 538})
"""A fault of our settings."""


def compose(
    data: Mapping[str, Any],
    *,
    sender: Address,
    recipient: str,
    number: str,
    thread: Mapping[str, Any],
    choose: str,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> EmailMessage:
    """The letter for a bubble. `choose` stands before the buttons, which are numbered; `files` are name, type, bytes.

    Raises:
        ValueError: an address or a name would break the letter's form.
    """
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = Address(addr_spec=recipient)
    letter["Subject"] = f"Re: {plain(str(thread.get('subject') or ''))}".strip()
    letter["Message-ID"] = f"<{number}>"
    references = [str(each) for each in thread.get("references") or ()]
    if references:
        letter["In-Reply-To"] = f"<{references[-1]}>"
        letter["References"] = " ".join(f"<{each}>" for each in references)
    letter["Auto-Submitted"] = "auto-replied"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(_words(data, choose), charset="utf-8")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        letter.add_attachment(content, maintype=main, subtype=sub, filename=plain(name))
    return letter


def _words(data: Mapping[str, Any], choose: str) -> str:
    paragraphs = [str(data.get("text") or "")]
    if data.get("image"):
        paragraphs.append(str(data["image"]))
    if titles := [button["title"] for button in data.get("buttons") or ()]:
        paragraphs.append("\n".join([choose, *(f"{place}. {title}" for place, title in enumerate(titles, start=1))]))
    return "\n\n".join(filter(None, paragraphs)) + "\n"


async def hand_over(letter: EmailMessage, url: str, user: str, password: str, *, sender: str, recipient: str) -> None:
    """Give a letter to the mail server at `url`: smtps://host, smtp://host (STARTTLS), or smtp+plain://host.

    Raises:
        NotDelivered, MaybeDelivered, DeliveryRefused, CustomerLeft: see `bot.deliveries.Sender`.
    """
    parts = urlsplit(url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        use_tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp",
        timeout=SMTP_SECONDS,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise NotDelivered(type(error).__name__) from error
    try:
        if user:
            await client.login(unquote(user), password)
        await client.sendmail(sender, [recipient], letter.as_bytes())
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _meaning(error.recipients[0].code) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _meaning(error.code) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise MaybeDelivered(type(error).__name__) from error
    finally:
        client.close()


def _meaning(code: int) -> Exception:
    said = f"the mail server answered {code}"
    if code in GONE:
        return CustomerLeft(said)
    if code in OURS or 400 <= code < 500:
        return NotDelivered(said)
    return DeliveryRefused(said)
