"""Four digits that prove whose order it is: marked as such, beside an order number, or said last."""

import pytest

from bot.nlu.normalise import align
from bot.nlu.numbers import Numbers

NUMBERS = Numbers({"order_number": [r"GT\d{10}"]})


def tails(text: str) -> set[str]:
    return {found.value for found in NUMBERS.find(align(text).text) if found.entity == "phone_tail"}


@pytest.mark.parametrize(
    "text",
    [
        "GT2600010042 8812 物流",
        "退货 GT2600010042，8812，不想要了",
        "8812 GT2600010042",
        "I want to return GT2600010042 8812, they don't fit",
        "GT2600010042 and 8812",
        "change the address of GT2600010042, tail 8812",
        "phone ends 8812",
        "手机尾好8812",
        "GT2600010042，電話尾8812",
        "退GT2600010042水壶 不想要了 8812",
        "GT2600010042取消 8812",
        "電話後四碼8812",
        "打错了 是8812",
        "sorry, it's 8812",
        "sure, 8812",
        "here you go: 8812",
        "invoice for order GT2600010042 pls 8812",
        "GT2600010042 says delivered but nothing came, 8812",
        "I'd like to cancel GT2600010042 (8812)",
        "did GT2600010042 go out? last digits 8812",
        "is order GT2600010042 paid, number ends 8812",
    ],
)
def test_four_digits_that_can_only_be_a_phones_are_found(text: str) -> None:
    assert tails(text) == {"8812"}


@pytest.mark.parametrize(
    "text",
    [
        "GT2600010042 1299 元",
        "order GT2600010042 1299 yuan",
        "GT2600010042 2026年买的",
        "GT2600010042 26000",
        "买3299的电视",
        "GT2600010042 cost 1299, 50 less than now",
        "我的订单是GT2600010042",
        "GT2600010042我付 1299",
    ],
)
def test_other_digits_are_no_phones(text: str) -> None:
    assert tails(text) == set()
