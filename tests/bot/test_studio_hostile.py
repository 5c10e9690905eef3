"""Damaged and hostile inputs: each is refused in words or kept as the mere text it is, and nothing is published."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import Workbook

from bot.content.entries import Change
from tests.bot.studios import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"content-type": "application/json"}
PARKING = "entries/faq%2Fparking"
HEADS = ["key", "topic", "questions_zh", "questions_en", "answer_zh", "answer_en"]
GOOD = ["chargers", "stores", "有充电桩吗", "do you have chargers", "有的。", "Yes."]


@dataclass(frozen=True)
class Attack:
    """A request; `kept` is a text that may be taken, as text, into a draft's answer."""

    name: str
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    kept: str | None = None
    row: int | None = None
    """The row of a table that is to be named."""
    who: str = "ed"


@cache
def attacks() -> list[Attack]:
    """All of them; half a thousand, the same in every run."""
    kinds = (
        _unseen, _names, _shapes, _bodies, _revisions, _templates, _markup, _cells, _damaged, _tables, _numbers, _links,
    )  # fmt: skip
    return [attack for kind in kinds for attack in kind()]


def _json(name: str, method: str, path: str, body: Any, **more: Any) -> Attack:
    return Attack(name, method, path, json.dumps(body).encode(), JSON, **more)


def entry(**more: Any) -> dict[str, Any]:
    return {
        "topic": "stores",
        "examples": {"zh": ["有充电桩吗"], "en": ["do you have chargers"]},
        "answers": {"zh": [{"text": "有的。"}], "en": [{"text": "Yes."}]},
        **more,
    }


def _placed(where: str, text: Any) -> dict[str, Any]:
    """An entry with a text somewhere."""
    answer = {"text": "有的。", "buttons": [{"title": "去", "payload": "/human"}]}
    match where:
        case "wording":
            return entry(examples={"zh": [text], "en": ["do you have chargers"]})
        case "answer":
            return entry(answers={"zh": [{**answer, "text": text}], "en": [{"text": "Yes."}]})
        case "title":
            return entry(answers={"zh": [{**answer, "buttons": [{"title": text, "payload": "/human"}]}]})
        case "payload":
            return entry(answers={"zh": [{**answer, "buttons": [{"title": "去", "payload": text}]}]})
        case "image":
            return entry(answers={"zh": [{**answer, "image": text}]})
        case "channel":
            return entry(answers={"zh": [{**answer, "channel": text}]})
        case "tag":
            return entry(editors={"tags": [text]})
        case _:
            return entry(editors={where: text})


def _unseen() -> Iterator[Attack]:
    """What a reader cannot see, or that turns what they read."""
    codes = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F)]
    codes += [*range(0x2066, 0x206A), 0xFEFF, 0xFFFE, 0xE000, 0xD800, 0xDFFF, 0x10FFFF]
    places = ("wording", "answer", "title", "tag", "owner")
    for number, code in enumerate(codes):
        for where in (places[number % 5], places[(number + 2) % 5]):
            text = f"有{chr(code)}的"
            if code == 0x85 and where == "wording":
                continue
            yield _json(f"U+{code:04X} in {where}", "POST", "entries", _placed(where, text))


def _names() -> Iterator[Attack]:
    tricks = [
        "../../etc/passwd", "..", ".", "/", "a/b", "faq/../x", "faq//x", "C:\\x", "x\0y", "x.yml", "X", "1x", "x y",
        "x" * 200, "ключ", "中文", "%2e%2e", "x;rm -rf", "x\n", "$(id)", "`id`", "x'", 'x"', "--", "x/../../y", "~",
        "con:", "\u202ex", "faq/faq/x", "*", "&a", "{x}", "${x}", "<b>",
    ]  # fmt: skip
    for trick in tricks:
        yield _json(f"key {trick!r}", "POST", "entries", entry(key=trick))
        yield _json(f"topic {trick!r}", "POST", "entries", entry(topic=trick))
        yield _json(f"rename to {trick!r}", "PUT", PARKING, {"revision": "@current", "entry": entry(new_key=trick)})
    for trick in tricks[:12]:
        if trick not in (".", ".."):  # a client resolves these itself
            yield _json(f"read {trick!r}", "GET", f"entries/{quote(trick, safe='')}", None)


def _shapes() -> Iterator[Attack]:
    """Values of the wrong kind."""
    wrong: list[Any] = [7, True, [], [[]], {}, "x", 1.5, [None], [7], [{}], {"zh": 7}, {"zh": [7]}, {"zh": {"0": "x"}}]
    for name in ("examples", "answers", "editors", "topic"):
        for value in wrong:
            fine = (name == "topic" and value == "x") or value == {} or (name == "editors" and value in ({"zh": 7}, []))
            if not fine and not (name == "editors" and isinstance(value, dict)):
                yield _json(f"{name} is {value!r}", "POST", "entries", entry(**{name: value}))
    for where in ("answer", "title", "payload", "image", "channel", "tag", "owner", "valid_from"):
        for value in (7, [], {"a": 1}, True):
            yield _json(f"{where} is {value!r}", "POST", "entries", _placed(where, value))
    for length, where in ((5001, "answer"), (201, "wording"), (101, "title"), (501, "payload"), (41, "tag")):
        yield _json(f"{where} too long", "POST", "entries", _placed(where, "长" * length))
    yield _json("too many wordings", "POST", "entries", entry(examples={"zh": [f"问{n}" for n in range(301)]}))
    yield _json("too many answers", "POST", "entries", entry(answers={"zh": [{"text": "有"}] * 21}))
    for day in ("2026-13-01", "tomorrow", "2026-02-30", "01/02/2026", "2026-11-22T00:00", "-1"):
        yield _json(f"from {day}", "POST", "entries", _placed("valid_from", day))
    yield _json(
        "a condition of one's own", "POST", "entries", entry(answers={"zh": [{"text": "有", "when": [{"slot": "x"}]}]})
    )


def _bodies() -> Iterator[Attack]:
    """What is no JSON object."""
    bodies = [
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"\xff\xfe{}",
        b"{'a':1}",
        b"[" * 5000,
        b'{"a":' * 3000,
        b"\0",
        b"a=1",
    ]
    for number, body in enumerate(bodies):
        for path, method in (("entries", "POST"), ("check", "POST"), (PARKING, "PUT"), ("preview", "POST")):
            yield Attack(f"body {number} to {path}", method, path, body, JSON)
    yield Attack("another type", "POST", "entries", json.dumps(entry()).encode(), {"content-type": "text/plain"})
    yield Attack("two megabytes", "POST", "entries", b'{"a":"' + b"x" * 2_000_000 + b'"}', JSON)


def _revisions() -> Iterator[Attack]:
    for revision in (None, 7, "", "v1", "v99999999999", "p0000000000000000", "now", [], {}, "v-1", "x" * 5000, True):
        body = {"revision": revision, "entry": entry(key="faq/parking")}
        yield _json(f"revision {revision!r:.20}", "PUT", PARKING, body)
        yield _json(f"delete at {revision!r:.20}", "DELETE", PARKING, {"revision": revision})
    for version in (None, 0, -1, 99, "1", "1 OR 1=1", [1], 2**70, True):
        yield _json(f"restore {version!r:.20}", "POST", f"{PARKING}/restore", {"version": version})
    for step in ("approve", "send_back"):
        yield _json(f"{step} without a draft", "POST", f"{PARKING}/{step}", {}, who="rex")
    for key in ("faq/parking", "faq/none", "utter_greet"):
        for step in ("review", "discard"):
            yield _json(f"{step} {key}", "POST", f"entries/{quote(key, safe='')}/{step}", {})
    yield _json("a text is deleted", "DELETE", "entries/utter_greet", {"revision": "@current"})


def _templates() -> Iterator[Attack]:
    """Kept as the text they are, and found to be wrong."""
    texts = [
        "${HOME}", "a ${PATH} b", "{", "}", "{}", "{{7*7}}", "{config}", "{0}", "{a.b}", "{__class__}",
        "{a!r}", "{%x%}",
        "{self._x}", "}{", "{ store }", "{store:>9999999}", "#{x}", "$${x}", "{order_number[0]}", "{{{{",
        "${jndi:ldap}",
    ]  # fmt: skip
    for text in texts:
        yield _json(f"template {text}", "PUT", PARKING, {"revision": "@current", "entry": _says(text)}, kept=text)


def _says(text: str) -> dict[str, Any]:
    answers = {"zh": [{"text": text}], "en": [{"text": text}]}
    return {**entry(key="faq/parking", answers=answers), "examples": {"zh": ["能停车吗"], "en": ["is there parking"]}}


def _markup() -> Iterator[Attack]:
    """Text that would mean something to YAML, HTML, SQL or Rasa, were it not text."""
    texts = [
        "- intent: evil", "- text: evil", "key: value", "a: b: c", "# a remark", "text # no remark", "---",
        "...", "*usual_zh",
        "&usual_zh x", "!!python/object/apply:os.system [id]", "!!binary x", "!tag", "? x", "| x", "|", ">",
        "> x", "@x", "`x`",
        "%YAML 1.2", "[a, b]", "'quoted'", '"quoted"', "it's \"both\"", "back\\slash", "\\n", "\\u0041",
        "true", "null", "~",
        "0x1F", "1e3", "12:30:45", "2026-11-22", "<<", "=", "no", "line one\nline two", "a\n\nb",
        "a\n- b\n  c: d", "a\n#b",
        "a\n---\nb", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'; DROP TABLE studio_drafts; --",
        "[南京路店](store)", "/restart", "/human{\"a\": 1}", "😀👨‍👩‍👧🫨", "أهلا", "a\u200db", "a\u3000b", "\u00a0x",
        "a\tb",
        "trailing:", "- ", "-", "x" * 600, "responses:\n  utter_greet: []", "' #", "a,b]}", "@SUM(1)", "+1",
        "{store}",
    ]  # fmt: skip
    for text in texts:
        yield _json(f"text {text!r:.30}", "PUT", PARKING, {"revision": "@current", "entry": _says(text)}, kept=text)


def _file(name: str, data: bytes, *, row: int | None = None, file: str = "faq.csv") -> Attack:
    head = f'--between7d1f\r\ncontent-disposition: form-data; name="file"; filename="{file}"\r\n'.encode()
    head += b"content-type: application/octet-stream\r\n\r\n"
    headers = {"content-type": "multipart/form-data; boundary=between7d1f"}
    return Attack(name, "POST", "import", head + data + b"\r\n--between7d1f--\r\n", headers, row=row)


def _table(*rows: list[str], heads: list[str] = HEADS) -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([heads, *rows])
    return made.getvalue().encode()


def _cells() -> Iterator[Attack]:
    """One bad cell beside good rows: its row is named, and none is taken."""
    cells = [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        '=HYPERLINK("http://x")',
        " =1",
        "\t=1",
        "有\u202e的",
        "有\x07的",
    ]
    for cell in cells:
        for column in range(len(HEADS)):
            bad = [*GOOD]
            bad[column] = cell
            yield _file(f"{cell!r} in {HEADS[column]}", _table(GOOD, bad), row=3)
    for column in (1, 2, 3, 4, 5):
        bad = ["other", *GOOD[1:]]
        bad[column] = ""
        yield _file(f"no {HEADS[column]}", _table(GOOD, bad), row=3)
    yield _file("twice", _table(GOOD, GOOD), row=3)
    yield _file("a template", _table(["other", "stores", "别的问法", "another", "${HOME}", "Yes."]), row=2)
    for formula in ("=1+1", '=WEBSERVICE("http://x")', "=IMPORTXML(1)"):
        for column in range(2, len(HEADS)):
            bad = [*GOOD]
            bad[column] = formula
            yield _file(f"Excel {formula} in {HEADS[column]}", _excel(GOOD, bad), row=3, file="a.xlsx")


def _excel(*rows: list[str]) -> bytes:
    book = Workbook()
    for row in (HEADS, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _damaged() -> Iterator[Attack]:
    """Excel files that are cut, stirred, bombs, or something else."""
    whole, dice = _excel(GOOD), random.Random(5)
    for share in range(5, 100, 5):
        yield _file(f"{share} % of a file", whole[: len(whole) * share // 100], file="a.xlsx")
    for number in range(12):
        stirred = bytearray(whole)
        for _ in range(200):
            stirred[dice.randrange(100, len(stirred))] = dice.randrange(256)
        yield _file(f"stirred {number}", bytes(stirred), file="a.xlsx")
    doctype = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for part in ("xl/workbook.xml", "[Content_Types].xml", "xl/worksheets/sheet1.xml"):
        yield _file(f"entities in {part}", _archive({part: doctype}), file="a.xlsx")
    bomb = bytearray(_archive({"xl/worksheets/sheet1.xml": b"0" * 1000}))
    for at in (bomb.find(b"PK\x03\x04") + 22, bomb.find(b"PK\x01\x02") + 24):  # how long it says it would be
        bomb[at : at + 4] = (210_000_000).to_bytes(4, "little")
    yield _file("a bomb", bytes(bomb), file="a.xlsx")
    yield _file("an empty archive", _archive({}), file="a.xlsx")
    yield _file("a path", _archive({"../../x.xml": b"<a/>"}), file="a.xlsx")
    for name, data in (
        ("old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x"),
        ("pdf", b"%PDF-1.7"),
        ("png", b"\x89PNG\r\n\x1a\n"),
    ):
        yield _file(f"{name} as Excel", data, file="a.xlsx")


def _archive(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def _tables() -> Iterator[Attack]:
    """Whole files that are none."""
    yield _file("zeros", b"key\0topic\0")
    yield _file("noise", random.Random(3).randbytes(3000))
    yield _file("an open quote", b'key,topic\n"abc')
    yield _file("a giant cell", _table([*GOOD[:4], "长" * 70_000, "Yes."]))
    yield _file("half a letter", _table(GOOD)[:-3] + b"\x81\x30\x81")
    yield _file("nothing but a mark", b"\xef\xbb\xbf")
    yield _file(
        "too many rows", b"key,topic,questions_zh,questions_en,answer_zh,answer_en\n" + b"a,b,c,d,e,f\n" * 20_002
    )
    yield _file("UTF-16 cut in half", _table(GOOD).decode().encode("utf-16")[:-1])
    for missing in HEADS[1:]:
        heads = [head for head in HEADS if head != missing]
        yield _file(f"no column {missing}", _table(GOOD[:-1], heads=heads))
    yield Attack("no form", "POST", "import", b"x", {"content-type": "text/csv"})
    yield Attack("no boundary", "POST", "import", b"x", {"content-type": "multipart/form-data"})
    yield Attack("no file", "POST", "import", b"--b--", {"content-type": "multipart/form-data; boundary=between7d1f"})


def _numbers() -> Iterator[Attack]:
    for number in ("unknown-1", "x", "unknown--1", "by_hand-99999999999999999999", "../x", "unknown-1' OR 1=1"):
        for what in ("assign", "new", "dismiss"):
            yield _json(f"{what} {number}", "POST", f"inbox/{quote(number, safe='')}/{what}", {"key": "faq/parking"})
    for kind in ("x", "../x", "unknown'", "\u202e"):
        yield _json(f"inbox {kind!r}", "GET", f"inbox?kind={quote(kind)}", None)
    for form in ("exe", "../x", "csv%00", "XLSX"):
        yield _json(f"export {form}", "GET", f"export?format={form}", None)


def _links() -> Iterator[Attack]:
    """Pictures from odd places."""
    for address in (
        "javascript:alert(1)", "data:text/html,x", "//x.example/a.png", "ftp://x/a.png", "http://",
        "https://a b/c.png",
        "http://u:p@x.example/a.png", "file:///etc/passwd", "http://x.example:0/a", "https://x\\y/a.png",
        "http://[::1/a",
        "https://x.example/<script>", "x.png", "http://x.example:99999/", "HTTPS:/x",
    ):  # fmt: skip
        yield _json(f"image {address}", "POST", "entries", _placed("image", address))


async def survive(at: Studio, chosen: list[Attack]) -> None:
    before = _bytes(at.house.root)
    shown = {attack.name: await _one(at, attack) for attack in chosen}
    assert [f"{name}: {wrong}" for name, wrong in shown.items() if wrong] == []
    assert _bytes(at.house.root) == before, "a file was touched"
    assert await at.room.studio.approved(None) == []
    assert (await at.entry("faq/opening"))["answers"]["en"][0]["text"] == "We are open 13 hours a day."


def _bytes(root: Path) -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


async def _one(at: Studio, attack: Attack) -> str:
    """What was wrong with how an attack was met; empty when it was met well."""
    body = attack.body
    if b'"revision": "@current"' in body:
        key = "utter_greet" if "utter_greet" in attack.path else "faq/parking"
        revision = (await at.entry(key))["revision"]
        body = body.replace(b'"revision": "@current"', f'"revision": "{revision}"'.encode())
    answer = await at.people[attack.who].request(
        attack.method, f"/api/studio/{attack.path}", content=body, headers={**attack.headers, "accept-language": "en"}
    )
    found = answer.json()
    if attack.kept is not None:
        return await _is_mere_text(at, attack.kept, answer.status_code, found)
    if attack.row is not None:
        refused = [row for row in found.get("rows", ()) if row["status"] == "refused" and row["row"] == attack.row]
        fine = answer.status_code == 200 and not found["applied"] and refused and refused[0]["words"]["zh"]
        return "" if fine else f"{answer.status_code} {answer.text[:200]}"
    fine = 400 <= answer.status_code < 500 and found["error"] and "Traceback" not in answer.text
    return "" if fine else f"{answer.status_code} {answer.text[:200]}"


async def _is_mere_text(at: Studio, text: str, status: int, found: dict[str, Any]) -> str:
    """A draft says exactly this, and so would the file."""
    if status != 200:
        return f"{status} {found}"
    says = found["answers"]["zh"][0]["text"]
    if says != " ".join(text.split("\t")).strip():
        return f"says {says!r}"
    state = await at.room.studio.state("faq/parking")
    at.room.studio.pen.render([Change("faq/parking", state.published, state.entry)])  # refuses what reads otherwise
    if "${" in text or ("{" in text and text not in ("{store}", '/human{"a": 1}')):
        review = await at.do("faq/parking", "review")
        if review.status_code != 422:
            return f"review: {review.status_code}"
    return ""


async def test_there_are_half_a_thousand_different_attacks() -> None:
    names = [attack.name for attack in attacks()]
    assert len(names) == len(set(names))
    assert len(names) >= 500


async def test_every_ninth_attack_is_met(at: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_limit(at, monkeypatch)
    await survive(at, attacks()[::9])


@pytest.mark.slow
async def test_every_attack_is_met(at: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_limit(at, monkeypatch)
    await survive(at, attacks())


def _without_limit(at: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    async def allow(*_: object, **__: object) -> bool:
        return True

    monkeypatch.setattr(at.house.live, "allow", allow)


async def test_fifty_megabytes_are_refused_without_being_held(at: Studio) -> None:
    async def endless() -> Any:
        for _ in range(600):
            yield b"x" * 100_000

    headers = {"content-type": "multipart/form-data; boundary=between7d1f", "content-length": "60000000"}
    answer = await at.people["ed"].post("/api/studio/import", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_big")


async def test_imports_are_taken_one_after_the_other(at: Studio) -> None:
    codes = [await _import_status(at) for _ in range(21)]
    assert codes[-1] == 429


async def _import_status(at: Studio) -> int:
    answer = await at.people["eva"].post("/api/studio/import", content=b"x", headers={"content-type": "text/csv"})
    return answer.status_code
