from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, select

from actions.exchange_item import ExchangeItem
from bot.retail import tables
from tests.actions.stage import Stage

SHOES = {"order_number": "GT2600010052", "phone_tail": "5678"}


async def test_another_size_is_exchanged_once_without_a_promise_of_stock(stage: Stage, demo_url: str) -> None:
    await stage.hears(ExchangeItem, "exchange", **SHOES)
    assert stage.responses == ["utter_ask_exchange_reason"]
    assert await stage.answers(choice="size")
    assert await stage.answers("half a size up, please")
    assert "one exchange for another size or colour is possible for 15 days, until Saturday 5 December" in stage.text
    assert "for: half a size up, please" in stage.text
    assert "can't promise that it is in stock" in stage.text
    assert "the return postage is yours; no money goes back" in stage.text
    assert await stage.answers("ok", intent="affirm")
    assert stage.responses == ["utter_exchange_opened"]
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        row = connection.execute(
            select(tables.returned_items).where(tables.returned_items.c.number == SHOES["order_number"])
        ).one()
    engine.dispose()
    assert (row.kind, row.reason, row.wanted) == ("exchange", "size", "half a size up, please")
    assert row.rma in stage.text


@pytest.mark.parametrize(
    ("said", "sizes", "wanted"),
    [
        ("鞋子小了换个43的", ["43"], "43"),
        ("exchange for a 43", [], "43"),
        ("42 的太小，换 43", ["42", "43"], "43"),
        ("想换成黑色", [], "黑色"),
        ("换 43，要黑色", ["43"], "43、黑色"),
    ],
)
async def test_what_is_wanted_is_taken_from_the_first_message(
    stage_zh: Stage, said: str, sizes: list[str], wanted: str
) -> None:
    entities = {**SHOES, "size": sizes} if sizes else SHOES
    await stage_zh.hears(ExchangeItem, said, **entities)
    assert stage_zh.responses == ["utter_exchange_allowed_size", "utter_exchange_confirm_wanted"]
    assert f"换成：{wanted}。" in stage_zh.text


async def test_the_size_that_does_not_fit_is_not_the_one_wanted(stage_zh: Stage) -> None:
    await stage_zh.hears(ExchangeItem, "42的有点挤", size="42", **SHOES)
    assert stage_zh.responses == ["utter_ask_exchange_wanted"]


async def test_a_faulty_item_is_exchanged_for_the_same_at_the_shops_cost(stage: Stage) -> None:
    await stage.hears(
        ExchangeItem,
        "broken, send a new one",
        reason="quality",
        product="P1304",
        order_number="GT2600010043",
        phone_tail="8812",
    )
    assert stage.responses == ["utter_exchange_allowed_quality", "utter_exchange_confirm_same"]
    assert "we pay the return postage" in stage.text
    assert "photo or our repair desk" in stage.text


async def test_without_a_fault_a_change_of_mind_is_an_exchange_of_size_or_colour(stage: Stage) -> None:
    await stage.hears(ExchangeItem, "don't like it", reason="no_reason", **SHOES)
    assert stage.responses == ["utter_ask_exchange_wanted"]


async def test_underwear_is_exchanged_only_when_faulty(stage: Stage) -> None:
    await stage.hears(ExchangeItem, product="P1404", reason="size", order_number="GT2600010082", phone_tail="4417")
    assert stage.responses == ["utter_refused_hygiene", "utter_exchange_if_faulty"]
    assert await stage.answers("yes, there is a hole in it", intent="affirm")
    assert stage.responses == ["utter_exchange_allowed_quality", "utter_exchange_confirm_same"]


async def test_a_fault_that_is_none_changes_nothing(stage: Stage) -> None:
    await stage.hears(ExchangeItem, product="P1404", reason="size", order_number="GT2600010082", phone_tail="4417")
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_all_right"]


async def test_another_wish_takes_the_place_of_the_first(stage_zh: Stage) -> None:
    await stage_zh.hears(ExchangeItem, "换货", reason="size", **SHOES)
    assert await stage_zh.answers("大一码")
    assert "换成：大一码" in stage_zh.text
    await stage_zh.hears(ExchangeItem, "换成43码吧", size="43")
    assert "换成：43。" in stage_zh.text


async def test_after_the_exchange_days_the_day_they_ended_and_the_warranty_are_told(stage: Stage) -> None:
    await stage.hears(ExchangeItem, order_number="GT2600010044", phone_tail="8812")
    assert stage.responses == ["utter_refused_too_late_exchange", "utter_back_warranty"]
    assert "ended on Monday 2 November" in stage.text
    assert "2029" in stage.text


@pytest.mark.parametrize(
    ("tail", "phone_tail", "response"),
    [
        (42, "8812", "utter_back_on_the_way"),
        (61, "2046", "utter_back_not_paid"),
        (92, "7303", "utter_refused_already_returning"),
        (102, "0777", "utter_back_not_sent"),
    ],
)
async def test_an_order_that_cannot_be_exchanged_is_told_in_its_own_words(
    stage: Stage, number: Callable[[int], str], tail: int, phone_tail: str, response: str
) -> None:
    await stage.hears(ExchangeItem, order_number=number(tail), phone_tail=phone_tail)
    assert stage.responses == [response]


async def test_an_answer_of_another_order_starts_over_with_that_order(stage: Stage) -> None:
    await stage.hears(ExchangeItem, product="P1304", reason="quality", order_number="GT2600010043", phone_tail="8812")
    await stage.hears(ExchangeItem, "no, GT2600010044", order_number="GT2600010044")
    assert stage.responses[0] == "utter_refused_too_late_exchange"
    assert "charger" not in stage.text


async def test_only_the_size_is_kept_of_a_sentence_about_it(stage_zh: Stage) -> None:
    await stage_zh.hears(ExchangeItem, "换货", reason="size", **SHOES)
    assert await stage_zh.answers("换成43码", size="43")
    assert "换成：43。" in stage_zh.text


async def test_a_bigger_size_is_a_size_and_a_reason(stage: Stage) -> None:
    await stage.hears(ExchangeItem, "swap it for a bigger size", order_number="GT2600010052", phone_tail="5678")
    assert stage.responses == ["utter_exchange_allowed_size", "utter_exchange_confirm_wanted"]
    assert "bigger size" in stage.text
