from __future__ import annotations

from actions.dialogue import Inform
from actions.gift_wrap import GiftWrap
from bot.messages import HandoffReason
from tests.actions.stage import Stage


async def test_the_fee_and_when_to_choose_it_are_told(stage_zh: Stage) -> None:
    await stage_zh.hears(GiftWrap, "可以包装成礼物吗")
    assert "礼品包装收 15 元" in stage_zh.text
    assert "下单时选上" in stage_zh.text
    assert stage_zh.handoff is None


async def test_a_placed_order_goes_to_a_person_once_the_customer_agrees(stage: Stage) -> None:
    await stage.hears(GiftWrap, "add gift wrap to GT2600010051", order_number="GT2600010051")
    assert stage.responses == ["utter_gift_wrap_order"]
    assert stage.handoff is None
    assert await stage.answers("yes please", intent="affirm")
    assert stage.handoff is not None
    assert stage.handoff["reason"] == HandoffReason.ABOVE_AUTHORITY
    assert stage.handoff["facts"] == {"order_number": "GT2600010051"}


async def test_who_wants_no_person_is_left_alone(stage: Stage) -> None:
    await stage.hears(GiftWrap, "wrap GT2600010051", order_number="GT2600010051")
    assert await stage.answers("no", intent="deny")
    assert stage.handoff is None
    assert stage.responses == ["utter_all_right"]


async def test_nothing_of_an_order_is_shown(stage_zh: Stage) -> None:
    """A packing order, a delivered one and one that does not exist get the same words."""
    said = set()
    for number in ("GT2600010051", "GT2600010043", "GT2699999999"):
        await stage_zh.hears(GiftWrap, f"给{number}加包装", order_number=number)
        said.add(stage_zh.text.replace(number, ""))
    assert len(said) == 1


async def test_an_order_number_said_after_the_fee_is_for_the_wrap(stage: Stage) -> None:
    await stage.hears(GiftWrap, "gift wrap?")
    await stage.hears(Inform, "GT2600010102", intent="inform", order_number="GT2600010102")
    assert stage.responses == ["utter_gift_wrap_order"]
