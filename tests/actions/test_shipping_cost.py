from __future__ import annotations

from dataclasses import replace

from actions.dialogue import Inform
from actions.shipping_cost import ShippingCost
from actions.talk import Services
from bot.retail import policies
from tests.actions.stage import DATA, Stage


async def test_without_anything_named_the_rule_is_told_for_all_regions(stage_zh: Stage) -> None:
    await stage_zh.hears(ShippingCost, "运费多少")
    assert stage_zh.responses == ["utter_shipping_rule", "utter_shipping_days_all"]
    assert "满 99 元包邮，不满收 10 元运费" in stage_zh.text
    assert "同城 1 天、内地 2-4 天、偏远地区 5-8 天和香港 3-5 天" in stage_zh.text


async def test_at_the_threshold_delivery_is_free_and_below_it_is_not(stage: Stage) -> None:
    await stage.hears(ShippingCost, "is 99 free", amount="99", region="mainland")
    assert stage.text.startswith("¥99: delivery is free")
    await stage.hears(ShippingCost, "and 98.50", amount="98.50", region="mainland")
    assert "delivery costs ¥10. With ¥0.50 more it is free" in stage.text


async def test_a_product_counts_with_its_price(stage_zh: Stage) -> None:
    await stage_zh.hears(ShippingCost, "买手机壳要邮费吗", product="P1303")
    assert "手机保护壳 N9（59 元）要收 10 元运费；再买 40 元" in stage_zh.text


async def test_products_count_together(stage: Stage) -> None:
    await stage.hears(ShippingCost, "a case and coffee", product=["P1303", "P1502"], region="same_city")
    assert "(¥147): delivery is free" in stage.text
    assert "1 day." in stage.text


async def test_a_small_order_to_a_remote_area_has_its_fee(stage_zh: Stage) -> None:
    await stage_zh.hears(ShippingCost, "50块的寄新疆多少运费", amount="50", region="remote")
    assert "50 元寄偏远地区的运费是 25 元" in stage_zh.text
    assert "5-8 天" in stage_zh.text


async def test_whether_free_delivery_includes_remote_areas_is_not_guessed(stage_zh: Stage) -> None:
    for said in ({"amount": "120"}, {}):
        await stage_zh.hears(ShippingCost, "青海包邮吗", region="remote", **said)
        assert stage_zh.responses == ["utter_shipping_remote_unsure", "utter_shipping_days"]
        assert "25 元" in stage_zh.text
        assert "满 99 元包邮" in stage_zh.text
        assert "没有写明" in stage_zh.text


async def test_places_the_rules_do_not_cover_get_no_fee(stage: Stage) -> None:
    await stage.hears(ShippingCost, "shipping to Taipei", city="Taipei")
    assert stage.responses == ["utter_shipping_not_covered"]


async def test_hong_kong_has_its_own_days(stage: Stage) -> None:
    await stage.hears(ShippingCost, "shipping to HK for 80", amount="80", region="hong_kong", city="Hong Kong")
    assert "3-5 days" in stage.text
    assert "¥10" in stage.text


async def test_a_region_said_later_keeps_the_amount(stage: Stage) -> None:
    await stage.hears(ShippingCost, "shipping for 50", amount="50")
    await stage.hears(Inform, "to Tibet", intent="inform", region="remote")
    assert stage.responses == ["utter_shipping_remote_fee", "utter_shipping_days"]
    await stage.hears(ShippingCost, "what does shipping cost in general")
    assert stage.responses == ["utter_shipping_rule", "utter_shipping_days_all"]


async def test_the_figures_are_those_of_the_rules(services: Services) -> None:
    text = (DATA / "demo" / "policies.yml").read_text(encoding="utf-8")
    rules = policies.parse(
        text.replace("free_from_cny: 99", "free_from_cny: 200").replace("fee_cny: 10\n", "fee_cny: 12\n")
    )
    stage = Stage(replace(services, policies=rules), language="en")
    await stage.hears(ShippingCost, "is 150 free", amount="150", region="mainland")
    assert "delivery costs ¥12. With ¥50 more it is free, as it is from ¥200" in stage.text


async def test_other_countries_get_no_postage_made_up(stage: Stage) -> None:
    await stage.hears(ShippingCost, "how much to send it to Canada", city="Elsewhere")
    assert stage.responses == ["utter_shipping_not_covered"]
