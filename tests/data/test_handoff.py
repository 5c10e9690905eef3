"""Every wish for a person has its sentence for the agent, in both languages, and knows what the sentence says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SENTENCES: dict[str, list[dict[str, Any]]] = {}
for _file in ("handoff.yml", "system.yml"):
    SENTENCES |= yaml.safe_load((ROOT / "data" / _file).read_text(encoding="utf-8"))["responses"]


def _wishes() -> Iterator[tuple[str, set[str]]]:
    """The sentence of each wish of a routine, and the facts given with it."""
    shared = _keys_of_facts()
    for path in sorted((ROOT / "actions").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "hand_over":
                given = {word.arg: word.value for word in call.keywords}
                summary = given["summary"]
                assert isinstance(summary, ast.Constant), path
                yield str(summary.value), {name for name in given if name} | (shared if None in given else set())


def _keys_of_facts() -> set[str]:
    tree = ast.parse((ROOT / "actions" / "items_back.py").read_text(encoding="utf-8"))
    facts = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "facts")
    made = next(one for one in ast.walk(facts) if isinstance(one, ast.Dict))
    return {str(key.value) for key in made.keys if isinstance(key, ast.Constant)}


WISHES = [*_wishes()]


@pytest.mark.parametrize(("name", "facts"), WISHES, ids=[name for name, _ in WISHES])
def test_a_wish_is_told_in_both_languages_from_its_own_facts(name: str, facts: set[str]) -> None:
    chinese, english = SENTENCES[name]
    assert chinese["condition"] == [{"type": "slot", "name": "language", "value": "zh"}]
    assert "condition" not in english
    for variation in (chinese, english):
        assert set(re.findall(r"\{(\w+)\}", variation["text"])) <= facts


def test_no_sentence_is_left_over() -> None:
    written = {name for name in SENTENCES if name.startswith("utter_summary_")}
    assert written == {"utter_summary_set_aside"} | {name for name, _ in WISHES}
