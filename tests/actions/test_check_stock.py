from __future__ import annotations

from sqlalchemy import create_engine, update

from actions.check_stock import CheckStock
from actions.product_price import ProductPrice
from actions.store_hours import StoreHours
from bot.retail import tables
from tests.actions.stage import Stage

HEADPHONES = {"value": "audio", "candidates": ["P1001", "P1002"]}
N9 = {"value": "phone", "candidates": ["P1301", "P1302"]}


async def test_a_store_with_plenty_says_how_many(stage_zh: Stage) -> None:
    await stage_zh.hears(CheckStock, "南京路店有Aria 700吗", product="P1001", store="S01")
    assert "Aria 700有货：南京路店现在有 17 件" in stage_zh.text
    assert "021-5550-0101" in stage_zh.text


async def test_few_left_are_said_to_be_few(stage: Stage) -> None:
    await stage.hears(CheckStock, "Aria 700 at Xujiahui?", product="P1001", store="S03")
    assert "Xujiahui has only 2 left" in stage.text


async def test_an_empty_store_points_to_others_in_its_city_first(stage: Stage) -> None:
    await stage.hears(CheckStock, "F260 at Jing'an", product="P1001", store="S04")
    assert "none at Sanlitun" in stage.text
    assert "Nanjing Road (17)" in stage.text, "there is no other store in Beijing"


async def test_without_a_store_all_are_told(stage_zh: Stage) -> None:
    await stage_zh.hears(CheckStock, "Aria 700哪家店有货", product="P1001")
    assert "湖滨店（16）" in stage_zh.text
    assert "暂时没货：三里屯店和万象城店" in stage_zh.text


async def test_a_city_tells_only_its_stores(stage: Stage) -> None:
    await stage.hears(CheckStock, "Aria 700 in Shanghai", product="P1001", city="Shanghai")
    assert "Nanjing Road (17), Jing'an (13) and Xujiahui (2)" in stage.text
    assert "Hubin" not in stage.text


async def test_a_city_without_a_store_hears_so_and_where_it_is_to_be_had(stage: Stage) -> None:
    await stage.hears(CheckStock, "Aria 700 in Guangzhou", product="P1001", city="Guangzhou")
    assert stage.responses == ["utter_no_store_there", "utter_stock_stores_some"]


async def test_an_unclear_name_is_asked_about_with_what_it_fits(stage_zh: Stage) -> None:
    await stage_zh.hears(CheckStock, "静安店耳机还有没有", category=HEADPHONES, store="S02")
    assert stage_zh.said[0].choices == ['/inform{"choice": "P1001"}', '/inform{"choice": "P1002"}']
    assert await stage_zh.answers("第二个")
    assert "Pico Buds有货：静安店现在有 23 件" in stage_zh.text


async def test_a_size_settles_which_one_is_meant(stage: Stage) -> None:
    await stage.hears(CheckStock, "N9 512GB at Nanjing Road", category=N9, size="512GB", store="S01")
    assert "512GB white: Nanjing Road has 8" in stage.text


async def test_another_category_as_an_answer_is_asked_about_anew(stage: Stage) -> None:
    await stage.hears(CheckStock, "is it in stock")
    assert stage.responses == ["utter_ask_stock_product"]
    assert await stage.answers("a phone", category="phone")
    assert stage.responses == ["utter_ask_stock_which"]
    assert await stage.answers(choice="P1302")
    assert stage.responses == ["utter_stock_stores_some"]


async def test_a_category_of_one_product_is_that_product(stage: Stage) -> None:
    await stage.hears(CheckStock, "watches at Jing'an", category="wearable", store="S02")
    assert "W2 smartwatch: Jing'an has 24" in stage.text


async def test_a_size_the_shop_does_not_have_is_not_promised(stage_zh: Stage) -> None:
    await stage_zh.hears(CheckStock, "羽绒服有L码吗", product="P1402", size="L")
    assert stage_zh.responses == ["utter_stock_no_size", "utter_stock_stores"]
    assert "没有查到 L" in stage_zh.text


async def test_what_stores_do_not_keep_has_no_numbers(stage: Stage) -> None:
    await stage.hears(CheckStock, "gift cards in stock?", product="P1504")
    assert stage.responses == ["utter_stock_not_kept"]


async def test_nothing_anywhere_promises_no_day(stage: Stage, demo_url: str) -> None:
    engine = create_engine(demo_url)
    with engine.begin() as connection:
        connection.execute(update(tables.stock).where(tables.stock.c.sku == "P1001").values(quantity=0))
    engine.dispose()
    await stage.hears(CheckStock, "Aria 700 in stock?", product="P1001", store="S01")
    assert stage.responses == ["utter_stock_nowhere"]


async def test_two_products_are_both_answered(stage: Stage) -> None:
    await stage.hears(CheckStock, "V75 and Aria 700 at Nanjing Road", product=["P1102", "P1001"], store="S01")
    assert len(stage.said) == 2


async def test_a_store_talked_about_before_is_the_one_meant(stage: Stage) -> None:
    await stage.hears(StoreHours, "Nanjing Road now?", store="S01", time="now")
    await stage.hears(CheckStock, "do you have the Aria 700", product="P1001")
    assert "Nanjing Road has 17" in stage.text
    await stage.hears(CheckStock, "and Hubin?", intent="inform", store="S07")
    assert "Hubin has 16" in stage.text


async def test_a_product_whose_price_was_asked_is_the_one_meant(stage: Stage) -> None:
    await stage.hears(ProductPrice, "Aria 700 price", product="P1001")
    await stage.hears(CheckStock, "is it in stock at Hubin", store="S07")
    assert "Hubin has 16" in stage.text
