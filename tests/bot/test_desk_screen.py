"""The desk over its wire: who gets in, what each window is shown, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product

import httpx
import pytest
from argon2 import PasswordHasher
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bot.accounts import NewAccount
from bot.accounts import add as add_account
from bot.api import desk_hub
from bot.api.door import COOKIE
from bot.store import accounts
from bot.store.database import Database
from bot.store.deskwork import Me
from channels import rest
from tests.bot.desks import DeskHouse
from tests.bot.screens import HEADERS, client, screen, session
from tests.bot.served import served
from tests.fakes import FakeShopView

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Office:
    house: DeskHouse
    address: str
    li: Me
    chen: Me
    tokens: dict[str, str]


@pytest.fixture
async def office(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(desk_hub, "SESSIONS_SECONDS", 0.2)
    house = DeskHouse(sqlite_database, FakeShopView())
    li = await house.colleague("li", online=False)
    chen = await house.colleague("chen", online=False, roles=("supervisor",))
    await house.colleague("editor", online=False, roles=("editor",))
    tokens = {name: await session(house, me) for name, me in (("li", li), ("chen", chen))}
    async with served(house, [rest.make(house.settings)], shop=house.shop) as server:
        yield Office(house, server.address, li, chen, tokens)


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(office: Office) -> None:
    house = office.house
    new = NewAccount("wang", "王磊", "Wang Lei", ("agent",))
    await add_account(house.database, new, password_hash=CHEAP.hash("right password"), now=house.clock())
    async with client(office.address) as browser:
        assert (await browser.get("/api/me")).status_code == 401
        wrong = await browser.post("/api/sign-in", json={"name": "wang", "password": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_password")
        right = await browser.post("/api/sign-in", json={"name": "wang", "password": "right password"})
        cookie = right.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/"))
        assert (await browser.get("/api/me")).json()["me"]["shown_as"] == {"zh": "王磊", "en": "Wang Lei"}
        old = browser.cookies[COOKIE]
        await browser.post("/api/sign-out")
        browser.cookies.set(COOKIE, old)
        assert (await browser.get("/api/me")).status_code == 401


FOREIGN = ({}, {**HEADERS, "origin": "https://evil.example"}, {**HEADERS, "origin": "null"})


async def test_other_pages_change_nothing(office: Office) -> None:
    async with httpx.AsyncClient(base_url=office.address, cookies={COOKIE: office.tokens["li"]}) as browser:
        changes = (("POST", "/api/sign-out"), ("PUT", "/api/desk/canned"), ("POST", "/api/desk/files"))
        for headers, (method, path) in product(FOREIGN, changes):
            answer = await browser.request(method, path, headers=headers, json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
        assert (await browser.get("/api/me")).status_code == 200


PATHS = (
    "/api/desk/conversations/x",
    "/api/desk/conversations/x/lines?before=1",
    "/api/desk/conversations/x/packet.json",
    "/api/desk/conversations/x/suggestions",
    "/api/desk/search?q=x",
    "/api/desk/canned",
    "/api/desk/wait",
)


async def test_only_the_desks_people_read_there(office: Office) -> None:
    editor = await session(office.house, await _me(office, "editor"), "editors")
    async with (
        client(office.address) as nobody,
        client(office.address, editor) as writes,
        client(office.address, office.tokens["li"]) as agent,
    ):
        for path in PATHS:
            codes = [(await each.get(path)).status_code for each in (nobody, writes, agent)]
            assert codes in ([401, 403, 200], [401, 403, 404]), path


async def _me(office: Office, name: str) -> Me:
    account = await office.house.account(name)
    return Me(account.id, account.shown_as, False)


async def test_a_socket_opens_for_nobody_without_a_session_or_from_another_page(office: Office) -> None:
    async with screen(office.address, "no session") as window:
        assert (await window.next(lambda frame: True))["code"] == "signed_out"
        with pytest.raises(ConnectionClosed) as closed:
            await window.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001
    url = office.address.replace("http", "ws") + "/ws/desk"
    cookie = {"cookie": f"{COOKIE}={office.tokens['li']}"}
    async with connect(url, additional_headers=cookie, origin="https://evil.example") as socket:  # type: ignore[arg-type]
        assert "wrong_origin" in str(await socket.recv())


async def test_a_handoff_shows_on_every_desk_and_goes_from_the_others_when_one_takes_it(office: Office) -> None:
    wang = await office.house.colleague("wang", online=False)
    token = await session(office.house, wang)
    async with (
        screen(office.address, office.tokens["li"]) as li,
        screen(office.address, token) as other,
        screen(office.address, office.tokens["chen"]) as chen,
    ):
        for window in (li, other, chen):
            assert (await window.snapshot())["queue"] == []
        await office.house.ask()
        item = await li.item()
        assert (item["state"], item["place"], item["reason"]) == ("waiting", 1, "asked")
        await other.item()
        taken = await li.ask("claim", item=item["id"])
        assert taken["item"]["agent"]["id"] == office.li.id
        assert (await other.next(lambda frame: frame["t"] == "gone"))["id"] == item["id"]
        seen = await chen.item(lambda item: item["state"] == "assigned")
        assert seen["agent"]["id"] == office.li.id
        assert (await other.ask("claim", item=item["id"]))["code"] == "taken"


async def test_lines_notes_and_typing_reach_whoever_looks(office: Office) -> None:
    async with screen(office.address, office.tokens["li"]) as li, screen(office.address, office.tokens["chen"]) as chen:
        await li.snapshot()
        await chen.snapshot()
        item = await office.house.ask()
        await li.ask("claim", item=item.id)
        await chen.ask("look", conversation=item.conversation)
        said = await li.ask("say", conversation=item.conversation, text="Hello!", client_id="c-1")
        line = await chen.next(lambda frame: frame["t"] == "line" and frame["line"]["who"] == "agent")
        assert (line["line"]["seq"], line["line"]["text"], line["line"]["client_id"]) == (said["seq"], "Hello!", "c-1")
        noted = {"text": "mind her tone", "mentions": [office.li.id], "client_id": "n"}
        await chen.ask("note", conversation=item.conversation, **noted)
        note = await li.next(lambda frame: frame["t"] == "line" and frame["line"]["who"] == "note")
        assert note["line"]["seq"] == said["seq"] + 0.001
        mention = await li.next(lambda frame: frame["t"] == "mention")
        assert mention["text"] == "mind her tone"
        await li.send("draft", conversation=item.conversation, text="Wha")
        assert (await li.next(lambda frame: frame["t"] == "hint"))["fields"] == []
        looking = await chen.next(lambda frame: frame["t"] == "looking" and len(frame["agents"]) == 2)
        assert {each["id"]: each["typing"] for each in looking["agents"]}[office.li.id]
        await office.house.say("my fryer is broken")
        heard = await chen.next(lambda frame: frame["t"] == "line" and frame["line"]["who"] == "customer")
        assert heard["line"]["text"] == "my fryer is broken"


async def test_who_comes_back_finds_everything_as_it_is(office: Office) -> None:
    item = await office.house.ask()
    async with screen(office.address, office.tokens["li"]) as li:
        assert [each["id"] for each in (await li.snapshot())["queue"]] == [item.id]
        await li.ask("claim", item=item.id)
    async with screen(office.address, office.tokens["li"]) as li:
        snapshot = await li.snapshot()
        assert ([each["id"] for each in snapshot["mine"]], snapshot["queue"]) == ([item.id], [])


async def test_a_talk_opens_with_all_that_is_known(office: Office) -> None:
    item = await office.house.ask()
    async with client(office.address, office.tokens["li"]) as browser:
        opened = (await browser.get(f"/api/desk/conversations/{item.conversation}")).json()
        assert opened["conversation"]["item"]["id"] == item.id
        assert opened["packet"]["reason"] == "asked"
        assert [version["why"] for version in opened["packet_versions"]] == ["asked"]
        assert [line["who"] for line in opened["lines"]] == ["customer", "bot", "bot"]
        export = await browser.get(f"/api/desk/conversations/{item.conversation}/packet.json")
        assert (export.json()["number"], "attachment" in export.headers["content-disposition"]) == (item.id, True)
        older = await browser.get(f"/api/desk/conversations/{item.conversation}/lines?before=2")
        assert [line["seq"] for line in older.json()["lines"]] == [1]
        found = (await browser.get("/api/desk/search", params={"q": "HUMAN"})).json()["found"]
        assert [each["conversation"] for each in found] == [item.conversation]
        assert (await browser.get("/api/desk/search", params={"q": "100%_"})).json()["found"] == []


async def test_canned_replies_of_ones_own_are_kept(office: Office) -> None:
    own = {"title": {"zh": "你好", "en": ""}, "text": {"zh": "您好 {customer_name}", "en": ""}, "shared": True}
    async with client(office.address, office.tokens["li"]) as browser:
        shelf = (await browser.put("/api/desk/canned", json={"canned": [own]})).json()
        kept = [each for each in shelf["canned"] if not each["id"].startswith("shop:")]
        assert [(each["title"]["en"], each["shared"]) for each in kept] == [("你好", False)]
        assert shelf["macros"][0]["label"].keys() == {"zh", "en"}
        assert (await browser.put("/api/desk/canned", json={"canned": [{"title": 1}]})).status_code == 400


async def test_a_file_goes_to_the_customer_and_only_from_who_sent_it(office: Office) -> None:
    item = await office.house.ask()
    async with client(office.address, office.tokens["li"]) as browser:
        kept = await browser.post("/api/desk/files", files={"file": ("guide.txt", b"how to pack it")})
        assert kept.status_code == 201
        refused = await browser.post("/api/desk/files", files={"file": ("x.html", b"\x00<script>")})
        assert (refused.status_code, refused.json()["code"]) == (415, "file_refused")
    async with screen(office.address, office.tokens["li"]) as li, screen(office.address, office.tokens["chen"]) as chen:
        await li.ask("claim", item=item.id)
        await li.ask("look", conversation=item.conversation)
        files = [kept.json()["id"]]
        stolen = await chen.ask("say", conversation=item.conversation, text="", files=files, client_id="1")
        assert stolen["code"] == "not_found"
        await li.ask("say", conversation=item.conversation, text="", files=files, client_id="1")
        line = await li.next(lambda frame: frame["t"] == "line" and bool(frame["line"].get("files")))
        assert line["line"]["files"][0]["name"] == "guide.txt"


NO_FRAMES = (
    "",
    "[]",
    "nonsense",
    "[" * 5000,
    '{"t":"say"}',
    '{"t":"claim","item":7}',
    '{"t":"fly"}',
    '{"t":"read","conversation":"x"}',
    '{"t":"transfer","item":"x","to":{}}',
    '{"t":"close","item":"x","wrap_up":{"category":"nice"}}',
    '{"t":"decide","approval":"x","approve":"yes"}',
)


async def test_what_is_no_frame_of_ours_is_refused_and_the_desk_goes_on(office: Office) -> None:
    async with screen(office.address, office.tokens["li"]) as li:
        await li.snapshot()
        for data in NO_FRAMES:
            await li.socket.send(data)
            assert (await li.next(lambda frame: frame["t"] == "error"))["code"] == "bad_frame", data
        await li.socket.send('{"t":"ping"}')
        await li.next(lambda frame: frame["t"] == "pong")


async def test_a_session_that_ends_closes_the_desk_within_moments(office: Office) -> None:
    async with screen(office.address, office.tokens["li"]) as li:
        await li.snapshot()
        await office.house.database.run(accounts.change, "li", disabled=True)
        assert (await li.next(lambda frame: frame["t"] == "error"))["code"] == "signed_out"


async def test_a_role_that_is_taken_away_counts_at_once(office: Office) -> None:
    item = await office.house.ask()
    async with screen(office.address, office.tokens["li"]) as li, screen(office.address, office.tokens["chen"]) as chen:
        await li.ask("claim", item=item.id)
        assert "item" in await chen.ask("join", item=item.id)
        await office.house.database.run(
            lambda connection: connection.exec_driver_sql(
                "UPDATE accounts SET roles = '[\"agent\"]' WHERE name = 'chen'"
            )
        )
        await asyncio.sleep(1)  # it is looked now and then who may still do what
        assert (await chen.ask("join", item=item.id))["code"] == "forbidden"


async def test_the_desks_page_runs_no_foreign_script(office: Office) -> None:
    async with client(office.address) as browser:
        page = await browser.get("/desk")
        if page.status_code == 404:
            assert "not built" in page.text
        else:
            policy = page.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "frame-ancestors 'none'" in policy


async def test_headers_of_a_browser_are_enough_for_every_answer(office: Office) -> None:
    async with httpx.AsyncClient(base_url=office.address, cookies={COOKIE: office.tokens["li"]}) as browser:
        origin = {**HEADERS, "origin": office.address, "accept-language": "zh-CN,zh;q=0.9"}
        answer = await browser.put("/api/desk/canned", headers=origin, json={"canned": "no"})
        assert (answer.status_code, answer.json()["error"]) == (400, "请求无法读取。")
