from __future__ import annotations

from datetime import datetime

from actions.check_stock import CheckStock
from actions.dialogue import Inform
from actions.product_price import ProductPrice
from tests.actions.conftest import SessionCallers
from tests.actions.stage import SHANGHAI, Stage
from tests.fakes import FakeClock


async def test_a_product_has_its_price(stage_zh: Stage) -> None:
    await stage_zh.hears(ProductPrice, "手机壳多少钱", product="P1303")
    assert stage_zh.text == "手机保护壳 N9的价格是 59 元。"


async def test_offers_of_the_day_come_with_their_terms(stage: Stage) -> None:
    await stage.hears(ProductPrice, "V55 price", product="P1101")
    assert "V55 55-inch 4K smart TV: ¥3,299." in stage.text
    assert "Trade-in subsidy up to 600 (TVs and home appliances; one per appliance)" in stage.text
    assert "Double-12" not in stage.text, "it begins on 10 December"


async def test_offers_that_do_not_fit_the_product_are_left_out(stage: Stage, clock: FakeClock) -> None:
    clock.moment = datetime(2026, 12, 11, 12, 0, tzinfo=SHANGHAI)
    await stage.hears(ProductPrice, "phone case", product="P1303")
    assert "Double-12: 10% off (gift cards excluded)" in stage.text
    assert "Trade-in" not in stage.text
    assert "first order" not in stage.text, "it wants an order of 100"
    await stage.hears(ProductPrice, "gift card", product="P1504")
    assert "Double-12" not in stage.text


async def test_who_has_ordered_before_hears_of_no_first_order(stage: Stage, callers: SessionCallers) -> None:
    await stage.hears(ProductPrice, "Aria 700", product="P1001")
    assert "20 off a first order" in stage.text
    callers.signed_in = "C001"
    await stage.hears(ProductPrice, "Aria 700", product="P1001")
    assert stage.responses == ["utter_price"]


async def test_an_unclear_name_gets_all_prices_it_may_mean(stage_zh: Stage) -> None:
    await stage_zh.hears(ProductPrice, "N9多少钱", category={"value": "phone", "candidates": ["P1301", "P1302"]})
    assert stage_zh.responses == ["utter_prices"]
    assert "256GB 黑：3,999 元\n" in stage_zh.text
    assert "512GB 白：4,599 元" in stage_zh.text


async def test_a_category_is_listed_cheapest_first(stage: Stage) -> None:
    await stage.hears(ProductPrice, "your appliances", category="appliance")
    prices = [line.rpartition("¥")[2] for line in stage.text.splitlines()[1:]]
    assert prices == ["129", "399", "1,999", "2,199", "2,499", "2,899"]


async def test_a_budget_leaves_what_it_buys(stage: Stage) -> None:
    await stage.hears(ProductPrice, "headphones under 500", category="audio", amount="500")
    assert "Pico Buds true-wireless earbuds: ¥499" in stage.text
    assert "Aria" not in stage.text


async def test_a_budget_too_small_hears_the_lowest_price(stage_zh: Stage) -> None:
    await stage_zh.hears(ProductPrice, "两千以内的电视", category="tv", amount="2000")
    assert stage_zh.responses == ["utter_prices_none_within"]
    assert "3,299 元" in stage_zh.text


async def test_without_a_product_it_is_asked_for(stage_zh: Stage) -> None:
    await stage_zh.hears(ProductPrice, "多少钱")
    assert stage_zh.responses == ["utter_ask_price_product"]
    assert "电视" in stage_zh.text
    assert await stage_zh.answers("手表", product="P1305")
    assert "999 元" in stage_zh.text


async def test_the_product_whose_stock_was_asked_is_the_one_meant(stage: Stage) -> None:
    await stage.hears(CheckStock, "V75 at Hubin?", product="P1102", store="S07")
    await stage.hears(ProductPrice, "how much is it")
    assert "¥7,999" in stage.text


async def test_a_bare_product_after_a_price_is_priced(stage: Stage) -> None:
    await stage.hears(ProductPrice, "V75 price", product="P1102")
    await stage.hears(Inform, "and the V55?", intent="inform", product="P1101")
    assert "¥3,299" in stage.text


async def test_a_bare_amount_after_prices_is_a_budget(stage: Stage) -> None:
    await stage.hears(ProductPrice, "headphones", category="audio")
    await stage.hears(Inform, "under 300", intent="inform", amount="300")
    assert stage.responses == ["utter_prices_within"]
    assert "Drum Mini bluetooth speaker: ¥299" in stage.text
