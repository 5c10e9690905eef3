"""An edit becomes what every worker says, or is refused; and there is a way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.store.publications import State
from tests.bot.publishing.conftest import SHOP, House

FREE, PAID = "Gift wrapping is free.", "Gift wrapping costs 10 yuan."


async def test_a_text_is_live_in_every_worker_within_a_second(house: House, until: Callable[..., Any]) -> None:
    first, second = await house.worker(), await house.worker()
    house.edit(FREE, PAID)
    began = asyncio.get_running_loop().time()
    number = await first.publisher.start(["faq/gift_wrap"], "editor")
    await until(lambda: second.engine.say("utter_faq/gift_wrap", "en").text == PAID)
    assert asyncio.get_running_loop().time() - began < 1.0
    done = await first.ended(number)
    assert (done.state, done.revision, done.who) == (State.LIVE, 1, "editor")
    assert [stage["name"] for stage in done.stages] == ["validate", "gate", "swap", "watch"]
    assert done.changes == [
        {"question": "faq/gift_wrap", "before": f"礼品包装免费。 / {FREE}", "after": f"礼品包装免费。 / {PAID}"}
    ]
    assert PAID in (house.root / SHOP).read_text(encoding="utf-8")
    assert await first.says("do you gift wrap") == await second.says("do you gift wrap") == PAID
    assert house.source.live == [(number, "editor")]


async def test_a_new_wording_is_understood_by_every_worker(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    assert second.engine.understand("quelle est la garantie").intent != "faq/warranty"
    house.edit("    - warranty period\n", "    - warranty period\n    - quelle est la garantie\n")
    done = await first.publish()
    assert done.state is State.LIVE
    assert [stage["name"] for stage in done.stages] == ["validate", "train", "gate", "swap", "watch"]
    for worker in (first, second):
        assert worker.engine.understand("quelle est la garantie").intent == "faq/warranty"
        assert await worker.says("怎么开发票") == "发货后自动开具电子发票。"


async def test_a_new_question_gets_its_answer_and_a_removed_one_gets_none(house: House) -> None:
    worker = await house.worker()
    house.source.files["data/faq/pets.yml"] = """version: "3.1"
nlu:
- intent: faq/pets
  examples: |
    - 可以带狗进店吗
    - 宠物能进门店吗
    - 带猫逛店行不行
    - may I bring my dog
    - are pets allowed inside
    - can my cat come in
responses:
  utter_faq/pets:
  - condition: [{type: slot, name: language, value: zh}]
    text: "欢迎带宠物。"
  - text: "Pets are welcome."
"""
    assert (await worker.publish()).state is State.LIVE
    assert await worker.says("are dogs and other pets allowed") == "Pets are welcome."
    assert await worker.says("宠物可以进店吗") == "欢迎带宠物。"
    house.source.files["data/faq/pets.yml"] = None
    assert (await worker.publish()).state is State.LIVE
    assert await worker.says("are dogs and other pets allowed") != "Pets are welcome."
    assert not (house.root / "data/faq/pets.yml").exists()


async def test_a_worker_that_starts_later_says_the_newest_without_training(house: House) -> None:
    worker = await house.worker()
    house.edit("    - warranty period\n", "    - quelle est la garantie\n")
    assert (await worker.publish()).state is State.LIVE
    house.edit(FREE, PAID)
    assert (await worker.publish()).state is State.LIVE
    later = await house.worker()
    assert house.trained == 0
    assert later.publishing.follower.revision == 2
    assert await later.says("is gift wrapping free") == PAID
    assert later.engine.understand("quelle est la garantie").intent == "faq/warranty"
    ranking = [worker.engine.understand("保修").ranking for worker in (worker, later)]
    assert ranking[0] == ranking[1]


async def test_going_back_restores_files_and_model_exactly(house: House) -> None:
    worker = await house.worker()
    before = (house.root / SHOP).read_text(encoding="utf-8")
    house.edit(FREE, PAID)
    first = await worker.publish()
    understood = worker.engine.understand("quelle est la garantie").ranking
    house.edit("    - warranty period\n", "    - quelle est la garantie\n")
    assert (await worker.publish()).state is State.LIVE
    assert worker.engine.understand("quelle est la garantie").ranking != understood
    number = await worker.publisher.rollback(first.id, "reviewer")
    assert number is not None
    back = await worker.ended(number)
    assert (back.state, back.revision) == (State.LIVE, 3)
    assert house.source.back == [(number, "reviewer")]
    assert worker.engine.understand("quelle est la garantie").ranking == understood
    assert (house.root / SHOP).read_text(encoding="utf-8") == before.replace(FREE, PAID)
    later = await house.worker()
    assert later.engine.understand("quelle est la garantie").ranking == understood
    assert house.trained == 0


async def test_a_wording_that_takes_anothers_question_is_refused_with_the_reason(house: House) -> None:
    worker = await house.worker()
    stolen = "    - is parking free\n    - where can I park my car\n    - 门店有停车场吗\n    - parking fees\n"
    house.edit("    - do you gift wrap\n", "    - do you gift wrap\n" + 3 * stolen)
    house.source.files[SHOP] = str(house.source.files[SHOP]).replace(
        "    - 门店有停车场吗\n    - 停车怎么收费\n", "", 1
    )
    golden = house.root / "data" / "golden.yml"
    golden.write_text("golden:\n  faq/parking: [where can I park my car]\n", encoding="utf-8")
    done = await worker.publish()
    assert done.state is State.REFUSED
    assert done.stages[-1]["state"] == "refused"
    assert {reason["key"] for reason in done.reasons} & {"faq/parking", "faq/gift_wrap"}
    assert all(set(reason["words"]) == {"zh", "en"} for reason in done.reasons)
    assert await worker.says("where can I park my car") == "Parking below the store is free for two hours."
    assert done.revision is None


async def test_what_is_not_fit_to_be_said_is_refused_and_nothing_changes(house: House) -> None:
    worker = await house.worker()
    text = (house.root / SHOP).read_text(encoding="utf-8")
    refused = {
        text.replace(FREE, "${HOME}"): "environment",
        text + "  - : broken: [": "shop.yml",
        text.replace(
            "- intent: faq/invoice", "- lookup: store\n  examples: |\n    - S01\n- intent: faq/invoice"
        ): "train",
        text.replace("utter_faq/parking:", "utter_faq/parkin:"): "still needed",
    }
    for edited, why in refused.items():
        house.source.files = {SHOP: edited}
        done = await worker.publish()
        assert done.state is State.REFUSED, why
        assert why in " ".join(reason["words"]["en"] for reason in done.reasons)
    house.source.files = {"data/../../etc/passwd.yml": "x"}
    assert (await worker.publish()).state is State.REFUSED
    assert (house.root / SHOP).read_text(encoding="utf-8") == text


async def test_a_draft_is_tried_beside_what_is_published(house: House) -> None:
    worker = await house.worker()
    house.edit("    - warranty period\n", "    - quelle est la garantie\n")
    draft = str(house.source.files[SHOP]).replace("The warranty is one year.", "Two years.")
    guess = await worker.trial.guess("quelle est la garantie", {SHOP: draft})
    published, drafted = guess["published"], guess["draft"]
    assert published is not None
    assert drafted is not None
    assert published["intent"] != "faq/warranty"
    assert (drafted["intent"], drafted["reply"][0]["text"]) == ("faq/warranty", "Two years.")
    assert drafted["nearest"][0] == {"text": "quelle est la garantie", "intent": "faq/warranty", "score": 1.0}
    assert drafted["ranking"][0]["title"] == "how long is the warranty"
    assert worker.engine.understand("quelle est la garantie").intent != "faq/warranty"
    assert await worker.says("how long is the warranty") == "The warranty is one year."
