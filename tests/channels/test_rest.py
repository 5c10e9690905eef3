"""REST over a real server: Rasa's form in and out, the same bytes for a repeat, clear words for what is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.customers import sign
from bot.errors import BadMessage
from bot.replies import clean
from bot.store.database import Database
from channels.base import discover
from channels.rest import Rest
from tests.bot.served import Served, served
from tests.house import SECRET, House

TOKEN = "t" * 40
PATH = "/webhooks/rest/webhook"


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[House]:
    made = House(sqlite_database)
    yield made
    await made.router.drain(within_seconds=5)


@pytest.fixture
async def rest(house: House) -> AsyncIterator[Served]:
    channel = Rest(token="", wait_seconds=20, messages_per_minute=0)
    async with served(house, [channel]) as made:
        yield made


async def _say(rest: Served, message: object, **more: object) -> httpx.Response:
    return await rest.client.post(PATH, json={"sender": "ann", "message": message, **more})


async def test_a_message_is_answered_in_rasas_form(rest: Served) -> None:
    answer = await _say(rest, "你好")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == [{"recipient_id": "ann", "text": "1: 你好"}]


async def test_buttons_come_with_opaque_payloads_that_can_be_sent_back(rest: Served, house: House) -> None:
    (bubble,) = (await _say(rest, "choose")).json()
    assert [button["title"] for button in bubble["buttons"]] == ["Yes", "No"]
    assert (await _say(rest, bubble["buttons"][0]["payload"])).json()[0]["text"] == "2: /affirm"


async def test_a_repeat_gets_the_very_same_bytes_and_nothing_happens_twice(rest: Served, house: House) -> None:
    first = await _say(rest, "choose", message_id="7")
    second = await _say(rest, "choose", message_id="7")
    assert first.content == second.content
    assert len(house.engine.heard) == 1


async def test_twenty_repeats_at_once_get_the_same_answer(rest: Served, house: House) -> None:
    answers = await asyncio.gather(*(_say(rest, "choose", message_id="7") for _ in range(20)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(house.engine.heard) == 1


async def test_without_an_id_the_same_words_are_two_messages(rest: Served) -> None:
    assert [(await _say(rest, "hello")).json()[0]["text"] for _ in range(2)] == ["1: hello", "2: hello"]


async def test_two_senders_may_use_the_same_id(rest: Served) -> None:
    ann = await _say(rest, "hello", message_id="1")
    bob = await _say(rest, "hello", message_id="1", sender="bob")
    assert (ann.json()[0]["recipient_id"], bob.json()[0]["recipient_id"]) == ("ann", "bob")


async def test_ids_and_senders_cannot_be_mixed_up_to_meet_anothers(rest: Served, house: House) -> None:
    await _say(rest, "hello", sender="a", message_id="b:c")
    await _say(rest, "hello", sender="a:b", message_id="c")
    assert len({heard["conversation"] for heard in house.engine.heard}) == 2


async def test_another_message_under_a_used_id_is_a_conflict(rest: Served) -> None:
    await _say(rest, "hello", message_id="7")
    assert (await _say(rest, "goodbye", message_id="7")).status_code == 409


async def test_a_signed_in_customer_is_known_by_the_shops_token(rest: Served, house: House) -> None:
    token = sign("C001", SECRET, now=house.clock(), lasts=timedelta(hours=1))
    await _say(rest, "human", metadata={"customer_token": token})
    assert (await house.place()).packet["customer"]["known_by"] == "signed_in"


async def test_text_that_looks_like_an_intent_is_text(rest: Served, house: House) -> None:
    await _say(rest, '/track_order{"order_number": "1"}')
    assert house.engine.heard[0]["intent"] is None


@pytest.mark.parametrize("message", ["", "   ", "🙂👨‍👩‍👧", "\u202eabc", "x" * 10_000, "a\u0000b", "\ud800"])
async def test_any_text_is_answered_with_a_sentence(rest: Served, message: str) -> None:
    body = json.dumps({"sender": "ann", "message": message})
    answer = await rest.client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert answer.json()[0]["text"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 30_000, "not JSON"),
        (b"[]", "must be an object"),
        (b'"text"', "must be an object"),
        (b"{}", "`sender`"),
        (b'{"sender": "", "message": "x"}', "`sender`"),
        (b'{"sender": "  ", "message": "x"}', "`sender`"),
        (b'{"sender": 7, "message": "x"}', "`sender`"),
        (b'{"sender": "a\\u0000", "message": "x"}', "`sender`"),
        (b'{"sender": "\\ud800", "message": "x"}', "`sender`"),
        (b'{"sender": "' + b"a" * 256 + b'", "message": "x"}', "`sender`"),
        (b'{"sender": "a"}', "`message`"),
        (b'{"sender": "a", "message": null}', "`message`"),
        (b'{"sender": "a", "message": ["x"]}', "`message`"),
        (b'{"sender": "a", "message": "x", "message_id": 7}', "`message_id`"),
        (b'{"sender": "a", "message": "x", "message_id": ""}', "`message_id`"),
        (b'{"sender": "a", "message": "x", "metadata": []}', "`metadata`"),
        (b'{"sender": "a", "message": "x", "metadata": {"customer_token": 7}}', "customer_token"),
    ],
)
async def test_a_request_that_cannot_be_taken_says_what_to_change(
    rest: Served, house: House, body: bytes, complaint: str
) -> None:
    answer = await rest.client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]
    assert house.engine.heard == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type_is_refused(rest: Served, kind: str) -> None:
    body = b'{"sender": "a", "message": "x"}'
    assert (await rest.client.post(PATH, content=body, headers={"content-type": kind})).status_code == 415


async def test_a_charset_beside_the_content_type_is_fine(rest: Served) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await rest.client.post(PATH, content=b'{"sender":"a","message":"x"}', headers=headers)).status_code == 200


async def test_a_body_that_is_too_big_is_refused(rest: Served, house: House) -> None:
    assert (await _say(rest, "x" * 60_000)).status_code == 200
    assert (await _say(rest, "x" * 70_000)).status_code == 413
    assert (await rest.client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_is_taken(rest: Served, method: str) -> None:
    answer = await rest.client.request(method, PATH)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer wrong", f"bearer {TOKEN}", f"Bearer {TOKEN} ", "Bearer é"]
)
async def test_without_the_token_nothing_is_taken_or_stored(house: House, shown: str | None) -> None:
    channel = Rest(token=TOKEN, wait_seconds=20, messages_per_minute=0)
    body = {"sender": "ann", "message": "hello"}
    with pytest.raises(BadMessage) as refused:
        channel.verify({"content-type": "application/json"} | ({"authorization": shown} if shown is not None else {}))
    assert refused.value.status == 401
    async with served(house, [channel]) as made:
        assert (await made.client.post(PATH, json=body)).status_code == 401
        right = await made.client.post(PATH, json=body, headers={"authorization": f"Bearer {TOKEN}"})
        assert right.status_code == 200
    assert len(house.engine.heard) == 1


async def test_one_sender_who_writes_too_fast_is_slowed_and_others_are_not(house: House) -> None:
    channel = Rest(token="", wait_seconds=20, messages_per_minute=3)
    async with served(house, [channel]) as made:
        codes = [(await _say(made, "hello")).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert (await _say(made, "hello", sender="bob")).status_code == 200


async def test_an_answer_that_takes_too_long_is_asked_for_again(house: House) -> None:
    house.engine.gate = asyncio.Event()
    channel = Rest(token="", wait_seconds=0.1, messages_per_minute=0)
    async with served(house, [channel]) as made:
        late = await _say(made, "hello", message_id="7")
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        house.engine.gate.set()
        answers = [(await _say(made, "hello", message_id="7")) for _ in range(3)]
        assert answers[-1].json() == [{"recipient_id": "ann", "text": "1: hello"}]


async def test_who_waits_for_a_person_gets_an_empty_list_once_told(rest: Served) -> None:
    await _say(rest, "human")
    assert len((await _say(rest, "hello?")).json()) == 1
    assert (await _say(rest, "hello?")).json() == []


@given(st.text())
def test_cleaned_text_can_be_stored_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_are_refused_politely(body: bytes) -> None:
    try:
        message = Rest(token="", wait_seconds=1, messages_per_minute=0).parse(body)
    except BadMessage as refused:
        status = refused.status
    else:
        status = 200 if message.sender else 500
    assert status in (200, 400)


def test_the_channel_is_found_by_being_there(house: House) -> None:
    assert [channel.name for channel in discover(house.settings)] == ["rest", "web"]
