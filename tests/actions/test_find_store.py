from __future__ import annotations

from actions.find_store import FindStore
from tests.actions.stage import Stage


async def test_a_store_comes_with_address_phone_and_services(stage: Stage) -> None:
    await stage.hears(FindStore, "where is Sanlitun", store="S04")
    assert stage.text == (
        "Sanlitun: 19 Sanlitun Road, Chaoyang, Beijing. Phone: 010-5550-0104. It offers order pickup and a repair desk."
    )
    assert stage.said[0].choices == ['/store_hours{"store": "S04"}']


async def test_a_city_with_several_stores_lists_them(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, "上海有几家店", city="Shanghai")
    assert "我们在上海有 3 家门店" in stage_zh.text
    assert "静安店：上海市静安区南京西路 1601 号 B1，021-5550-0102" in stage_zh.text
    assert "三里屯" not in stage_zh.text


async def test_a_city_with_one_store_tells_about_it(stage: Stage) -> None:
    await stage.hears(FindStore, "any shop in Hong Kong", city="Hong Kong")
    assert "500 Hennessy Road" in stage.text


async def test_a_city_without_a_store_hears_where_there_are_some(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, "广州有店吗", city="Guangzhou")
    assert stage_zh.text == "抱歉，那里还没有我们的门店。目前有门店的城市是上海、北京、成都、深圳、杭州和香港。"


async def test_no_place_gets_all_cities_to_choose_from(stage: Stage) -> None:
    await stage.hears(FindStore, "how many stores do you have")
    assert "We have 8 stores: Shanghai (3), Beijing (1)" in stage.text
    assert '/find_store{"city": "Chengdu"}' in stage.said[0].choices


async def test_the_nearest_store_needs_the_city_first(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, "离我最近的门店")
    assert stage_zh.responses == ["utter_ask_store_city"]
    assert await stage_zh.answers("杭州", city="Hangzhou")
    assert "湖滨店的地址：杭州市上城区平海路 124 号" in stage_zh.text


async def test_a_store_talked_about_is_not_the_nearest_one(stage: Stage) -> None:
    await stage.hears(FindStore, "where is Hubin", store="S07")
    await stage.hears(FindStore, "what's the phone number")
    assert "0571-5550-0107" in stage.text
    await stage.hears(FindStore, "which store is closest to me")
    assert stage.responses == ["utter_ask_store_city"]


async def test_a_service_the_store_has_is_confirmed(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, "南京路店能停车吗", store="S01", service="parking")
    assert stage_zh.text.startswith("有的，南京路店提供停车位")


async def test_a_service_the_store_lacks_is_found_in_its_city_first(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, "静安店能停车吗", store="S02", service="parking")
    assert stage_zh.responses == ["utter_store_has_not", "utter_stores_with"]
    assert "徐家汇店" in stage_zh.text
    assert "万象城店" not in stage_zh.text


async def test_a_service_the_city_lacks_is_found_elsewhere(stage: Stage) -> None:
    await stage.hears(FindStore, "repair desk in Chengdu?", city="Chengdu", service="repair_desk")
    assert stage.responses == ["utter_store_has_not", "utter_stores_with"]
    assert "Sanlitun" in stage.text


async def test_a_service_alone_lists_the_stores_that_have_it(stage: Stage) -> None:
    await stage.hears(FindStore, "which shops offer repairs", service="repair_desk")
    assert [line.partition(":")[0] for line in stage.text.splitlines()[1:]] == ["Nanjing Road", "Sanlitun", "The MixC"]


async def test_another_store_is_asked_about_the_same_service(stage: Stage) -> None:
    await stage.hears(FindStore, "parking at Nanjing Road?", store="S01", service="parking")
    await stage.hears(FindStore, "and Hubin?", intent="inform", store="S07")
    assert stage.responses == ["utter_store_has_not", "utter_stores_with"]
    await stage.hears(FindStore, "Hubin address", store="S07")
    assert stage.responses == ["utter_store_card"]
