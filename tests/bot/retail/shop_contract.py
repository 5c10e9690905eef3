"""What every adapter of the port must do, told on the demo shop: `ShopContract` is run once per adapter.

A test file subclasses it and provides the fixture `shop`: the demo, loaded on `TODAY` and fresh for each test.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from bot.errors import ShopRefused
from bot.retail.demo import DemoShop
from bot.retail.shop import (
    Holiday,
    Hours,
    OrderStatus,
    Pickup,
    ReturnKind,
    ReturnRequest,
    ShopBackend,
    Text,
    Visit,
)

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def back(number: str, *skus: str, kind: ReturnKind = ReturnKind.REFUND) -> ReturnRequest:
    return ReturnRequest(number, skus, kind, "no_reason")


class ShopContract:
    async def test_every_order_is_read_as_it_was_loaded(self, shop: ShopBackend, demo: DemoShop) -> None:
        for expected in demo.orders:
            assert await shop.find_order(expected.number) == expected

    async def test_an_unknown_order_is_none(self, shop: ShopBackend) -> None:
        assert await shop.find_order("GT2600019999") is None
        assert await shop.find_order("gt2600010042") is None

    async def test_a_customers_orders_come_newest_first(self, shop: ShopBackend) -> None:
        numbers = [order.number for order in await shop.orders_of("C001")]
        assert numbers == ["GT2600010042", "GT2600010043", "GT2600010044"]
        assert await shop.orders_of("C999") == ()

    async def test_customers_are_read_whole(self, shop: ShopBackend, demo: DemoShop) -> None:
        for expected in demo.customers:
            assert await shop.find_customer(expected.customer_id) == expected
        assert await shop.find_customer("C999") is None

    async def test_catalogue_stores_stock_and_promotions_are_read_whole(
        self, shop: ShopBackend, demo: DemoShop
    ) -> None:
        assert await shop.products() == demo.products
        assert await shop.stores() == demo.stores
        assert await shop.promotions() == demo.promotions
        for product in demo.products:
            expected = {(found.store_id, found.quantity) for found in demo.stock if found.sku == product.sku}
            assert {(found.store_id, found.quantity) for found in await shop.stock_of(product.sku)} == expected
        assert await shop.stock_of("P9999") == ()

    async def test_a_few_facts_are_as_the_files_say(self, shop: ShopBackend) -> None:
        visit = await shop.find_order("GT2600010111")
        assert visit is not None
        assert visit.visit == Visit(TODAY + timedelta(days=1), "14:00-16:00")
        pickup = await shop.find_order("GT2600010151")
        assert pickup is not None
        assert pickup.pickup == Pickup("S07", "4471", TODAY + timedelta(days=7))
        hong_kong = next(store for store in await shop.stores() if store.store_id == "S08")
        assert hong_kong.timezone == "Asia/Hong_Kong"
        assert hong_kong.week[4].closes == time(22)
        assert hong_kong.week[5].closes == time(23)
        assert hong_kong.holidays[-1] == Holiday(
            date(2027, 2, 6), date(2027, 2, 7), Text("春节", "Lunar New Year"), Hours(None, None)
        )

    async def test_an_opened_return_shows_in_the_order(self, shop: ShopBackend) -> None:
        receipt = await shop.open_return(back("GT2600010043", "P1206"), key="t1")
        assert receipt.rma.startswith("RMA26")
        assert receipt.rma != "RMA260092"
        assert receipt.amount == Decimal(399)
        assert receipt.label_url.startswith("https://")
        order = await shop.find_order("GT2600010043")
        assert order is not None
        assert order.status is OrderStatus.RETURN_IN_PROGRESS
        assert order.rma == receipt.rma
        assert order.returning == {"P1206"}
        assert not order.return_received

    async def test_the_same_key_opens_one_return_however_often_it_comes(self, shop: ShopBackend) -> None:
        request = back("GT2600010043", "P1206")
        receipts = await asyncio.gather(*(shop.open_return(request, key="t1") for _ in range(5)))
        assert len(set(receipts)) == 1

    async def test_another_key_cannot_open_a_second_return_of_an_item(self, shop: ShopBackend) -> None:
        await shop.open_return(back("GT2600010043", "P1206"), key="t1")
        with pytest.raises(ShopRefused) as refused:
            await shop.open_return(back("GT2600010043", "P1206", "P1304"), key="t2")
        assert refused.value.code == "already_open"
        second = await shop.open_return(back("GT2600010043", "P1304"), key="t3")
        assert second.amount == Decimal(149)
        order = await shop.find_order("GT2600010043")
        assert order is not None
        assert order.returning == {"P1206", "P1304"}

    async def test_keys_racing_for_one_item_leave_one_winner(self, shop: ShopBackend) -> None:
        tries = (shop.open_return(back("GT2600010043", "P1206"), key=f"t{number}") for number in range(4))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, ShopRefused)]
        assert [refusal.code for refusal in refused] == ["already_open"] * 3

    async def test_a_key_belongs_to_one_request(self, shop: ShopBackend) -> None:
        await shop.open_return(back("GT2600010043", "P1206"), key="t1")
        with pytest.raises(ShopRefused) as refused:
            await shop.open_return(back("GT2600010043", "P1304"), key="t1")
        assert refused.value.code == "key_reused"

    async def test_an_exchange_gives_no_money_back(self, shop: ShopBackend) -> None:
        receipt = await shop.open_return(back("GT2600010141", "P1402", kind=ReturnKind.EXCHANGE), key="t1")
        assert receipt.amount == 0
        order = await shop.find_order("GT2600010141")
        assert order is not None
        assert order.exchanging == {"P1402"}

    @pytest.mark.parametrize(
        ("number", "sku", "code"),
        [
            ("GT2600010042", "P1001", "not_delivered"),
            ("GT2600010043", "P1401", "not_in_order"),
            ("GT2600010092", "P1305", "already_open"),
            ("GT2600019999", "P1305", "not_found"),
        ],
    )
    async def test_a_return_the_shop_cannot_take_is_refused_with_a_code(
        self, shop: ShopBackend, number: str, sku: str, code: str
    ) -> None:
        with pytest.raises(ShopRefused) as refused:
            await shop.open_return(back(number, sku), key="t1")
        assert refused.value.code == code

    async def test_a_cancelled_order_is_cancelled_once(self, shop: ShopBackend) -> None:
        order = await shop.cancel_order("GT2600010051", key="t1")
        assert order.status is OrderStatus.CANCELLED
        assert order.cancelled_on == TODAY
        assert await shop.cancel_order("GT2600010051", key="t1") == order
        assert await shop.find_order("GT2600010051") == order
        with pytest.raises(ShopRefused) as refused:
            await shop.cancel_order("GT2600010051", key="t2")
        assert refused.value.code == "already_cancelled"

    async def test_what_has_left_can_neither_be_cancelled_nor_sent_elsewhere(self, shop: ShopBackend) -> None:
        with pytest.raises(ShopRefused) as refused:
            await shop.cancel_order("GT2600010042", key="t1")
        assert refused.value.code == "already_shipped"
        with pytest.raises(ShopRefused) as refused:
            await shop.change_address("GT2600010042", "1 Long Street", key="t2")
        assert refused.value.code == "already_shipped"

    async def test_a_changed_address_shows_in_the_order(self, shop: ShopBackend) -> None:
        order = await shop.change_address("GT2600010051", "上海市静安区南京西路 1601 号", key="t1")
        assert order.address == "上海市静安区南京西路 1601 号"
        assert await shop.find_order("GT2600010051") == order
        with pytest.raises(ShopRefused) as refused:
            await shop.change_address("GT2600010051", " ", key="t2")
        assert refused.value.code == "bad_address"

    async def test_a_lost_parcel_is_claimed_once(self, shop: ShopBackend) -> None:
        receipt = await shop.open_claim("GT2600010142", "reship", key="t1")
        assert receipt.claim.startswith("CLM26")
        assert await shop.open_claim("GT2600010142", "reship", key="t1") == receipt
        order = await shop.find_order("GT2600010142")
        assert order is not None
        assert order.claim == receipt.claim
        with pytest.raises(ShopRefused) as refused:
            await shop.open_claim("GT2600010142", "refund", key="t2")
        assert refused.value.code == "already_open"

    async def test_a_delivered_parcel_cannot_be_claimed(self, shop: ShopBackend) -> None:
        with pytest.raises(ShopRefused) as refused:
            await shop.open_claim("GT2600010043", "refund", key="t1")
        assert refused.value.code == "not_on_the_way"

    async def test_a_compensation_is_paid_once(self, shop: ShopBackend) -> None:
        receipt = await shop.compensate("GT2600010043", Decimal("20.00"), "late", key="t1")
        assert receipt.number.startswith("CMP26")
        assert await shop.compensate("GT2600010043", Decimal("20.00"), "late", key="t1") == receipt
        assert await shop.compensate("GT2600010043", Decimal("20.00"), "late", key="t2") != receipt

    async def test_a_compensation_is_not_more_than_the_order_cost(self, shop: ShopBackend) -> None:
        with pytest.raises(ShopRefused) as refused:
            await shop.compensate("GT2600010043", Decimal("99999.00"), "late", key="t1")
        assert refused.value.code == "too_much"

    async def test_a_code_goes_to_the_phone_on_file_which_is_shown_masked(self, shop: ShopBackend) -> None:
        assert await shop.send_code("C001", "123456", key="t1") == "138****8812"
        assert await shop.send_code("C007", "123456", key="t2") == "852****0777"
        with pytest.raises(ShopRefused) as refused:
            await shop.send_code("C999", "123456", key="t3")
        assert refused.value.code == "not_found"
