"""Reading config, domain and data: Rasa's meaning, no environment, faults with their place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.engine.content import Content, FolderImporter, fingerprint, read_yaml
from bot.errors import ContentError
from tests.bot.engine.conftest import CORNER


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(CORNER, tmp_path / "bot")
    return tmp_path / "bot"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_scalars_are_read_as_rasa_reads_them(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.yml",
        "no: no\nyes: yes\ntime: 12:30\ndate: 2027-02-06\noctal: 0123\nint: 7\nfloat: 1.5\nbool: true\nnone: null\n"
        "tilde: ~\nempty:\nunder: 1_000\n'on': off\nnull_word: nullable\n",
    )
    assert read_yaml(path) == {
        "no": "no",
        "yes": "yes",
        "time": "12:30",
        "date": "2027-02-06",
        "octal": 123,
        "int": 7,
        "float": 1.5,
        "bool": True,
        "none": None,
        "tilde": None,
        "empty": None,
        "under": "1_000",
        "on": "off",
        "null_word": "nullable",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: ${HOME}\n", r"x\.yml:2: .*environment"),
        ('a: "${HOME}"\n', r"x\.yml:1: .*environment"),
        ("a: 1\nb: [\n", r"x\.yml:\d+: "),
        ("a: 1\na: 2\n", r"x\.yml:2: the key 'a' stands here twice"),
        ("- a\n", r"x\.yml: a mapping belongs here"),
        ("a: !!python/object/apply:os.system [id]\n", r"x\.yml:1: could not determine a constructor"),
        ("a: *b\n", r"x\.yml:1: found undefined alias"),
    ],
)
def test_a_file_that_cannot_be_used_names_its_place(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ContentError, match=fault):
        read_yaml(write(tmp_path / "x.yml", text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError, match="cannot be read"):
        read_yaml(path)
    with pytest.raises(ContentError, match="cannot be read"):
        read_yaml(tmp_path / "absent.yml")


def test_the_environment_is_not_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUITAI_TEST_SECRET", "hunter2")
    before = dict(os.environ)
    write(root / "data" / "leak.yml", "responses:\n  utter_leak:\n  - text: ${GUITAI_TEST_SECRET}\n")
    with pytest.raises(ContentError, match=r"leak\.yml:3"):
        Content.read(root)
    assert dict(os.environ) == before


def test_a_clean_folder_has_no_faults(root: Path) -> None:
    importer = FolderImporter(root)
    assert importer.faults == []
    assert importer.get_domain().retrieval_intents == ["faq"]
    assert "utter_faq" in importer.get_domain().action_names_or_texts
    texts = [example.get("text") for example in importer.get_nlu_data().intent_examples]
    assert "订单GT2600010042到哪了" in texts


def test_annotations_synonyms_lookups_and_regexes_are_read(root: Path) -> None:
    write(
        root / "data" / "words.yml",
        "nlu:\n"
        '- intent: greet\n  examples: |\n    - hi [魔都]{"entity": "city", "value": "Shanghai"}\n'
        "- synonym: Nanjing\n  examples: |\n    - 金陵\n"
        "- lookup: city\n  examples: |\n    - Suzhou\n"
        "- regex: order_number\n  examples: |\n    - GT\\d{10}\n",
    )
    data = FolderImporter(root).get_nlu_data()
    (example,) = [one for one in data.intent_examples if one.get("text") == "hi 魔都"]
    assert example.get("entities")[0]["value"] == "Shanghai"
    assert data.entity_synonyms == {"魔都": "Shanghai", "金陵": "Nanjing"}
    assert data.lookup_tables == [{"name": "city", "elements": ["Suzhou"]}]
    assert data.regex_features == [{"name": "order_number", "pattern": r"GT\d{10}"}]


def test_other_yaml_beside_the_training_data_is_passed_over(root: Path) -> None:
    write(root / "data" / "demo" / "policies.yml", "returns:\n  days: 7\n")
    assert FolderImporter(root).faults == []


def test_an_unknown_intent_in_a_rule_is_a_fault(root: Path) -> None:
    write(root / "data" / "extra.yml", "rules:\n- rule: x\n  steps: [{intent: unheard_of}, {action: utter_greet}]\n")
    assert any("unheard_of" in fault for fault in FolderImporter(root).faults)


def test_a_response_given_twice_names_both_files(root: Path) -> None:
    write(root / "data" / "extra.yml", "responses:\n  utter_greet:\n  - text: Hi\n")
    with pytest.raises(ContentError, match=r"skills\.yml: response 'utter_greet' is already given in .*extra\.yml"):
        Content.read(root).responses()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nlu: hello\n", "must be a list"),
        ("responses:\n  utter_x: Hi\n", "utter_x.*list of variations"),
        ("rules:\n- rule: x\n  steps: [{intent: greet}, {nonsense: 1}]\n", "extra"),
        ("rules:\n- steps\n", "extra"),
    ],
)
def test_data_of_the_wrong_shape_is_refused(root: Path, text: str, fault: str) -> None:
    write(root / "data" / "extra.yml", text)
    try:
        importer = FolderImporter(root)
    except ContentError as error:
        assert "extra.yml" in str(error)  # noqa: PT017 - either way must name the file
        return
    assert any("extra" in one for one in importer.faults), fault


def test_a_broken_domain_names_the_domain(root: Path) -> None:
    domain = root / "domain.yml"
    domain.write_text(domain.read_text().replace("type: bool", "type: unheard"), encoding="utf-8")
    with pytest.raises(ContentError, match=r"domain\.yml: .*unheard"):
        FolderImporter(root)


def test_the_fingerprint_follows_the_bytes_and_not_the_dates(root: Path) -> None:
    before = fingerprint(root)
    os.utime(root / "domain.yml", (1, 1))
    assert fingerprint(root) == before
    write(root / "data" / "demo" / "products.csv", "sku\nP1\n")
    changed = fingerprint(root)
    assert changed != before
    (root / "data" / "demo" / "products.csv").rename(root / "data" / "demo" / "goods.csv")
    assert fingerprint(root) not in (before, changed)
