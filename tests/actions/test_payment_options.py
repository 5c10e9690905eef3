from __future__ import annotations

from actions.check_stock import CheckStock
from actions.dialogue import Inform
from actions.payment_options import PaymentOptions
from tests.actions.stage import Stage


async def test_without_anything_named_methods_and_the_instalment_rule_are_told(stage_zh: Stage) -> None:
    await stage_zh.hears(PaymentOptions, "怎么付款")
    assert "微信支付、支付宝、银联、Visa、Mastercard和礼品卡" in stage_zh.text
    assert "满 600 元可以分期，分 3、6、12 期，其中 3、6 期免息" in stage_zh.text


async def test_a_method_is_confirmed(stage: Stage) -> None:
    await stage.hears(PaymentOptions, "do you take Alipay", payment_method="alipay")
    assert stage.text.startswith("Yes, you can pay by Alipay.")
    await stage.hears(PaymentOptions, "gift card?", payment_method="gift_card")
    assert stage.text.startswith("Yes, you can pay by gift card.")


async def test_a_method_the_shop_does_not_take_is_refused(stage: Stage) -> None:
    await stage.hears(PaymentOptions, "PayPal?", payment_method="PayPal")
    assert stage.responses == ["utter_payment_not_accepted"]
    assert "PayPal" in stage.text


async def test_two_methods_for_one_order_are_not_promised(stage_zh: Stage) -> None:
    await stage_zh.hears(PaymentOptions, "礼品卡不够能用微信补吗", payment_method=["gift_card", "wechat_pay"])
    assert stage_zh.responses == ["utter_payment_several"]
    assert "没有写明" in stage_zh.text


async def test_an_amount_is_split_to_the_fen(stage: Stage) -> None:
    await stage.hears(PaymentOptions, "1000 in instalments", amount="1000")
    assert stage.text.splitlines()[1:4] == [
        "3 months: ¥333.34 in the first month; then ¥333.33 a month (interest-free)",
        "6 months: ¥166.70 in the first month; then ¥166.66 a month (interest-free)",
        "12 months: ¥83.37 in the first month; then ¥83.33 a month (interest comes on top)",
    ]


async def test_the_smallest_amount_for_instalments_is_enough_and_less_is_not(stage_zh: Stage) -> None:
    await stage_zh.hears(PaymentOptions, "600能分期吗", amount="600")
    assert "3 期：每期 200 元（免息）" in stage_zh.text
    await stage_zh.hears(PaymentOptions, "599能分期吗", amount="599")
    assert stage_zh.text == "599 元不到分期的起点，满 600 元才可以分期。"


async def test_a_product_is_split_at_its_price(stage_zh: Stage) -> None:
    await stage_zh.hears(PaymentOptions, "Aria 700 分12期每个月多少", product="P1001")
    assert "Aria 700（1,299 元）可以这样分期" in stage_zh.text
    assert "12 期：每期 108.25 元（不免息，利息另计）" in stage_zh.text
    assert stage_zh.responses == ["utter_instalments", "utter_instalments_interest"]


async def test_an_unclear_name_is_offered_for_choice(stage: Stage) -> None:
    await stage.hears(
        PaymentOptions, "phone on instalments", category={"value": "phone", "candidates": ["P1301", "P1302"]}
    )
    assert stage.said[-1].choices == ['/payment_options{"product": "P1301"}', '/payment_options{"product": "P1302"}']
    await stage.hears(PaymentOptions, product="P1302")
    assert "¥1,533" in stage.text


async def test_a_product_talked_about_is_the_one_to_be_paid(stage: Stage) -> None:
    await stage.hears(CheckStock, "V75 at Hubin", product="P1102", store="S07")
    await stage.hears(PaymentOptions, "can I pay in instalments")
    assert "V75" in stage.text


async def test_a_bare_amount_after_the_rule_is_worked_out(stage: Stage) -> None:
    await stage.hears(PaymentOptions, "instalments?")
    await stage.hears(Inform, "900", intent="inform", amount="900")
    assert "3 months: ¥300 a month" in stage.text


async def test_a_bare_number_after_the_rule_is_the_amount(stage: Stage) -> None:
    await stage.hears(PaymentOptions, "do you offer monthly payments")
    assert "over 3, 6 and 12 months; 3 and 6 months are interest-free" in stage.text
    await stage.hears(Inform, "3299", phone_tail="3299")
    assert "¥549.8" in stage.text
