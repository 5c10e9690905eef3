from __future__ import annotations

from actions.warranty_repair import WarrantyRepair
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_a_product_alone_gets_its_length_and_the_way_to_repair(stage: Stage) -> None:
    await stage.hears(WarrantyRepair, "my Aria 700 is broken", product="P1001")
    assert stage.responses == ["utter_warranty_length", "utter_repair_where", "utter_warranty_ask_order"]
    for fact in ("24 months", "Nanjing Road, Sanlitun and The MixC", "7 working days"):
        assert fact in stage.text


async def test_with_the_order_the_last_day_is_told(stage_zh: Stage) -> None:
    await stage_zh.hears(WarrantyRepair, product="P1206")
    assert await stage_zh.answers(order_number="GT2600010043")
    assert await stage_zh.answers(phone_tail="8812")
    assert "空气炸锅 A6" in stage_zh.text
    assert "2027 年 11 月 18 日" in stage_zh.text


async def test_one_of_several_items_is_asked_for(stage: Stage) -> None:
    await stage.hears(WarrantyRepair, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses == ["utter_warranty_which_item"]
    assert await stage.answers("the second one")
    assert "65W GaN charger" in stage.text
    assert "18 months" in stage.text


async def test_large_goods_are_repaired_at_home(stage: Stage) -> None:
    await stage.hears(WarrantyRepair, order_number="GT2600010044", phone_tail="8812")
    assert stage.responses == ["utter_warranty_covered", "utter_repair_home"]


async def test_goods_without_a_warranty_are_not_promised_one(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C011"
    await stage.hears(WarrantyRepair, order_number="GT2600010141")
    assert stage.responses == ["utter_warranty_no_warranty", "utter_repair_uncovered"]


async def test_a_category_whose_goods_are_covered_alike_needs_no_name(stage: Stage) -> None:
    await stage.hears(WarrantyRepair, category="tv")
    assert "36 months" in stage.text
    assert "comes to your home" in stage.text
    await stage.hears(WarrantyRepair, category="audio")
    assert "months" not in stage.text
