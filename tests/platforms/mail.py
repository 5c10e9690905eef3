"""Real mail servers in small: one that is read by IMAP, with IDLE and its moods, and one that takes letters by SMTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "help@shop.example", "mail-password"


@dataclass
class Mail:
    """What lies in the mailbox, what was sent, and how both servers behave."""

    validity: int = 1
    letters: dict[int, bytes] = field(default_factory=dict)
    """By number."""
    sent: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and letter, in order."""
    answers: dict[str, str] = field(default_factory=dict)
    """What the SMTP server says to letters for somebody, such as `451 later`."""
    can_idle: bool = True
    logins: int = 0
    fetched: list[int] = field(default_factory=list)
    imap_url: str = ""
    smtp_url: str = ""
    _next: int = 1
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _talking: dict[asyncio.StreamWriter, int] = field(default_factory=dict)
    """Connections, and how many letters each has been told of."""

    def deliver(self, raw: bytes | EmailMessage) -> int:
        """A letter comes in."""
        number = self._next
        self._next += 1
        self.letters[number] = raw if isinstance(raw, bytes) else bytes(raw)
        self._wake()
        return number

    def count_anew(self) -> None:
        """The mailbox was rebuilt: every letter has another number, and the numbers mean something else."""
        letters = list(self.letters.values())
        self.validity += 1
        self._next = 100
        self.letters = {}
        for raw in letters:
            self.deliver(raw)
        self.hang_up()

    def hang_up(self, *, politely: bool = False) -> None:
        """End all connections, with a BYE or without a word."""
        for writer in self._talking:
            if politely:
                writer.write(b"* BYE shutting down\r\n")
            else:
                writer.transport.abort()

    def to(self, recipient: str) -> list[EmailMessage]:
        """The letters that somebody got."""
        return [letter for who, letter in self.sent if who == recipient]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # IMAP

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of an IMAP client."""
        self._talking[writer] = 0
        writer.write(b"* OK a small IMAP server\r\n")
        try:
            while line := await reader.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                command, _, arguments = rest.partition(" ")
                if command.upper() == "UID":
                    command, _, arguments = arguments.partition(" ")
                said = await self._said(command.upper(), arguments, tag, reader, writer)
                writer.write(said)
                await writer.drain()
                if command.upper() == "LOGOUT":
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._talking.pop(writer, None)
            writer.close()

    async def _said(
        self, command: str, arguments: str, tag: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        done = f"{tag} OK {command} done\r\n".encode()
        match command:
            case "CAPABILITY":
                return f"* CAPABILITY IMAP4rev1{' IDLE' if self.can_idle else ''}\r\n".encode() + done
            case "LOGIN":
                if f'"{PASSWORD}"' not in arguments and PASSWORD not in arguments.split():
                    return f"{tag} NO wrong password\r\n".encode()
                self.logins += 1
                return done
            case "EXAMINE" | "SELECT":
                self._talking[writer] = len(self.letters)
                return (
                    f"* {len(self.letters)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] valid\r\n"
                    f"* OK [UIDNEXT {self._next}] next\r\n{tag} OK [READ-ONLY] done\r\n"
                ).encode()
            case "SEARCH":
                found = " ".join(map(str, self._searched(arguments)))
                return f"* SEARCH {found}\r\n".encode() + done
            case "FETCH":
                return self._fetched(arguments) + done
            case "IDLE":
                return await self._idle(tag, reader, writer)
            case "NOOP" | "LOGOUT":
                return done
        return f"{tag} BAD unknown\r\n".encode()

    def _searched(self, arguments: str) -> list[int]:
        match = re.search(r"UID (\d+):\*", arguments)
        if match is None:
            return sorted(self.letters)
        found = [number for number in self.letters if number >= int(match[1])]
        return found or sorted(self.letters)[-1:]  # as RFC 3501 has it: `n:*` holds the last letter always

    def _fetched(self, arguments: str) -> bytes:
        number = int(arguments.split()[0])
        if number not in self.letters:
            return b""
        place, raw = sorted(self.letters).index(number) + 1, self.letters[number]
        if "SIZE" in arguments:
            return f"* {place} FETCH (UID {number} RFC822.SIZE {len(raw)})\r\n".encode()
        self.fetched.append(number)
        part = "[HEADER]" if "[HEADER]" in arguments else "[]"
        if part == "[HEADER]":
            raw = raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\r\n\r\n"
        return f"* {place} FETCH (UID {number} BODY{part} {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"

    async def _idle(self, tag: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"+ idling\r\n")
        line = asyncio.create_task(reader.readline())
        while not line.done():
            if self._talking.get(writer) != len(self.letters):
                self._talking[writer] = len(self.letters)
                writer.write(f"* {len(self.letters)} EXISTS\r\n".encode())
                await writer.drain()
                continue  # another may have come meanwhile
            changed = asyncio.create_task(self._changed.wait())
            await asyncio.wait([line, changed], return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
        return f"{tag} OK IDLE done\r\n".encode()

    # SMTP

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        letter = message_from_bytes(cast("bytes", envelope.content), policy=default)
        self.sent += [(recipient, letter) for recipient in envelope.rcpt_tos]
        return "250 OK"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def served(mail: Mail) -> AsyncIterator[Mail]:
    """Serve both on free ports until the block ends."""
    loop = asyncio.get_running_loop()
    imap = await asyncio.start_server(mail.talk, "127.0.0.1", 0)

    def smtp() -> SMTP:
        return SMTP(mail, authenticator=_authenticate, auth_require_tls=False, enable_SMTPUTF8=True, loop=loop)

    post = await loop.create_server(smtp, "127.0.0.1", 0)
    mail.imap_url = f"imap://127.0.0.1:{imap.sockets[0].getsockname()[1]}/INBOX"
    mail.smtp_url = f"smtp+plain://127.0.0.1:{post.sockets[0].getsockname()[1]}"
    try:
        yield mail
    finally:
        for server in (imap, post):
            server.close()
        mail.hang_up()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await imap.wait_closed()


def letter(sender: str, text: str, *, subject: str = "", number: str = "", **headers: str) -> EmailMessage:
    """A letter as a mail program writes it; `in_reply_to="…"` becomes In-Reply-To."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, USER, subject
    made["Date"] = datetime.now(UTC)
    made["Message-ID"] = f"<{number or id(made)}@mail.example>" if "@" not in number else f"<{number}>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made
