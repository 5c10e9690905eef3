"""Questions as tables, out and in again."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import Workbook, load_workbook

from tests.bot.studios import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEADS = ["key", "topic", "questions_zh", "questions_en", "answer_zh", "answer_en"]
NEW = ["chargers", "stores", "有充电桩吗\n能充电吗", "do you have chargers", "有的。", "Yes."]


def table(*rows: list[str], encoding: str = "utf-8") -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([HEADS, *rows])
    return made.getvalue().encode(encoding)


async def bring(at: Studio, data: bytes, *, name: str = "faq.csv", dry_run: bool = False) -> dict:
    answer = await at.people["ed"].post(
        f"/api/studio/import?dry_run={int(dry_run)}",
        files={"file": (name, data)},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_is_exported_comes_back_unchanged(at: Studio, form: str) -> None:
    entry = await at.entry("faq/parking")
    entry["answers"]["zh"].append({"text": "=有停车位", "channel": "wechat"})
    entry["examples"]["en"].append("'+1 parking")
    entry["editors"]["tags"] = ["car", "店"]
    assert (await at.save(entry)).status_code == 200
    exported = await at.people["ed"].get(f"/api/studio/export?format={form}")
    report = await bring(at, exported.content, name=f"faq.{form}")
    assert [(row["key"], row["status"]) for row in report["rows"]] == [("faq/opening", "same"), ("faq/parking", "same")]


async def test_no_exported_cell_is_a_formula(at: Studio) -> None:
    entry = await at.entry("faq/parking")
    entry["answers"]["zh"][0]["text"] = "=HYPERLINK(1)"
    entry["answers"]["en"][0]["text"] = "@SUM(1)"
    await at.save(entry)
    book = load_workbook(io.BytesIO((await at.people["ed"].get("/api/studio/export?format=xlsx")).content))
    cells = [cell for row in book.worksheets[0] for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    written = (await at.people["ed"].get("/api/studio/export?format=csv&topic=stores")).text
    assert "'=HYPERLINK(1)" in written
    assert "'@SUM(1)" in written


async def test_a_report_tells_of_each_row_and_nothing_is_kept_while_one_is_refused(at: Studio) -> None:
    rows = [
        NEW,
        ["parking", "stores", "能停车吗", "is there parking", "没有停车位。", "There is none."],
        ["bad", "stores", "", "", "有。", "Yes."],
        ["formula", "stores", "有吗", "any", "=1+1", "Yes."],
        ["chargers", "stores", "又来一次", "again", "有。", "Yes."],
        ["../etc", "stores", "路径", "path", "有。", "Yes."],
    ]
    report = await bring(at, table(*rows))
    assert [(row["row"], row["status"]) for row in report["rows"]] == [
        (2, "new"),
        (3, "changed"),
        (4, "refused"),
        (5, "refused"),
        (6, "refused"),
        (7, "refused"),
    ]
    assert not report["applied"]
    assert "formula" in report["rows"][3]["words"]["en"]
    assert "row 2" in report["rows"][4]["words"]["en"]
    assert (await at.get("entries?status=draft"))["total"] == 0


async def test_rows_become_drafts_and_keep_what_a_table_does_not_show(at: Studio) -> None:
    rows = [NEW, ["parking", "stores", "能停车吗\n有停车场吗", "is there parking", "没有。", "There is none."]]
    assert (await bring(at, table(*rows), dry_run=True))["applied"] is False
    assert (await at.get("entries?status=draft"))["total"] == 0
    assert (await bring(at, table(*rows)))["counts"] == {"new": 1, "changed": 1, "same": 0, "refused": 0}
    parking = await at.entry("faq/parking")
    assert parking["answers"]["zh"][0]["buttons"] == [{"title": "查门店", "payload": "/find_store"}]
    assert (await at.entry("faq/chargers"))["examples"]["zh"] == ["有充电桩吗", "能充电吗"]
    assert (await at.get("audit"))["entries"][0]["action"] == "imported"


async def test_a_column_that_is_emptied_takes_its_answer_away_and_what_has_no_column_stays(at: Studio) -> None:
    entry = await at.entry("faq/parking")
    entry["answers"]["zh"] += [{"text": "微信停车", "channel": "wechat"}, {"text": "第二种说法。"}]
    assert (await at.save(entry)).status_code == 200
    heads = [*HEADS, "answer_zh:wechat", "answer_zh:telegram"]
    row = [
        "parking",
        "stores",
        "能停车吗\n有停车场吗",
        "is there parking\ncan I park my car",
        "有的。",
        "There is parking.",
    ]
    made = io.StringIO(newline="")
    csv.writer(made).writerows([heads, [*row, "", "电报停车"]])
    assert (await bring(at, made.getvalue().encode()))["applied"]
    answers = (await at.entry("faq/parking"))["answers"]["zh"]
    assert [(answer["channel"], answer["text"]) for answer in answers] == [
        (None, "有的。"),
        (None, "第二种说法。"),
        ("telegram", "电报停车"),
    ]


@pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.slow)])
async def test_many_rows_are_kept_at_once(at: Studio, count: int) -> None:
    rows = [
        [f"q{n}", "many", f"第{n}号问题怎么办", f"what about number {n}", f"第{n}号。", f"Number {n}."]
        for n in range(count)
    ]
    assert (await bring(at, table(*rows)))["counts"]["new"] == count
    assert (await at.get("entries?topic=many"))["total"] == count


async def test_a_draft_that_came_in_between_stays_and_the_report_says_so(
    at: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = at.room.studio
    whole = work.checker.quick_faults

    async def meanwhile(entries: list) -> list:
        await at.says("faq/parking", "en", "Park on the roof.", who="eva")
        return await whole(entries)

    monkeypatch.setattr(work.checker, "quick_faults", meanwhile)
    row = ["parking", "stores", "能停车吗", "is there parking", "没有。", "There is none."]
    report = await bring(at, table(NEW, row))
    assert [line["status"] for line in report["rows"]] == ["new", "refused"]
    assert (await at.entry("faq/parking"))["answers"]["en"][0]["text"] == "Park on the roof."
    assert (await at.entry("faq/chargers"))["status"] == "draft"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
async def test_the_encodings_of_this_world_are_read(at: Studio, encoding: str) -> None:
    report = await bring(at, table(NEW, encoding=encoding), dry_run=True)
    assert report["counts"]["new"] == 1


async def test_an_excel_file_with_numbers_and_dates_is_read_as_text(at: Studio) -> None:
    book = Workbook()
    book.active.append([*HEADS, "valid_until"])
    book.active.append(["", "stores", "8812", "how long", "见门店。", "See the store.", "2026-12-31"])
    made = io.BytesIO()
    book.save(made)
    report = await bring(at, made.getvalue(), name="a.xlsx")
    assert report["rows"][0]["key"] == "faq/how_long"
    assert (await at.entry("faq/how_long"))["editors"]["valid_until"] == "2026-12-31"


async def test_a_formula_in_an_excel_file_is_refused_with_its_row(at: Studio) -> None:
    book = Workbook()
    book.active.append(HEADS)
    book.active.append([*NEW[:4], "=WEBSERVICE(1)", "Yes."])
    made = io.BytesIO()
    book.save(made)
    report = await bring(at, made.getvalue(), name="a.xlsx")
    assert [(row["row"], row["status"]) for row in report["rows"]] == [(2, "refused")]
