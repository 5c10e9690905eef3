"""The studio over its wire: drafts, conflicts, reviews, history, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from bot.content.pen import Files
from bot.store import studio as store
from bot.store.database import Database
from bot.store.studio import DraftState, Saving
from tests.bot.studios import STORES, Studio
from tests.fakes import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")


def put(at: Studio, files: Files) -> None:
    for path, data in files.after.items():
        assert data is not None
        (at.house.root / path).write_bytes(data)


async def test_an_edit_is_a_draft_until_it_is_published_and_the_file_stays_as_it_is(at: Studio) -> None:
    saved = await at.says("faq/parking", "zh", "门口就有停车位。")
    assert (saved["status"], saved["changed_by"]) == ("draft", "Ed")
    assert saved["published"]["answers"]["zh"][0]["text"] == "有停车位。"
    assert (at.house.root / "data/faq/stores.yml").read_text(encoding="utf-8") == STORES
    row = next(row for row in (await at.get("entries?q=门口"))["entries"])
    assert (row["key"], row["status"]) == ("faq/parking", "draft")


async def test_two_editors_at_once_are_told_and_neither_overwrites_the_other(at: Studio) -> None:
    mine, hers = await at.entry("faq/parking"), await at.entry("faq/parking", who="eva")
    assert [each["name"] for each in hers["others_here"]] == ["Ed"]
    mine["answers"]["en"][0]["text"] = "Park in front."
    hers["answers"]["en"][0]["text"] = "Park behind."
    assert (await at.save(mine)).status_code == 200
    late = await at.save(hers, who="eva")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    sides = {side: late.json()[side]["answers"]["en"][0]["text"] for side in ("base", "theirs", "yours")}
    assert sides == {"base": "There is parking.", "theirs": "Park in front.", "yours": "Park behind."}
    again = await at.save(hers, who="eva", revision=late.json()["theirs"]["revision"])
    assert again.json()["answers"]["en"][0]["text"] == "Park behind."


async def test_an_answer_goes_from_draft_to_published_and_nobody_approves_their_own(at: Studio) -> None:
    await at.says("faq/parking", "en", "There is parking behind the house.")
    assert (await at.do("faq/parking", "approve", who="rex")).json()["code"] == "not_in_review"
    assert (await at.do("faq/parking", "review")).json()["status"] == "review"
    assert (await at.do("faq/parking", "approve", who="ed")).status_code == 403
    assert (await at.do("faq/parking", "send_back", {"why": "which side?"}, who="rex")).json()["why"] == "which side?"
    await at.says("faq/parking", "en", "There is parking behind the house, on the left.")
    await at.do("faq/parking", "review")
    assert (await at.do("faq/parking", "approve", who="rex")).json()["status"] == "approved"
    work = at.room.studio
    changes = await work.approved(None)
    assert [change.key for change in changes] == ["faq/parking"]
    put(at, work.pen.render(changes))
    await work.published(changes, publication="p1", who="rex")
    entry = await at.entry("faq/parking")
    assert (entry["status"], entry["revision"]) == ("published", entry["published_revision"])
    assert "on the left" in (at.house.root / "data/faq/stores.yml").read_text(encoding="utf-8")
    assert await work.approved(None) == []


async def test_a_question_keeps_its_past_under_a_new_name(at: Studio) -> None:
    entry = await at.entry("faq/parking")
    await at.save({**entry, "new_key": "faq/car_park"})
    await at.do("faq/parking", "review")
    await at.do("faq/parking", "approve", who="rex")
    work = at.room.studio
    changes = await work.approved(None)
    put(at, work.pen.render(changes))
    await work.published(changes, publication="p1", who="rex")
    assert (await at.entry("faq/car_park"))["status"] == "published"
    assert (await at.ask("ed", "GET", "entries/faq%2Fparking")).status_code == 404
    versions = (await at.get("entries/faq%2Fcar_park/history"))["versions"]
    assert [(each["what"]["en"], each["who"]) for each in versions] == [
        ("published", "Rex"),
        ("saved", "Ed"),
        ("as it stood in the files", ""),
    ]


async def test_a_folder_that_cannot_be_written_to_keeps_drafts_and_says_so(
    at: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.publishing.gate import Refused
    from bot.studio.approved import Approved

    await at.says("faq/parking", "en", "There is parking behind the house.")
    await at.do("faq/parking", "review")
    await at.do("faq/parking", "approve", who="rex")
    monkeypatch.setattr(at.room.studio.pen, "is_writable", lambda: False)
    with pytest.raises(Refused) as refused:
        await Approved(at.room.studio).gather(None)
    (reason,) = refused.value.reasons
    assert "drafts are kept" in reason["words"]["en"]
    assert (await at.entry("faq/parking"))["status"] == "approved"


async def test_what_is_saved_while_it_is_published_stays_a_draft(at: Studio) -> None:
    await at.says("faq/parking", "en", "There is parking behind the house.")
    await at.do("faq/parking", "review")
    await at.do("faq/parking", "approve", who="ada")
    work = at.room.studio
    changes = await work.approved(["faq/parking"])
    await at.says("faq/parking", "en", "There is parking on the roof.", who="eva")
    put(at, work.pen.render(changes))
    await work.published(changes, publication="p1", who="ada")
    entry = await at.entry("faq/parking")
    assert (entry["status"], entry["outdated"]) == ("draft", False)
    assert entry["answers"]["en"][0]["text"] == "There is parking on the roof."
    assert entry["published"]["answers"]["en"][0]["text"] == "There is parking behind the house."


async def test_a_file_that_changed_under_a_draft_is_not_published_over(at: Studio) -> None:
    await at.says("faq/parking", "en", "There is parking behind the house.")
    await at.do("faq/parking", "review")
    await at.do("faq/parking", "approve", who="ada")
    path = at.house.root / "data/faq/stores.yml"
    path.write_text(STORES.replace("There is parking.", "There is a car park."), encoding="utf-8")
    with pytest.raises(Exception, match="changed_in_file"):
        await at.room.studio.approved(None)
    entry = await at.entry("faq/parking")
    assert entry["outdated"]
    assert [fault["code"] for fault in entry["faults"] if fault["severity"] == "error"] == ["outdated"]
    assert not (await at.save(entry)).json()["outdated"]


async def test_history_tells_who_changed_what_and_brings_back_what_was(at: Studio) -> None:
    await at.says("faq/parking", "en", "There is parking behind the house.")
    at.house.clock.forward(minutes=5)
    await at.says("faq/parking", "en", "There is no parking.", who="eva")
    versions = (await at.get("entries/faq%2Fparking/history"))["versions"]
    assert [(each["version"], each["who"]) for each in versions] == [(3, "Eva"), (2, "Ed"), (1, "")]
    assert [line["op"] for line in versions[0]["diff"] if line["op"] != "same"] == ["remove", "add"]
    back = await at.do("faq/parking", "restore", {"version": 2})
    assert back.json()["answers"]["en"][0]["text"] == "There is parking behind the house."
    first = await at.do("faq/parking", "restore", {"version": 1})
    assert (first.json()["status"], first.json()["published_revision"]) == ("published", first.json()["revision"])
    assert (await at.do("faq/parking", "restore", {"version": 99})).status_code == 404


def question(**more: Any) -> dict[str, Any]:
    return {
        "topic": "stores",
        "examples": {"zh": ["有充电桩吗"], "en": ["do you have chargers"]},
        "answers": {"zh": [{"text": "有的。"}], "en": [{"text": "Yes."}]},
        **more,
    }


async def test_a_new_question_gets_a_name_of_its_words_and_can_be_renamed_and_taken_back(at: Studio) -> None:
    made = await at.ask("ed", "POST", "entries", question())
    assert (made.status_code, made.json()["key"], made.json()["is_new"]) == (201, "faq/do_you_have_chargers", True)
    assert (await at.ask("ed", "POST", "entries", question())).json()["key"] == "faq/do_you_have_chargers_2"
    chinese = question(examples={"zh": ["有充电桩吗"]})
    assert (await at.ask("ed", "POST", "entries", chinese)).json()["key"] == "faq/you_chong_dian_zhuang_ma"
    assert (await at.ask("ed", "POST", "entries", question(key="parking"))).json()["code"] == "key_taken"
    gone = await at.ask("ed", "DELETE", "entries/faq%2Fdo_you_have_chargers_2", {"revision": "v1"})
    assert gone.json() == {}
    entry = await at.entry("faq/parking")
    renamed = await at.save({**entry, "new_key": "faq/car_park"})
    assert (renamed.json()["key"], renamed.json()["new_key"]) == ("faq/parking", "faq/car_park")
    kept = await at.save({**renamed.json(), "new_key": None})
    assert kept.json()["status"] == "draft"


async def test_a_question_that_a_button_leads_to_is_not_deleted(at: Studio) -> None:
    entry = await at.entry("faq/opening")
    entry["answers"]["en"][0]["buttons"] = [{"title": "Parking", "payload": "/faq/parking"}]
    assert (await at.save(entry)).status_code == 200
    await at.do("faq/opening", "review")
    await at.do("faq/opening", "approve", who="rex")
    put(at, at.room.studio.pen.render(await at.room.studio.approved(None)))
    parking = await at.entry("faq/parking")
    deleted = await at.ask("ed", "DELETE", "entries/faq%2Fparking", {"revision": parking["revision"]})
    assert (deleted.json()["deleted"], deleted.json()["status"]) == (True, "draft")
    refused = await at.do("faq/parking", "review")
    assert (refused.status_code, refused.json()["code"]) == (422, "has_faults")
    assert (await at.do("faq/parking", "discard")).json()["status"] == "published"


async def test_texts_of_the_bot_are_reworded_and_never_deleted(at: Studio) -> None:
    rows = (await at.get("entries?kind=text"))["entries"]
    assert [(row["key"], row["topic"]) for row in rows] == [("utter_greet", "always")]
    greeting = await at.entry("utter_greet")
    greeting["editors"]["tags"] = ["files have no place for these"]
    assert (await at.save(greeting)).json()["status"] == "published"
    saved = await at.says("utter_greet", "en", "Welcome, {agent} here.")
    assert saved["status"] == "draft"
    assert (await at.do("utter_greet", "review")).json()["status"] == "review"
    refused = await at.ask("ed", "DELETE", "entries/utter_greet", {"revision": saved["revision"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "text_stays")


async def test_the_list_is_filtered_and_counted(at: Studio) -> None:
    entry = await at.entry("faq/parking")
    entry["editors"] |= {"tags": ["car"], "owner": "ed"}
    await at.save(entry)
    whole = await at.get("entries")
    assert (whole["total"], whole["counts"]) == (3, {"draft": 1, "review": 0, "approved": 0})
    assert whole["topics"] == [
        {"name": "always", "count": 1, "kind": "text"},
        {"name": "stores", "count": 2, "kind": "faq"},
    ]
    assert (whole["tags"], whole["owners"]) == ([{"name": "car", "count": 1}], ["ed"])
    for query in ("tag=car", "owner=ed", "status=draft", "q=停车 场", "topic=stores&q=PARK"):
        assert [row["key"] for row in (await at.get(f"entries?{query}"))["entries"]] == ["faq/parking"], query
    assert (await at.get("entries?language=-en"))["total"] == 0


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("", "GET", "entries", 401),
        ("sam", "GET", "entries", 403),
        ("rex", "GET", "entries", 200),
        ("rex", "POST", "entries", 403),
        ("ed", "POST", "entries/faq%2Fparking/approve", 403),
        ("sam", "GET", "inbox", 403),
        ("sam", "GET", "export", 403),
        ("rex", "POST", "import", 403),
        ("ed", "GET", "audit", 200),
        ("ed", "GET", "entries/faq%2Fnone", 404),
        ("ed", "GET", "palette", 200),
    ],
)
async def test_each_role_may_do_its_part(at: Studio, who: str, method: str, path: str, status: int) -> None:
    assert (await at.ask(who, method, path, {} if method == "POST" else None)).status_code == status


async def test_the_routes_are_described(at: Studio) -> None:
    described = (await at.people[""].get("/docs/openapi.json")).json()["paths"]
    routes = {path: set(methods) for path, methods in described.items() if path.startswith("/api/studio/")}
    assert routes["/api/studio/entries/{key}"] == {"get", "put", "delete"}
    assert len(routes) >= 20
    tags = {tag for path in routes for method in described[path].values() for tag in method["tags"]}
    assert tags == {"studio"}


async def test_other_pages_can_do_nothing(at: Studio) -> None:
    headers = {"x-guitai": "", "origin": "https://elsewhere.example"}
    answer = await at.people["ed"].post("/api/studio/entries", json=question(), headers=headers)
    assert answer.status_code == 403


async def test_everything_is_written_down(at: Studio) -> None:
    await at.says("faq/parking", "en", "There is parking behind the house.")
    await at.do("faq/parking", "review")
    await at.do("faq/parking", "discard")
    found = await at.get("audit")
    assert [(each["who"], each["action"]) for each in found["entries"]] == [
        ("Ed", "discarded"),
        ("Ed", "asked_review"),
        ("Ed", "saved"),
    ]


async def test_a_preview_is_what_each_channel_sends(at: Studio) -> None:
    answer = {"text": "门店：{store}。", "buttons": [{"title": "导航", "payload": "/find_store"}]}
    shown = (await at.ask("ed", "POST", "preview", {"answer": answer, "language": "zh"})).json()
    assert shown["web"] == {"text": "门店：南京路店。", "buttons": [{"title": "导航"}], "image": None}
    assert shown["wechat"]["messages"] == [{"text": "门店：南京路店。", "buttons": [{"title": "导航"}]}]
    assert shown["telegram"]["keyboard"] == [[{"title": "导航"}]]
    long = (await at.ask("ed", "POST", "preview", {"answer": {"text": "长。" * 500}, "language": "zh"})).json()
    assert len(long["wechat"]["messages"]) == 2


@pytest.mark.asyncio(loop_scope="function")
async def test_a_draft_is_saved_only_over_what_was_read_whatever_the_database(database: Database) -> None:
    clock = FakeClock()

    def saving(text: str) -> Saving:
        return Saving("faq/x", {"says": text}, text, {"says": "base"}, "base")

    async def save(text: str, expected: int | None) -> int | None:
        made = await database.run(store.save, saving(text), expected=expected, who="ed", now=clock())
        return made and made.version

    assert await save("one", None) == 2  # the first version is what stood in the files
    assert await save("other", None) is None
    assert await save("two", 2) == 3
    assert await save("late", 2) is None
    moved = await database.run(
        store.move, "faq/x", of=[DraftState.DRAFT], to=DraftState.REVIEW, who="ed", now=clock(), what="asked_review"
    )
    assert moved is not None
    assert moved.state is DraftState.REVIEW
    found = await database.read(store.versions, "faq/x")
    assert [(each.number, each.what) for each in found] == [(3, "saved"), (2, "saved"), (1, "found")]
    rows = [store.Publishing("faq/x", "faq/x", 3, {"says": "two"}, "two")]
    await database.run(store.published, rows, publication="p", who="ed", now=clock())
    assert await database.read(store.find, "faq/x") is None
    assert (await database.read(store.newest_published))["faq/x"] == ("ed", clock())
