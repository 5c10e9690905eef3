"""What a text told anew may say: nothing that its source does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.faithful import Glue, added, dropped

GLUE = Glue.read(Path(__file__).parents[2] / "data" / "wording.yml")

RETURNS = "You have 7 days from delivery to return something without giving a reason."
REFUNDS = "It depends on how you paid: 3 working days for WeChat Pay and Alipay, 7 for UnionPay, and 10 for Visa."
POSTAGE = "如果商品有质量问题，运费由我们承担；不喜欢的话运费自付，金卡会员除外。"
GIFTS = "是的，赠品请一起寄回，7 天内有效。"
WORKING_DAYS = "微信支付 3 个工作日，银联 7 个工作日。"
SHIPPING = "Shipping is free from ¥99. Below ¥99 it costs ¥10; see https://shop.example/shipping."


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (RETURNS, "Sure! From delivery you'll have 7 days to return it, without giving a reason."),
        (RETURNS, "You have seven days from delivery to return something without giving any reason."),
        (POSTAGE, "您好，如果商品有质量问题，运费由我们承担哦；不喜欢的话，运费自付，金卡会员除外呢。"),
        (GIFTS, "好的，赠品请您一起寄回哦，七天内有效。"),
        (SHIPPING, "Hi, shipping is free from ¥99; below ¥99 it costs ¥10. See https://shop.example/shipping."),
    ],
)
def test_other_words_for_the_same_are_faithful(source: str, told: str) -> None:
    assert added(source, told, GLUE) == []
    assert dropped(source, told, GLUE) == []


@pytest.mark.parametrize(
    ("source", "told", "invention"),
    [
        (RETURNS, "You have 14 days from delivery to return it.", "14"),
        (RETURNS, "You have 7 weeks from delivery to return something.", "7 week"),
        (RETURNS, "You have fourteen days from delivery to return something.", "14"),
        (RETURNS, "You have 7 days from delivery; ask Amazon.", "amazon"),
        (RETURNS, "You have 7 days from delivery, until Friday.", "friday"),
        (RETURNS, "You have 7 days from delivery to return it, see www.returns.example.", "www.returns.example"),
        (RETURNS, "You have not 7 days from delivery to return something.", "not"),
        (RETURNS, "You must return it within 7 days from delivery.", "must"),
        (RETURNS, "You have 7 days, and postage is free.", "free"),
        (RETURNS, "Your order GT2600010042 has 7 days from delivery.", "gt2600010042"),
        (REFUNDS, "WeChat Pay: 10 working days.", "10 work"),
        (REFUNDS, "It depends on how you paid: 7 working days for WeChat Pay, 3 for UnionPay.", "wechat"),
        (WORKING_DAYS, "银联 3 个工作日，微信支付 7 个工作日。", "银联"),
        (POSTAGE, "运费都由我们承担，另送五十元券。", "50"),
        (POSTAGE, "找张经理，运费由我们承担。", "张经理"),
        (POSTAGE, "运费免费，由我们承担。", "免费"),
        (POSTAGE, "商品有质量问题，运费不由我们承担，不喜欢的话自付。", "不"),
        (GIFTS, "是的，赠品请一起寄回，十五天内有效。", "15"),
        (SHIPPING, "Shipping is free from ¥99 or $15.", "15"),
    ],
)
def test_an_invention_is_named(source: str, told: str, invention: str) -> None:
    assert any(invention in found for found in added(source, told, GLUE))


@pytest.mark.parametrize(
    ("source", "told", "lost"),
    [
        (REFUNDS, "It depends on how you paid: 3 working days for WeChat Pay.", "10"),
        (SHIPPING, "Shipping is free from ¥99, below ¥99 it costs ¥10.", "https://shop.example/shipping"),
        (POSTAGE, "运费由我们承担。", "不"),
        (RETURNS, "You have 7 days from delivery to return something.", "without"),
    ],
)
def test_what_was_left_out_is_named(source: str, told: str, lost: str) -> None:
    assert any(lost in found for found in dropped(source, told, GLUE))
