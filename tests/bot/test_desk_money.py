"""Money goes out within a colleague's limit, above it when a supervisor says yes, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.errors import DeskRefused, ShopDown
from bot.retail.demo import read_demo
from bot.settings import ROOT
from bot.store import approvals, speaking
from bot.store.approvals import Stage
from bot.store.database import Database
from bot.store.desk import Item
from bot.store.deskwork import Me
from tests.bot.desks import DeskHouse
from tests.fakes import FakeShop

DELIVERED, UNSENT = "GT2600010043", "GT2600010051"


class Till:
    """A colleague with a talk, and a shop that remembers what it was asked to do."""

    def __init__(self, database: Database) -> None:
        self.shop = FakeShop(read_demo(ROOT / "data" / "demo", date(2026, 11, 22)))
        self.house = DeskHouse(database, self.shop)
        self.money = self.house.at.money
        self.li: Me
        self.chen: Me
        self.item: Item

    async def begin(self, **limit: Any) -> Till:
        self.li = await self.house.colleague("li", **limit)
        self.chen = await self.house.colleague("chen", roles=("supervisor",))
        self.item = await self.house.ask()
        await self.house.desk.claim(self.li, self.item.id)
        return self

    async def act(self, action: str, amount: object = None, *, who: Me | None = None) -> str:
        me = who or self.li
        account = await self.house.account("li" if me.id == self.li.id else "chen")
        outcome, _ = await self.money.act(
            me, account, self.item.conversation, action, amount=amount, reason="late parcel"
        )
        return outcome

    async def asked(self) -> list[approvals.Approval]:
        return await self.house.database.read(approvals.of_conversation, self.item.conversation)

    async def notes(self) -> list[str]:
        found = await self.house.database.read(speaking.notes_between, self.item.conversation, 0)
        return [note.text for note in found]


@pytest.fixture
async def till(sqlite_database: Database) -> Till:
    return await Till(sqlite_database).begin(money_limit=Decimal(50))


async def test_within_the_limit_the_shop_does_it_at_once(database: Database) -> None:
    till = await Till(database).begin(money_limit=Decimal(50))
    assert await till.act(f"compensation:{DELIVERED}", "20") == "done"
    assert till.shop.done == [("compensate", DELIVERED, "20.00")]
    (approval,) = await till.asked()
    assert (approval.stage, approval.amount) == (Stage.DONE, Decimal("20.00"))
    assert "CMP26" in (await till.notes())[0]


async def test_above_the_limit_a_supervisor_is_asked_and_the_shop_is_not(till: Till) -> None:
    assert await till.act(f"compensation:{DELIVERED}", "50.01") == "approval"
    assert till.shop.done == []
    (approval,) = await till.asked()
    await till.money.decide(till.chen, approval.id, approve=True, why="fair")
    assert till.shop.done == [("compensate", DELIVERED, "50.01")]
    asked, approved, done = await till.notes()
    assert ("50.01" in asked, "fair" in approved, "CMP26" in done) == (True, True, True)


async def test_what_a_supervisor_refuses_is_not_done(till: Till) -> None:
    await till.act(f"compensation:{DELIVERED}", "80")
    (approval,) = await till.asked()
    await till.money.decide(till.chen, approval.id, approve=False, why="too much")
    assert till.shop.done == []
    assert (await till.asked())[0].stage is Stage.REFUSED
    with pytest.raises(DeskRefused, match="already_decided"):
        await till.money.decide(till.chen, approval.id, approve=True, why="")


async def test_two_supervisors_decide_once(till: Till) -> None:
    ma = await till.house.colleague("ma", roles=("supervisor",))
    await till.act(f"compensation:{DELIVERED}", "80")
    (approval,) = await till.asked()
    decisions = [till.money.decide(who, approval.id, approve=True, why="") for who in (till.chen, ma)]
    results = await asyncio.gather(*decisions, return_exceptions=True)
    assert sum(isinstance(each, DeskRefused) for each in results) == 1
    assert till.shop.done == [("compensate", DELIVERED, "80.00")]


async def test_agents_do_not_decide_and_nobody_decides_on_their_own_wish(till: Till) -> None:
    await till.act(f"compensation:{DELIVERED}", "80")
    (approval,) = await till.asked()
    with pytest.raises(DeskRefused, match="forbidden"):
        await till.money.decide(till.li, approval.id, approve=True, why="")
    boss = await till.house.colleague("boss", roles=("agent", "supervisor"), money_limit=Decimal(1))
    account = await till.house.account("boss")
    _, own = await till.money.act(
        boss, account, till.item.conversation, f"compensation:{DELIVERED}", amount="9", reason=""
    )
    with pytest.raises(DeskRefused, match="own_request"):
        await till.money.decide(boss, own.id, approve=True, why="")


async def test_the_order_says_how_much_a_return_is_worth(till: Till) -> None:
    order = till.shop.orders[DELIVERED]
    expected = "approval" if order.total > 50 else "done"
    assert await till.act(f"return:{DELIVERED}", "1") == expected
    (approval,) = await till.asked()
    assert approval.amount == order.total
    await till.money.decide(till.chen, approval.id, approve=True, why="")
    assert till.shop.done[0][:2] == ("open_return", DELIVERED)


async def test_an_order_that_has_not_left_is_cancelled_and_refunded(till: Till) -> None:
    account = await till.house.account("chen")
    _, approval = await till.money.act(
        till.chen, account, till.item.conversation, f"refund:{UNSENT}", amount=None, reason=""
    )
    assert approval.amount == till.shop.orders[UNSENT].total
    assert till.shop.done == [("cancel_order", UNSENT)]


@pytest.mark.parametrize(
    "action", ["refund:GT2600010043", "return:GT2600010051", "return:GT0", "gift:GT2600010043", "", ":"]
)
async def test_what_the_rules_do_not_offer_cannot_be_done(till: Till, action: str) -> None:
    with pytest.raises(DeskRefused, match="not_found"):
        await till.act(action, "1")
    assert till.shop.done == []


@pytest.mark.parametrize("amount", [None, "", "0", "-5", "NaN", "1e9", "abc", [], "1000000"])
async def test_what_is_no_amount_is_refused(till: Till, amount: object) -> None:
    with pytest.raises(DeskRefused):
        await till.act(f"compensation:{DELIVERED}", amount)
    assert till.shop.done == []


async def test_nobody_acts_in_a_talk_that_is_not_theirs(till: Till) -> None:
    wang = await till.house.colleague("wang")
    account = await till.house.account("wang")
    with pytest.raises(DeskRefused, match="not_yours"):
        await till.money.act(wang, account, till.item.conversation, f"compensation:{DELIVERED}", amount="1", reason="")


async def test_what_the_shop_refuses_is_told(till: Till) -> None:
    too_much = str(till.shop.orders[DELIVERED].total + 1)
    account = await till.house.account("chen")
    with pytest.raises(DeskRefused, match="shop_refused"):
        await till.money.act(
            till.chen, account, till.item.conversation, f"compensation:{DELIVERED}", amount=too_much, reason=""
        )
    assert (await till.asked())[0].stage is Stage.FAILED
    assert "too_much" in (await till.notes())[0]


async def test_a_shop_that_is_down_is_asked_again_under_the_same_key(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid: Callable[..., Any] = till.shop.compensate
    keys: list[str] = []

    async def breaks_after_paying(*args: Any, key: str) -> Any:
        keys.append(key)
        receipt = await paid(*args, key=key)
        if len(keys) == 1:
            raise ShopDown("the line broke")
        return receipt

    monkeypatch.setattr(till.shop, "compensate", breaks_after_paying)
    assert await till.act(f"compensation:{DELIVERED}", "20") == "waiting"
    await till.money.go_on()
    assert len(keys) == 1, "not at once"
    till.house.clock.forward(seconds=11)
    await till.money.go_on()
    assert (len(keys), len(set(keys))) == (2, 1)
    assert till.shop.done == [("compensate", DELIVERED, "20.00")], "paid once"
    assert (await till.asked())[0].stage is Stage.DONE
    till.house.clock.forward(seconds=11)
    await till.money.go_on()
    assert len(keys) == 2


async def test_a_limit_of_nothing_asks_for_everything(sqlite_database: Database) -> None:
    till = await Till(sqlite_database).begin(money_limit=Decimal(0))
    assert await till.act(f"compensation:{DELIVERED}", "0.01") == "approval"


async def test_without_a_limit_of_ones_own_the_shops_rule_holds(sqlite_database: Database) -> None:
    till = await Till(sqlite_database).begin()
    assert till.money.limit_of(await till.house.account("li")) == Decimal(2000)
    assert till.money.limit_of(await till.house.account("chen")) is None
