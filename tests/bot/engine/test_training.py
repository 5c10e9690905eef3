"""From a folder to a model, and from one model to the next."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine import training
from bot.engine.engine import Engine
from bot.engine.tracker import Past
from bot.errors import ContentError, ModelError
from bot.messages import Turn
from tests.bot.engine.bots import corner_actions
from tests.bot.engine.conftest import CORNER, TRUSTED, Customer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(CORNER, tmp_path / "bot")
    return tmp_path / "bot"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def engine_of(model: Path) -> Engine:
    return Engine.load(model, actions=[action() for action in corner_actions.ALL], trusted=TRUSTED)


def test_a_model_is_named_by_its_time_and_what_it_is_made_of(root: Path, models: Path) -> None:
    model = training.train(root, models)
    assert model.parent == models
    assert training.fingerprint(root)[:12] in model.name
    assert training.latest(models) == model


def test_training_is_needed_when_something_changed(root: Path, models: Path) -> None:
    model = training.train(root, models)
    assert training.is_current(model, root)
    edit(root / "data" / "faq.yml", "Free above 99.", "Free above 199.")
    assert not training.is_current(model, root)
    assert training.is_current(training.train(root, models), root)


def test_a_model_that_cannot_be_used_is_not_current(root: Path, tmp_path: Path) -> None:
    assert not training.is_current(tmp_path / "absent.tar.gz", root)
    (tmp_path / "odd.tar.gz").write_bytes(b"odd")
    assert not training.is_current(tmp_path / "odd.tar.gz", root)
    assert training.latest(tmp_path / "nowhere") is None


def test_progress_goes_from_nothing_to_all(root: Path, models: Path) -> None:
    told: list[tuple[str, float]] = []
    training.train(root, models, lambda step, done: told.append((step, done)))
    shares = [done for _, done in told]
    assert (told[0], told[-1]) == (("reading", 0.0), ("done", 1.0))
    assert shares == sorted(shares)
    assert len(told) > 5


def test_an_unchanged_component_is_not_trained_again(root: Path, models: Path) -> None:
    def steps() -> set[str]:
        told: set[str] = set()
        training.train(root, models, lambda step, done: told.add(step))
        return told

    first = steps()
    edit(root / "data" / "faq.yml", "Free above 99.", "Free above 199.")
    assert "training_tracker_provider" in first
    assert "training_tracker_provider" not in steps()


async def test_a_new_example_is_understood_after_training(root: Path, models: Path) -> None:
    assert engine_of(training.train(root, models)).understand("howdy").intent == "nlu_fallback"
    edit(root / "data" / "skills.yml", "    - hello\n", "    - hello\n    - howdy\n")
    engine = engine_of(training.train(root, models))
    assert engine.understand("howdy").intent == "greet"


FAULTS = [
    ("config.yml", "tests.bot.engine.bots.phrasebook.Phrasebook", "bot.nlu.absent.Component", r"config\.yml: .*absent"),
    ("config.yml", "bot.engine.policy.IndexedRulePolicy", "NoSuchPolicy", r"config\.yml: "),
    ("config.yml", "policies:", "rules:", r"config\.yml: `policies:`"),
    ("config.yml", "default.v1", "graph.v1", r"config\.yml: only the recipe default\.v1"),
    ("data/skills.yml", "action: utter_greet", "action: utter_absent", "utter_absent"),
    ("data/skills.yml", "requested_slot: null", "absent_slot: null", "absent_slot"),
    (
        "data/skills.yml",
        "- rule: find store\n",
        "- rule: greet otherwise\n  steps: [{intent: greet}, {action: utter_welcome}]\n- rule: find store\n",
        "greet otherwise",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "fault"), FAULTS)
def test_content_that_cannot_be_trained_says_why(
    root: Path, models: Path, file: str, old: str, new: str, fault: str
) -> None:
    edit(root / file, old, new)
    with pytest.raises(ContentError, match=fault):
        training.train(root, models)
    assert training.latest(models) is None


def test_what_rasa_warns_of_is_logged(root: Path, models: Path, caplog: pytest.LogCaptureFixture) -> None:
    edit(
        root / "data" / "skills.yml",
        "- rule: find store\n",
        "- rule: x\n  steps: [{intent: unheard}]\n- rule: find store\n",
    )
    caplog.set_level(logging.WARNING)
    training.train(root, models)
    assert any("unheard" in message for message in caplog.messages)


def test_rasas_own_components_may_be_named_as_in_rasa(root: Path, models: Path) -> None:
    config = root / "config.yml"
    config.write_text(
        "recipe: default.v1\nassistant_id: corner\npipeline:\n- name: WhitespaceTokenizer\n"
        "- name: KeywordIntentClassifier\n- name: EntitySynonymMapper\npolicies:\n- name: RulePolicy\n"
    )
    engine = engine_of(training.train(root, models))
    assert engine.understand("well hello there").intent == "greet"


async def test_training_in_a_process_of_its_own(root: Path, models: Path) -> None:
    told: list[str] = []
    model = await training.train_in_process(CORNER, models, lambda step, done: told.append(step))
    assert (told[0], told[-1]) == ("reading", "done")
    assert training.is_current(model, CORNER)
    assert await Customer(engine_of(model)).says("hello") == ["Hello!"]


async def test_a_fault_found_in_the_other_process_is_told_here(root: Path, models: Path) -> None:
    edit(root / "domain.yml", "type: bool", "type: unheard")
    with pytest.raises(ContentError, match=r"domain\.yml: .*unheard"):
        await training.train_in_process(root, models)


async def test_a_process_that_dies_without_a_word_is_an_error(
    root: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ModelError, match="ended with code 1"):
        await training.train_in_process(root, models)


async def test_a_swap_brings_what_was_learnt(root: Path, models: Path, corner_model: Path) -> None:
    engine = engine_of(corner_model)
    customer = Customer(engine)
    await customer.says("where is my order")
    edit(root / "data" / "faq.yml", "Free above 99.", "Free above 199.")
    await engine.swap(training.train(root, models))
    assert await customer.says("what does delivery cost") == ["Free above 199.", "What is the order number?"]
    assert await customer.says("GT2600010042") == ["What are the last four digits of your phone?"]


async def test_turns_that_run_during_a_swap_finish_on_the_model_they_began_with(
    load: Callable[..., Engine], root: Path, models: Path
) -> None:
    engine = load()
    before = engine.model_id
    edit(root / "data" / "faq.yml", "Free above 99.", "Free above 199.")
    newer = training.train(root, models)
    gate = asyncio.Event()
    track = engine._actions.find("action_track_order")
    assert track is not None
    original = track.run

    async def slow(*arguments: object) -> object:
        await gate.wait()
        return await original(*arguments)

    track.run = slow
    turn = asyncio.create_task(
        engine.reply("where is my order", conversation="slow", message_id="m", past=Past(), channel="rest")
    )
    await asyncio.sleep(0)
    await engine.swap(newer)
    assert engine.model_id != before
    gate.set()
    done = await turn
    assert _models(done) == {before}
    assert [reply.text for reply in done.replies] == ["What is the order number?"]


def _models(turn: Turn) -> set[str]:
    return {event["metadata"]["model_id"] for event in turn.events}


async def test_no_turn_fails_while_models_are_swapped(load: Callable[..., Engine], corner_model: Path) -> None:
    engine = load()
    stop = asyncio.Event()

    async def talk(name: str) -> int:
        done = 0
        while not stop.is_set():
            customer = Customer(engine, f"{name}-{done}")
            assert await customer.says("where is my order GT2600010042") == [
                "What are the last four digits of your phone?"
            ]
            assert await customer.says("8812") == ["Order GT2600010042 is sent."]
            await asyncio.sleep(0)
            done += 1
        return done

    talkers = [asyncio.create_task(talk(str(number))) for number in range(4)]
    for _ in range(5):
        await engine.swap(corner_model)
    stop.set()
    assert all(done > 0 for done in await asyncio.gather(*talkers))
