from __future__ import annotations

import pytest

from actions.membership_points import MembershipPoints
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_a_visitor_hears_the_rules_and_how_to_see_more(stage_zh: Stage) -> None:
    await stage_zh.hears(MembershipPoints, "我是什么会员")
    assert stage_zh.responses == ["utter_tiers", "utter_tier_benefits", "utter_tier_sign_in"]
    assert "普通会员（0 元起）、银卡会员（2,000 元起）和金卡会员（8,000 元起）" in stage_zh.text
    assert "银卡会员（20 元生日券）、金卡会员（50 元生日券和无理由退货免运费）" in stage_zh.text
    assert "每消费 1 元积 1 分，100 积分抵 1 元" in stage_zh.text


@pytest.mark.parametrize(
    ("customer", "own", "above"),
    [
        ("C001", "You are a gold member, which gives you a ¥50 birthday coupon and free return postage.", None),
        ("C002", "You are a silver member, which gives you a ¥20 birthday coupon.", "¥8,000"),
        ("C003", "You are a regular member.", "¥2,000"),
    ],
)
async def test_a_signed_in_member_hears_their_own_tier(
    stage: Stage, callers: SessionCallers, customer: str, own: str, above: str | None
) -> None:
    callers.signed_in = customer
    await stage.hears(MembershipPoints, "what tier am I")
    assert stage.said[0].text == own
    assert ("utter_next_tier" in stage.responses) == (above is not None)
    assert above is None or f"With {above} spent" in stage.text


async def test_no_balance_is_made_up(stage_zh: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C001"
    await stage_zh.hears(MembershipPoints, "我有多少积分")
    assert stage_zh.responses[-1] == "utter_points_unseen"
    assert "积分余额、已发的券和累计消费我这里看不到" in stage_zh.text


async def test_a_customer_the_shop_does_not_know_hears_the_rules(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C999"
    await stage.hears(MembershipPoints, "my tier")
    assert stage.responses[0] == "utter_tiers"


async def test_an_amount_is_turned_into_points_and_fen_bring_none(stage_zh: Stage) -> None:
    await stage_zh.hears(MembershipPoints, "花1299.90积多少分", amount="1299.90")
    assert "可以积 1,299 分" in stage_zh.text
