"""Other words from a language model, asked over HTTP: used when faithful, and the source on any failure."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.faithful import Glue
from bot.messages import Handoff, HandoffReason, Past, Reply, Turn
from bot.settings import read
from bot.wording import WordedEngine, Wording

GLUE = Glue.read(Path(__file__).parents[2] / "data" / "wording.yml")
ANSWER = "You have 7 days from delivery to return something without giving a reason."
FAITHFUL = "Sure! From delivery you have 7 days to return it, without giving a reason."
SECONDS = 0.5


class Endpoint:
    """Speaks the OpenAI-compatible protocol; `answer` makes the body from what it was sent."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda body: says(FAITHFUL)
        self.heard: list[tuple[str, str | None, dict[str, Any]]] = []
        self.hang = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.heard.append((self.path, self.headers.get("Authorization"), body))
                status, sent = endpoint.answer(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: a test's output is its own."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


def says(text: Any) -> tuple[int, bytes]:
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.hang.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def wording(url: str) -> Wording:
    return Wording(url=url, model="small", key="secret", seconds=SECONDS, glue=GLUE)


async def rephrased(url: str) -> str:
    made = wording(url)
    try:
        return await made.rephrase(ANSWER, question="how long can I return it?")
    finally:
        await made.aclose()


async def test_a_faithful_answer_is_told_in_its_words(endpoint: Endpoint) -> None:
    assert await rephrased(endpoint.url) == FAITHFUL
    ((path, authorization, body),) = endpoint.heard
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer secret", "small")
    assert ANSWER in body["messages"][-1]["content"]


@pytest.mark.parametrize(
    "invented",
    [
        "You have 14 days from delivery to return something without giving a reason.",
        "You have 7 days from delivery to return something without giving a reason, and postage is free.",
        "You have 7 days from delivery, says Mr Smith.",
        "You have 7 days from delivery; see https://elsewhere.example.",
        "You cannot return something without giving a reason within 7 days from delivery.",
        "Sure, return it.",  # the days are gone
        FAITHFUL + " You have 7 days from delivery to return something without giving a reason." * 3,
    ],
)
async def test_an_answer_that_says_more_or_less_is_not_used(endpoint: Endpoint, invented: str) -> None:
    endpoint.answer = lambda body: says(invented)
    assert await rephrased(endpoint.url) == ANSWER


@pytest.mark.parametrize(
    "broken",
    [
        (500, b"no"),
        (429, b"{}"),
        (200, b"not json"),
        (200, b"[]"),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": null}]}'),
        says(None),
        says(42),
        says("   "),
    ],
)
async def test_nonsense_leaves_the_answer_as_it_is(endpoint: Endpoint, broken: tuple[int, bytes]) -> None:
    endpoint.answer = lambda body: broken
    assert await rephrased(endpoint.url) == ANSWER


async def test_a_slow_endpoint_is_not_waited_for(endpoint: Endpoint) -> None:
    def late(body: dict[str, Any]) -> tuple[int, bytes]:
        endpoint.hang.wait(20)
        return says(FAITHFUL)

    endpoint.answer = late
    began = asyncio.get_running_loop().time()
    assert await rephrased(endpoint.url) == ANSWER
    assert asyncio.get_running_loop().time() - began < SECONDS * 6


async def test_an_absent_endpoint_leaves_the_answer_as_it_is() -> None:
    assert await rephrased("http://127.0.0.1:9/v1") == ANSWER


class FakeEngine:
    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    async def reply(self, text: str, **about: Any) -> Turn:
        return self.turn

    def understand(self, text: str) -> Any:
        return text

    def say(self, name: str, language: str, /, **values: object) -> Reply:
        return Reply(f"{name} in {language}: {values['order_number']}")


def bot(text: str, name: str) -> dict[str, Any]:
    return {"event": "bot", "text": text, "metadata": {"utter_action": name}}


async def reply(endpoint: Endpoint, turn: Turn, *past: dict[str, Any]) -> Turn:
    made = wording(endpoint.url)
    try:
        engine = WordedEngine(FakeEngine(turn), made)
        return await engine.reply("how long?", conversation="c", message_id="m", past=Past(past))
    finally:
        await made.aclose()


async def test_retrieved_answers_are_reworded_in_the_reply_and_in_the_record(endpoint: Endpoint) -> None:
    turn = Turn(
        replies=(Reply(ANSWER), Reply("Your order is on its way.")),
        events=(bot(ANSWER, "utter_faq/return_window"), bot("Your order is on its way.", "utter_order_status")),
    )
    told = await reply(endpoint, turn)
    assert [one.text for one in told.replies] == [FAITHFUL, "Your order is on its way."]
    assert [event["text"] for event in told.events] == [FAITHFUL, "Your order is on its way."]
    assert len(endpoint.heard) == 1


@pytest.mark.parametrize(
    ("written", "summary"),
    [
        ("The customer asked to cancel order GT2600010042.", "The customer asked to cancel order GT2600010042."),
        ("The customer asked to cancel order GT2600010099.", "Asked for a person."),
        ("The customer asked to cancel the order and was told a refund of ¥50.", "Asked for a person."),
    ],
)
async def test_a_handoff_is_summed_up_from_what_was_said(endpoint: Endpoint, written: str, summary: str) -> None:
    endpoint.answer = lambda body: says(written)
    turn = Turn(replies=(), events=(), handoff=Handoff(HandoffReason.ASKED, summary="Asked for a person."))
    told = await reply(endpoint, turn, {"event": "user", "text": "please cancel order GT2600010042"})
    assert told.handoff is not None
    assert told.handoff.summary == summary


async def test_the_house_s_own_summary_stays_a_name_unless_it_is_told_otherwise(endpoint: Endpoint) -> None:
    wish = Handoff(HandoffReason.ASKED, summary="utter_summary_invoice", facts={"order_number": "GT2600010042"})
    turn = Turn(replies=(), events=(), handoff=wish)
    endpoint.answer = lambda body: says("The customer wants 3 things.")
    assert (await reply(endpoint, turn)).handoff == wish
    endpoint.answer = lambda body: says("The invoice of order GT2600010042.")
    told = await reply(endpoint, turn, {"event": "user", "text": "the invoice of order GT2600010042, please"})
    assert told.handoff is not None
    assert told.handoff.summary == "The invoice of order GT2600010042."
    assert "utter_summary_invoice in en: GT2600010042" in str(endpoint.heard[-1])


def test_an_endpoint_without_a_model_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="GUITAI_WORDING_MODEL is empty"):
        read(demo=True, wording_url="http://localhost:1/v1", _env_file=None)
