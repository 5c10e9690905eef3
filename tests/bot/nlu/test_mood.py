"""In what mood a message is written, learnt from the shop's own examples."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rasa.shared.importers.utils

if TYPE_CHECKING:
    from bot.nlu.mood import MoodDetector

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> MoodDetector:
    return trained(tmp_path_factory.mktemp("mood"), ROOT / "data" / "mood.yml", ROOT / "data" / "skills")


def trained(folder: Path, *paths: Path) -> MoodDetector:
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource

    from bot.nlu.mood import MoodDetector

    files = [str(file) for path in paths for file in (sorted(path.glob("*.yml")) if path.is_dir() else [path])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Rasa checks its YAML with old libraries
        data = rasa.shared.importers.utils.training_data_from_paths(files, "en")
    config, storage, resource = MoodDetector.get_default_config(), LocalModelStorage.create(folder), Resource("mood")
    context = ExecutionContext(GraphSchema({}), "mood")
    MoodDetector.create(config, storage, resource, context).train(data)
    return MoodDetector.load(config, storage, resource, context)


def mood(detector: MoodDetector, text: str) -> str | None:
    from rasa.shared.nlu.training_data.message import Message

    (message,) = detector.process([Message({"text": text})])
    heard = message.as_dict(only_output_properties=True).get("mood")
    assert heard is None or isinstance(heard, str)
    return heard


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("你们这群骗子，气死我了", "angry"),
        ("this is outrageous, you lied to me", "angry"),
        ("再不退钱我就起诉你们", "legal_threat"),
        ("you will hear from my lawyer, I'll sue you", "legal_threat"),
        ("救命，充电器着火了，我好害怕", "distressed"),
        ("I'm desperate and in tears, please help me", "distressed"),
        ("我要退货", None),
        ("空气炸锅多少钱", None),
        ("滚筒洗衣机有货吗", None),
        ("where is my order", None),
        ("could you kill two birds with one stone and refund both", None),
        ("", None),
    ],
)
def test_a_mood_is_heard_and_an_idiom_is_none(detector: MoodDetector, text: str, wanted: str | None) -> None:
    assert mood(detector, text) == wanted


@pytest.mark.parametrize(
    ("text", "understood", "intent"),
    [
        ("I'm in tears, I can't cope any more", "out_of_scope", "complaint"),
        ("我要起诉你们", "nlu_fallback", "complaint"),
        ("I'm furious, where is my order", "track_order", "track_order"),
        ("what is the capital of Peru", "out_of_scope", "out_of_scope"),
    ],
)
def test_who_is_in_a_mood_is_never_told_that_it_is_out_of_scope(
    detector: MoodDetector, text: str, understood: str, intent: str
) -> None:
    from rasa.shared.nlu.training_data.message import Message

    guess = {"name": understood, "confidence": 0.7}
    (message,) = detector.process([Message({"text": text, "intent": guess, "intent_ranking": [guess]})])
    assert message.get("intent")["name"] == intent
    assert message.get("intent_ranking")[0]["name"] == intent


def test_without_examples_of_moods_there_is_none(tmp_path: Path) -> None:
    assert mood(trained(tmp_path, ROOT / "data" / "skills" / "complaint.yml"), "you liars, I'll sue you") is None
