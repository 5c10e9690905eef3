"""Amounts said without a currency, and sizes said without a figure."""

import pytest

from bot.nlu.normalise import align
from bot.nlu.numbers import Numbers

NUMBERS = Numbers({"order_number": [r"GT\d{10}"]})


def values(entity: str, text: str) -> set[str]:
    return {found.value for found in NUMBERS.find(align(text).text) if found.entity == entity}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("can I pay 299 in installments", "299"),
        ("split 3299 over 6 months", "3299"),
        ("600 in 3 months", "600"),
        ("299能分期吗", "299"),
        ("something worth 1500", "1500"),
        ("买3299的电视积多少分", "3299"),
        ("花2000能积多少分", "2000"),
        ("7999的电视分12期一个月还多少", "7999"),
        ("买个59的手机壳", "59"),
    ],
)
def test_what_is_paid_or_split_is_an_amount(text: str, amount: str) -> None:
    assert values("amount", text) == {amount}


@pytest.mark.parametrize("text", ["pay in 12 months", "pay for 3 months", "it costs 12 months of waiting", "分6期"])
def test_months_are_no_amount(text: str) -> None:
    assert values("amount", text) == set()


@pytest.mark.parametrize("text", ["swap it for a bigger size", "do you have a smaller size?"])
def test_a_size_may_be_named_by_its_direction(text: str) -> None:
    assert values("size", text) & {"bigger size", "smaller size"}
