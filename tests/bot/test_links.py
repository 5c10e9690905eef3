"""One customer on several channels: a code goes over, two talks become one, and it all can be ended again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import exists, select

from bot import accounts
from bot.accounts import NewAccount
from bot.conversations import Owner
from bot.desk.work import me_of
from bot.errors import DeskRefused
from bot.messages import Address, Inbound
from bot.store import accounts as stored_accounts
from bot.store import linking
from bot.store.accounts import Account
from bot.store.database import Database
from bot.store.deskwork import Me
from bot.store.tables import conversations, inbox, outbox, proofs
from tests.linking import LinkedHouse

WEB, TG, WX = ("web", "customer:C001"), ("telegram", "tg-1"), ("wechat", "wx-1")
ORDER = "GT2600010043"
"""C001's, delivered four days ago."""


@pytest.fixture
async def house(sqlite_database: Database) -> LinkedHouse:
    return LinkedHouse(sqlite_database)


@pytest.fixture
async def house_on_both(database: Database) -> LinkedHouse:
    return LinkedHouse(database)


async def _on_web(house: LinkedHouse, text: str) -> str:
    return await house.write(*WEB, text, customer_token=house.token())


async def test_a_code_shown_on_the_website_and_typed_elsewhere_makes_one_talk(house: LinkedHouse) -> None:
    code = await house.code()
    assert await house.write(*TG, "hello") == "echo: hello"
    assert "李** 138****8812" in await house.write(*TG, f"here is my code {code}")
    assert await house.home(*TG) != await house.home(*WEB)
    assert (await house.write(*TG, "yes")).startswith("Linked.")
    assert await house.home(*TG) == await house.home(*WEB)
    log = await house.log(*WEB)
    assert [text for text in log if text in ("hello", "yes", "link my account")] == ["link my account", "hello", "yes"]
    rows = await house.links.listed("C001")
    assert [(row.address, row.how, row.by, row.can_undo) for row in rows] == [
        (Address("telegram", "default", "tg-1"), "code", "customer", True),
        (Address("web", "default", "customer:C001"), "sign_in", "customer", False),
    ]


async def test_what_was_begun_on_one_channel_is_finished_on_another_with_nothing_asked_again(
    house: LinkedHouse,
) -> None:
    assert "Which item" in await _on_web(house, f"I want to return {ORDER}")
    assert "reason" in await _on_web(house, "the second")
    await house.write(*TG, await house.code())
    said = await house.write(*TG, "yes")
    assert said.startswith("Linked.")
    assert "reason" in said, "the question that waits is asked where they are now"
    said = await house.write(*TG, "quality")
    assert "Shall I" in said
    assert "last four" not in said
    assert "RMA" in await house.write(*TG, "yes")
    assert house.shop.done[0][:2] == ("open_return", ORDER)


async def test_a_yes_to_the_link_is_no_yes_to_what_the_other_talk_has_asked(house: LinkedHouse) -> None:
    for text in (f"return {ORDER}", "the second", "quality"):
        asked = await _on_web(house, text)
    assert "Shall I open the return?" in asked
    await house.write(*TG, await house.code())
    said = await house.write(*TG, "yes")
    assert said.startswith("Linked.")
    assert said.endswith("Shall I open the return?")
    assert house.shop.done == []


async def test_a_third_channel_joins_the_same_talk(house: LinkedHouse) -> None:
    await house.linked(*TG)
    await house.linked(*WX)
    assert len({await house.home(*way) for way in (WEB, TG, WX)}) == 1
    ways = await house.database.read(linking.ways_of, await house.home(*WEB))
    assert [way.address.channel for way in ways] == ["web", "telegram", "wechat"]


async def test_the_other_channels_hear_that_one_was_linked(house: LinkedHouse) -> None:
    await house.linked(*TG)
    await house.linked(*WX)
    await house.deliveries.drain(within_seconds=5)
    assert house.platform.texts("tg-1")[-1].startswith("[utter_linked_notice")


async def test_replies_and_colleagues_words_go_where_the_customer_wrote_last(house: LinkedHouse) -> None:
    await house.linked(*TG)
    talk = await house.home(*TG)
    await house.write(*WX, "hi")
    await house.linked(*WX)
    staff = house.staff(house.shop)
    await house.write(*WX, "human")
    place = await house.place()
    assert place is not None
    anna = await _colleague(house)
    await staff.desk.claim(anna, place.number)
    await staff.desk.say(anna, talk, "hello from Anna", file_ids=(), client_id="1")
    await house.deliveries.drain(within_seconds=5)
    assert house.platform.texts("wx-1")[-1] == "hello from Anna"
    await house.router.receive(Inbound("telegram", "default", "later", "tg-1", text="I am here now"))
    await house.router.drain(within_seconds=5)
    await staff.desk.say(anna, talk, "and here", file_ids=(), client_id="2")
    await house.deliveries.drain(within_seconds=5)
    assert house.platform.texts("tg-1")[-1] == "and here"


async def test_linking_while_a_colleague_has_the_talk_is_answered_and_leaves_it_theirs(house: LinkedHouse) -> None:
    code = await house.code()
    await _on_web(house, "human")
    await house.write(*TG, code)
    said = await house.write(*TG, "yes")
    assert said.startswith("[utter_linked ")
    row = await house.database.read(_row, await house.home(*TG))
    assert row.owner == Owner.QUEUE


async def test_a_visitor_without_the_website_proves_the_phone_of_an_order_and_is_linked(house: LinkedHouse) -> None:
    await _on_web(house, "hello")
    assert "two ways" in await house.write(*TG, "link my account")
    offered = (await house.answered(*TG, "link my account"))[-1]["buttons"][0]["payload"]
    assert "order number" in (await house.write(*TG, "", button=offered)).lower()
    assert "last four digits" in await house.write(*TG, ORDER)
    assert "code" in await house.write(*TG, "8812")
    assert "李**" in await house.write(*TG, house.shop.codes[-1][1])
    assert (await house.write(*TG, "yes")).startswith("Linked.")
    assert await house.home(*TG) == await house.home(*WEB)
    assert (await house.links.listed("C001"))[0].how == "phone"


async def test_a_phone_that_the_platform_vouches_for_opens_its_own_orders(house: LinkedHouse) -> None:
    await house.write(*TG, "hello")
    await house.customers.add_phone(Address("telegram", "default", "tg-1"), "+86 138 0013 8812")
    assert "SF1380013880042" in await house.write(*TG, "where is GT2600010042")
    await house.customers.add_phone(Address("wechat", "default", "wx-1"), "13900135678")
    assert "last four digits" in await house.write(*WX, "where is GT2600010042")


async def test_who_is_signed_in_on_two_devices_has_one_talk(house: LinkedHouse) -> None:
    await house.write("rest", "phone", "one", customer_token=house.token())
    await house.write("rest", "laptop", "anonymous first")
    await house.write("rest", "laptop", "two", customer_token=house.token())
    await _on_web(house, "three")
    homes = {await house.home(*way) for way in (("rest", "phone"), ("rest", "laptop"), WEB)}
    assert len(homes) == 1
    log = await house.log(*WEB)
    assert log[::2] == ["one", "anonymous first", "two", "three"]


async def test_who_signs_in_on_the_website_finds_what_they_said_on_another_channel(house: LinkedHouse) -> None:
    await house.write("rest", "phone", "from the app", customer_token=house.token())
    visitor, _ = await house.talks.admit(None, None)
    await house.write("web", visitor.sender, "from the page")
    _, found = await house.talks.admit(visitor.visitor.token, house.token())
    assert found == await house.home("rest", "phone")
    assert (await house.log("rest", "phone"))[::2] == ["from the app", "from the page"]
    rows = {(row.address.sender, row.how, row.ended_how) for row in await house.links.listed("C001")}
    assert (visitor.sender, "sign_in", "moved") in rows


async def test_somebody_else_who_signs_in_on_a_device_finds_nothing_of_the_first(house: LinkedHouse) -> None:
    await house.write("rest", "tablet", "where is GT2600010042", customer_token=house.token())
    first = await house.home("rest", "tablet")
    await house.write("rest", "tablet", "hello", customer_token=house.token("C002"))
    assert await house.home("rest", "tablet") != first
    assert not house.engine.heard[-1]["past"].events
    assert "GT2600010042" not in "".join(await house.log("rest", "tablet"))


async def test_leaving_gives_a_fresh_talk_that_knows_nothing(house_on_both: LinkedHouse) -> None:
    house = house_on_both
    await house.linked(*TG)
    assert "SF1380013880042" in await house.write(*TG, "where is GT2600010042")
    assert "Telegram" in await house.write(*TG, "unlink this chat")
    assert (await house.write(*TG, "yes")).startswith("Unlinked.")
    assert await house.home(*TG) != await house.home(*WEB)
    left = await house.database.read(_row, await house.home(*WEB))
    assert left.carry == {"language": "en"}
    await _on_web(house, "hello")
    assert not house.engine.heard[-1]["past"].events, "the talk that stays forgets what was personal, too"
    assert "last four digits" in await house.write(*TG, "where is GT2600010042")
    row = (await house.links.listed("C001"))[0]
    assert (row.ended_how, row.ended_by) == ("unlinked", "customer")
    assert await house.database.read(_proofs_of, Address("telegram", "default", "tg-1")) == []


async def test_another_chat_is_unlinked_from_where_the_customer_is_known(house: LinkedHouse) -> None:
    await house.linked(*TG)
    await house.linked(*WX)
    assert "Telegram" in await _on_web(house, "unlink my Telegram")
    assert (await _on_web(house, "yes")).startswith("Unlinked.")
    await house.deliveries.drain(within_seconds=5)
    assert house.platform.texts("tg-1")[-1].startswith("[utter_unlinked_notice")
    assert await house.home(*TG) != await house.home(*WEB) == await house.home(*WX)


async def test_another_chat_is_not_unlinked_from_where_nobody_is_known(house: LinkedHouse) -> None:
    await house.linked(*TG)
    await house.linked(*WX)
    house.clock.forward(minutes=31)
    assert "sign in first" in await house.write(*TG, "unlink my WeChat")
    assert await house.home(*WX) == await house.home(*TG)


async def test_a_link_that_was_a_mistake_is_taken_back_with_what_it_brought(house_on_both: LinkedHouse) -> None:
    house = house_on_both
    await house.write(*TG, "where is GT2600010052")
    before = await house.log(*TG)
    apart = await house.home(*TG)
    await house.linked(*TG)
    await house.write(*TG, "hello")
    number = (await house.links.listed("C001"))[0].id
    parted = await house.links.undo(number, by="Anna", why="the wrong person")
    assert (parted.left, parted.now_in) == (await house.home(*WEB), apart)
    assert await house.home(*TG) == apart
    assert (await house.log(*TG))[: len(before)] == before
    assert "hello" in await house.log(*TG)
    left = await house.log(*WEB)
    assert "hello" not in left
    assert "where is GT2600010052" not in left
    assert left.count("…") == len(await house.log(*TG)), "the numbers of the log stay without gaps"
    assert "8812" not in "".join(left)
    said = await house.write(*TG, "again")
    assert said == "utter_ask_phone_tail", "the question that waited before is there again"
    assert (await house.links.listed("C001"))[0].ended_how == "undone"
    with pytest.raises(LookupError):
        await house.links.undo(number, by="Anna", why="twice")


async def test_turns_that_run_in_either_talk_while_they_are_joined_are_answered_once(house: LinkedHouse) -> None:
    code = await house.code()
    await house.write(*TG, code)
    house.engine.gate = asyncio.Event()
    house.engine.asked.clear()
    slow = await house.router.receive(
        Inbound("web", "default", "slow", "customer:C001", text="slow", customer_token=house.token())
    )
    await house.engine.asked.wait()
    other = house.another_worker(house.engine)
    agreed = asyncio.create_task(house.write(*TG, "yes", router=other))
    await asyncio.sleep(0.05)
    house.engine.gate.set()
    assert (await agreed).startswith("Linked.")
    answer = await house.router.answer_to(slow, within_seconds=20)
    assert answer is not None
    log = await house.log(*TG)
    assert log.count("slow") == 1
    assert log.count("echo: slow") == 1
    assert sum(str(text).startswith("Linked.") for text in log) == 1


@pytest.mark.parametrize(
    "people", [pytest.param(3, id="three"), pytest.param(15, id="fifteen", marks=pytest.mark.slow)]
)
async def test_many_link_while_everybody_writes_and_each_message_is_answered_once(
    house_on_both: LinkedHouse, people: int
) -> None:
    house = house_on_both
    routers = [house.router, house.another_worker(house.engine)]

    async def person(number: int) -> tuple[str, list[str]]:
        way, shop = ("telegram", f"tg-{number}"), f"S{number:03d}"
        web = ("web", f"customer:{shop}")
        code = (await house.write(*web, "link my account", customer_token=house.token(shop))).split("code is ")[1][:9]
        await house.write(*way, code, router=routers[number % 2])
        sent = [f"{number}-{each}" for each in range(4)]
        writes = [
            house.write(*(way if each % 2 else web), text, router=routers[each // 2]) for each, text in enumerate(sent)
        ]
        said, *_ = await asyncio.gather(house.write(*way, "yes", router=routers[1 - number % 2]), *writes)
        assert said.startswith("Linked."), said
        return shop, sent

    sweeping = [asyncio.create_task(router.work()) for router in routers]
    done = await asyncio.gather(*(person(number) for number in range(people)))
    for task in sweeping:
        task.cancel()
    for shop, sent in done:
        log = await house.log("web", f"customer:{shop}")
        assert [log.count(text) for text in sent] == [1] * len(sent), log
    unanswered = select(inbox.c.text).where(
        ~exists().where(outbox.c.inbox_id == inbox.c.id, outbox.c.conversation_id == inbox.c.conversation_id)
    )
    assert await house.database.read(lambda connection: connection.execute(unanswered).all()) == []


async def test_each_message_says_what_was_proven_when_it_was_answered(house: LinkedHouse) -> None:
    await house.write(*TG, "hello")
    await house.linked(*TG)
    house.clock.forward(minutes=11)
    await house.write(*TG, "a little later")
    house.clock.forward(minutes=31)
    await house.write(*TG, "much later")
    rows = await house.database.read(
        lambda connection: connection.execute(select(inbox.c.text, inbox.c.level).order_by(inbox.c.id)).all()
    )
    levels = {row.text: row.level for row in rows}
    assert (levels["hello"], levels["yes"], levels["a little later"], levels["much later"]) == ("L0", "L3", "L2", "L0")


async def test_a_hint_of_the_platform_proves_nothing(house: LinkedHouse) -> None:
    await house.linked(*WX)
    await house.write(*WX, "hi", hint="union-7")
    await house.write("wechat", "another-app", "hi", hint="union-7")
    assert "last four digits" in await house.write("wechat", "another-app", "where is GT2600010042")
    talk = await house.home("wechat", "another-app")
    assert await house.database.read(linking.perhaps_also, talk) == [Address("wechat", "default", "wx-1")]


async def test_the_desk_shows_all_channels_in_one_thread_with_what_was_proven(house: LinkedHouse) -> None:
    await house.write(*TG, "hello")
    await house.linked(*TG)
    await house.write(*TG, "human")
    views = house.staff(house.shop).views
    opened = await views.opened(await house.home(*TG), await _account(house))
    ways = [(way["channel"], way["how"], way["link"] is not None) for way in opened["customer"]["channels"]]
    assert ways == [("telegram", "code", True), ("web", "sign_in", False)]
    said = [(line["text"], line["channel"], line["level"]) for line in opened["lines"] if line["who"] == "customer"]
    assert said == [
        ("link my account", "web", "L3"),
        ("hello", "telegram", "L0"),
        (said[2][0], "telegram", "L0"),
        ("yes", "telegram", "L3"),
        ("human", "telegram", "L3"),
    ]
    heard = [line for line in opened["packet"]["transcript"] if line["who"] == "customer"]
    assert [(line["text"], line["channel"], line["level"]) for line in heard][-1] == ("human", "telegram", "L3")


async def test_a_supervisor_unlinks_a_chat_and_an_agent_may_not(house: LinkedHouse) -> None:
    await house.linked(*TG)
    talk = await house.home(*WEB)
    staff, number = house.staff(house.shop), (await house.links.listed("C001"))[0].id
    with pytest.raises(DeskRefused, match="forbidden"):
        await staff.ways.end(await _account(house), talk, number, undo=False, why="")
    boss = await _account(house, "boss", role="supervisor")
    with pytest.raises(DeskRefused, match="not_found"):
        await staff.ways.end(boss, talk, number + 99, undo=False, why="")
    await staff.ways.end(boss, talk, number, undo=False, why="phone stolen")
    await house.deliveries.drain(within_seconds=5)
    assert house.platform.texts("tg-1")[-1].startswith("[utter_unlinked_notice")
    assert await house.home(*TG) != talk
    row = (await house.links.listed("C001"))[0]
    assert (row.ended_how, row.ended_by, row.ended_why) == ("unlinked", "Boss", "phone stolen")
    opened = await staff.views.opened(talk, boss)
    assert any(line.get("kind") == "system" and "phone stolen" in line["text"] for line in opened["lines"])


async def _colleague(house: LinkedHouse) -> Me:
    return me_of(await _account(house))


async def _account(house: LinkedHouse, name: str = "anna", *, role: str = "agent") -> Account:
    new = NewAccount(name=name, shown_zh=name, shown_en=name.title(), roles=(role,))
    await accounts.add(house.database, new, password_hash="none", now=house.clock())
    found = await house.database.read(stored_accounts.find, name)
    assert found is not None
    return found


def _row(connection: Any, talk: str) -> Any:
    return connection.execute(select(conversations).where(conversations.c.id == talk)).one()


def _proofs_of(connection: Any, address: Address) -> list[object]:
    found = select(proofs).where(proofs.c.proof_key == address.key)
    return list(connection.execute(found).all())
