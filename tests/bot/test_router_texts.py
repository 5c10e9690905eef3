"""What the router says by itself stands in data/, in both languages, with the values it is given."""

from __future__ import annotations

import re

import pytest
import yaml

from bot.settings import ROOT

GIVEN = {
    "utter_empty": set(),
    "utter_too_long": {"characters"},
    "utter_action_failed": set(),
    "utter_handoff_in_line": {"minutes"},
    "utter_handoff_out_of_hours": {"opens", "closes"},
    "utter_files_kept": set(),
    "utter_handoff_place": {"place", "minutes"},
    "utter_handoff_moved": {"place", "minutes"},
    "utter_rating_thanks": set(),
    "utter_handoff_waiting": set(),
    "utter_handoff_left": set(),
    "utter_handoff_returned": set(),
    "utter_unreadable": set(),
    "utter_linked_notice": set(),
    "utter_unlinked_notice": set(),
    "utter_summary_asked": set(),
    "utter_summary_set_aside": set(),
}
"""The values that bot/turns.py and bot/switchboard.py give."""


@pytest.fixture(scope="module")
def responses() -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for name in ("system.yml", "always.yml", "skills/link_account.yml", "skills/unlink_account.yml"):
        found |= yaml.safe_load((ROOT / "data" / name).read_text(encoding="utf-8"))["responses"]
    return found


def test_every_sentence_of_the_router_is_listed_here() -> None:
    sources = [(ROOT / "bot" / name).read_text(encoding="utf-8") for name in ("turns.py", "switchboard.py")]
    named = set(re.findall(r'"(utter_\w+)"', "".join(sources)))
    assert named == GIVEN.keys()


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_it_is_there_in_both_languages_and_asks_only_for_what_is_given(
    name: str, responses: dict[str, list[dict[str, object]]]
) -> None:
    chinese, english = responses[name]
    assert "condition" in chinese
    assert "condition" not in english
    for variation in (chinese, english):
        assert set(re.findall(r"{(\w+)}", str(variation["text"]))) == GIVEN[name]


@pytest.mark.parametrize("name", ["utter_handoff_waiting", "utter_handoff_out_of_hours"])
def test_who_waits_is_offered_the_way_back(name: str, responses: dict[str, list[dict[str, object]]]) -> None:
    for variation in responses[name]:
        assert [button["payload"] for button in variation["buttons"]] == ["/stop"]
