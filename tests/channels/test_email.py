"""Email over real servers: read as it comes, answered in its thread, and never a partner for machines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import deliveries
from bot.errors import SettingsError
from bot.messages import Button, Reply
from bot.settings import read
from bot.store import outbox
from bot.store.database import Database
from bot.store.tables import conversations, inbox
from channels.email import channel as module
from channels.email import make
from tests.channels.emails import Post, open_post, words
from tests.house import House
from tests.pictures import PNG_WITH_TEXT
from tests.platforms.mail import PASSWORD, USER, Mail, letter

ANN, BOB = "ann@mail.example", "bob@mail.example"
TRUSTED = "mx.shop.example; dmarc=pass header.from=mail.example"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(module, "FIRST_REST_SECONDS", 0.05)
    monkeypatch.setattr(module, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(module, "WAIT_SECONDS", 1.0)
    monkeypatch.setattr(module, "ELSEWHERE_SECONDS", 0.05)


@pytest.fixture
async def post(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    async with open_post(House(sqlite_database), tmp_path) as made:
        yield made


async def test_a_letter_is_answered_in_its_thread(post: Post) -> None:
    post.mail.deliver(letter(ANN, "where is my order", subject="My order", number="1@mail.example"))
    (answer,) = await post.answered(ANN)
    assert words(answer) == "1: My order\nwhere is my order"
    assert (answer["Subject"], answer["In-Reply-To"]) == ("Re: My order", "<1@mail.example>")
    assert answer["From"].addresses[0].addr_spec == USER
    assert answer["Auto-Submitted"] == "auto-replied"
    again = letter(ANN, "thank you", subject="Re: My order", number="2@mail.example", In_Reply_To=answer["Message-ID"])
    again["References"] = f"<1@mail.example> {answer['Message-ID']}"
    post.mail.deliver(again)
    _, second = await post.answered(ANN, 2)
    assert words(second) == "2: thank you"
    assert second["References"].split() == ["<1@mail.example>", answer["Message-ID"], "<2@mail.example>"]


async def test_all_that_a_turn_says_is_one_letter(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = post.house.engine.reply
    said = (Reply(text="It is on its way."), Reply(text="It arrives tomorrow.", buttons=(Button("Thanks", "/thanks"),)))

    async def says(text: str, **more: Any) -> Any:
        return replace(await reply(text, **more), replies=said)

    monkeypatch.setattr(post.house.engine, "reply", says)
    post.mail.deliver(letter(ANN, "where is it", number="1"))
    (answer,) = await post.answered(ANN)
    assert words(answer).startswith("It is on its way.\n\nIt arrives tomorrow.\n\nReply with a number to choose:\n1. ")
    post.mail.deliver(letter(BOB, "hello", number="2"))
    await post.answered(BOB)
    assert len(post.mail.to(ANN)) == 1


async def test_an_answer_from_another_address_is_another_talk(post: Post) -> None:
    post.mail.deliver(letter(ANN, "hello", subject="Hello", number="1"))
    (answer,) = await post.answered(ANN)
    post.mail.deliver(letter(BOB, "me too", subject="Re: Hello", number="2", In_Reply_To=answer["Message-ID"]))
    (theirs,) = await post.answered(BOB)
    assert words(theirs) == "1: me too"
    assert len(post.mail.to(ANN)) == 1


async def test_a_forged_sender_does_not_come_into_somebodys_talk(post: Post) -> None:
    post.mail.deliver(letter(ANN, "GT2600010042, 8812", subject="Re: x", number="1", Authentication_Results=TRUSTED))
    await post.answered(ANN)
    post.mail.deliver(letter(ANN, "cancel it", subject="Re: x", number="2", In_Reply_To="<g.t.x-1.0@shop.example>"))
    _, second = await post.answered(ANN, 2)
    assert words(second) == "1: cancel it"
    post.mail.deliver(letter(ANN, "it is me", subject="Re: x", number="3", Authentication_Results=TRUSTED))
    third = (await post.answered(ANN, 3))[2]
    assert words(third).startswith("2: ")
    assert await post.count(conversations) == 2


async def test_machines_get_no_answer_and_nothing_of_theirs_is_kept(post: Post) -> None:
    for number, headers in enumerate(
        ({"Auto_Submitted": "auto-replied"}, {"List_Id": "<n.example>"}, {"Return_Path": "<>"})
    ):
        post.mail.deliver(letter(ANN, "away", number=f"m{number}", **headers))
    post.mail.deliver(letter(USER, "our own", number="m9"))
    post.mail.deliver(b"\xff\xfe not a letter at all")
    post.mail.deliver(letter(BOB, "hello", number="p1"))
    await post.answered(BOB)
    assert await post.count(inbox) == 1
    assert post.mail.to(ANN) == post.mail.to(USER) == []


async def test_two_machines_that_answer_each_other_are_stopped(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LETTERS_AN_HOUR", 3)
    for number in range(6):
        post.mail.deliver(letter(ANN, f"thanks {number}", number=f"t{number}", Authentication_Results=TRUSTED))
    post.mail.deliver(letter(BOB, "hello", number="b"))
    await post.answered(BOB)
    assert await post.count(inbox) == 4


async def test_what_is_attached_is_kept_like_any_file(post: Post) -> None:
    made = letter(ANN, "it is broken", subject="Re: x", number="1", In_Reply_To="<a@x>")
    made.add_attachment(PNG_WITH_TEXT, maintype="image", subtype="png", filename="照片.png")
    made.add_attachment(b"MZ\x90\x00 a program", maintype="application", subtype="pdf", filename="invoice.pdf")
    made.add_attachment(b"x" * 50_001, maintype="text", subtype="plain", filename="long.txt")
    post.mail.deliver(made)
    await post.answered(ANN)
    rows = await post.house.database.read(lambda connection: connection.execute(select(inbox.c.files)).scalars().all())
    (files,) = rows
    assert [(file["name"], file["type"]) for file in files] == [("照片.png", "image/png")]


async def test_a_letter_that_is_too_big_is_not_fetched_but_answered(post: Post) -> None:
    size = module.letters_bytes(50_000) + 1
    number = post.mail.deliver(letter(ANN, "x" * 70 + "\n" + ("y" * 70 + "\n") * (size // 71), number="big"))
    (answer,) = await post.answered(ANN)
    assert "utter_unreadable" in answer.get_content()
    assert number in post.mail.fetched


async def test_a_number_chooses_what_was_offered(post: Post) -> None:
    post.mail.deliver(letter(ANN, "choose", subject="Re: x", number="1", In_Reply_To="<a@x>"))
    (answer,) = await post.answered(ANN)
    assert words(answer) == "yes?\n\nReply with a number to choose:\n1. Yes\n2. No"
    post.mail.deliver(
        letter(ANN, "2.\n\nSent from my iPhone", subject="Re: x", number="2", In_Reply_To=answer["Message-ID"])
    )
    await post.answered(ANN, 2)
    assert post.house.engine.heard[-1]["intent"] == "/deny"


async def test_what_lay_there_before_we_came_is_not_answered_and_repeats_are_known(
    sqlite_database: Database, tmp_path: Path
) -> None:
    mail = Mail()
    mail.deliver(letter(ANN, "old", number="old"))
    async with open_post(House(sqlite_database), tmp_path, mail) as post:
        for _ in range(2):
            mail.deliver(letter(BOB, "hello", number="same"))
        mail.deliver(letter(BOB, "and", number="other"))
        await post.answered(BOB, 2)
        assert mail.to(ANN) == []
        assert await post.count(inbox) == 2


@pytest.mark.parametrize("politely", [True, False])
async def test_a_connection_that_ends_while_waiting_costs_no_letter(post: Post, politely: bool) -> None:
    post.mail.deliver(letter(ANN, "one", number="1"))
    await post.answered(ANN)
    await asyncio.sleep(0.1)  # it waits by now
    began = time.monotonic()
    post.mail.hang_up(politely=politely)
    post.mail.deliver(letter(ANN, "two", number="2"))
    await post.answered(ANN, 2)
    assert time.monotonic() - began < 10
    assert post.mail.logins >= 2


async def test_a_mailbox_that_counts_anew_brings_no_double_and_loses_nothing(post: Post) -> None:
    post.mail.deliver(letter(ANN, "one", number="1"))
    await post.answered(ANN)
    post.mail.count_anew()
    post.mail.deliver(letter(ANN, "two", number="2"))
    await post.answered(ANN, 2)
    post.mail.deliver(letter(ANN, "three", number="3"))
    said = [words(each)[3:] for each in await post.answered(ANN, 3)]
    assert said == ["one", "two", "three"]


async def test_a_server_that_cannot_tell_is_asked(sqlite_database: Database, tmp_path: Path) -> None:
    async with open_post(House(sqlite_database), tmp_path, Mail(can_idle=False)) as post:
        for number in range(25):
            post.mail.deliver(letter(ANN, f"m{number}", number=str(number), Authentication_Results=TRUSTED))
        await post.answered(ANN, 25)
        assert [each["text"] for each in post.house.engine.heard] == [f"m{number}" for number in range(25)]


async def test_a_letter_that_cannot_be_sent_now_is_sent_later_and_one_that_never_can_is_set_aside(post: Post) -> None:
    post.mail.answers[ANN] = "451 try again later"
    post.mail.answers[BOB] = "550 no such mailbox"
    for sender in (ANN, BOB):
        post.mail.deliver(letter(sender, "hello", number=sender))
    await post.until(lambda: len(post.house.engine.heard) == 2)
    await post.house.router.drain(within_seconds=5)
    await post.house.deliveries.drain(within_seconds=5)
    post.mail.answers.pop(ANN)
    await post.answered(ANN)
    (dead,) = await post.house.database.read(outbox.to_look_at)
    assert "CustomerLeft" in dead.error
    assert "550" in dead.error


async def test_the_next_worker_goes_on_where_the_last_one_stopped(sqlite_database: Database, tmp_path: Path) -> None:
    mail, house = Mail(), House(sqlite_database)
    async with open_post(house, tmp_path, mail) as post:
        mail.deliver(letter(ANN, "one", number="1"))
        await post.answered(ANN)
    mail.deliver(letter(ANN, "two", number="2"))
    async with open_post(house, tmp_path, mail) as post:
        await post.answered(ANN, 2)
        assert len(post.house.engine.heard) == 2


def test_without_an_address_there_is_no_channel_and_settings_are_checked(tmp_path: Path) -> None:
    assert make(read(_env_file=None, demo=True)) is None
    whole = {
        "email_address": USER,
        "email_password": PASSWORD,
        "email_imap_url": "imaps://imap.shop.example/INBOX",
        "email_smtp_url": "smtps://smtp.shop.example",
    }
    assert make(read(_env_file=None, demo=True, files=tmp_path, **whole)) is not None
    wrong = {
        "email_address": "nobody",
        "email_password": "",
        "email_imap_url": "http://imap.shop.example",
        "email_smtp_url": "",
    }
    for name, value in wrong.items():
        with pytest.raises(SettingsError, match=f"GUITAI_{name.upper()}"):
            read(_env_file=None, demo=True, **{**whole, name: value})
    ours = {"customer_token_secret": "c" * 32, "rest_token": "r" * 32}
    with pytest.raises(SettingsError, match="in the clear"):
        read(_env_file=None, demo=False, **{**whole, **ours, "email_imap_url": "imap://imap.shop.example"})
