"""Models of meaning in a local folder, off unless the configuration names one."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import rasa.shared.importers.utils
import spacy
from rasa.shared.exceptions import InvalidConfigException

from bot.nlu.vectors import encoder

EXAMPLES = {"greet": ["hello", "hi", "hey there"], "refund": ["refund", "money back", "reimburse me"]}
MEANINGS = {"hello": (1, 0, 0), "hi": (1, 0, 0), "ahoy": (1, 0, 0), "refund": (0, 1, 0), "compensation": (0, 1, 0)}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    pipeline = spacy.blank("en")
    for word, vector in MEANINGS.items():
        pipeline.vocab.set_vector(word, np.array(vector, dtype="float32"))
    pipeline.to_disk(tmp_path / "vectors")
    return tmp_path / "vectors"


def test_nothing_is_loaded_unless_it_is_asked_for() -> None:
    assert encoder(None) is None
    assert encoder({}) is None


def test_a_spacy_model_gives_vectors_of_length_one(model: Path) -> None:
    encode = encoder({"spacy": str(model)})
    assert encode is not None
    rows = encode(["hello hello", "nothing known"])
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0)
    assert not rows[1].any()


@pytest.mark.parametrize(
    ("vectors", "advice"),
    [
        ({"word2vec": "folder"}, "must be one of"),
        ({"spacy": "no/such/folder"}, "it is not downloaded"),
        ({"sentences": "."}, "pip install sentence-transformers"),
        ({"spacy": "."}, "no spaCy model"),
    ],
)
def test_what_is_missing_is_named(
    vectors: dict[str, str], advice: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InvalidConfigException, match=advice):
        encoder(vectors)


def test_a_spacy_model_without_vectors_is_refused(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "empty")
    with pytest.raises(InvalidConfigException, match="no word vectors"):
        encoder({"spacy": str(tmp_path / "empty")})


class FakeSentences:
    """Stands for sentence_transformers.SentenceTransformer; remembers that it was told to stay local."""

    def __init__(self, folder: str, *, local_files_only: bool) -> None:
        assert local_files_only

    def encode(self, texts: list[str], *, show_progress_bar: bool) -> Any:
        return np.array([[3.0, 4.0]] * len(texts))


def test_a_sentence_model_is_asked_locally(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package: Any = ModuleType("sentence_transformers")
    package.SentenceTransformer = FakeSentences
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    encode = encoder({"sentences": str(tmp_path)})
    assert encode is not None
    assert encode(["x"]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


def test_a_word_that_no_example_has_is_understood_by_its_meaning(model: Path, tmp_path: Path) -> None:
    from bot.nlu.pipeline import Pipeline

    examples = tmp_path / "nlu.yml"
    blocks = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in EXAMPLES.items()
    )
    examples.write_text(f'version: "3.1"\nnlu:\n{blocks}', encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Rasa checks its YAML with old libraries
        data = rasa.shared.importers.utils.training_data_from_paths([str(examples)], "en")

    def ranked_first(folder: str, **options: Any) -> str:
        (tmp_path / folder).mkdir()
        options = {"IntentClassifier": {**options, "refuse": 0.0}}
        bot = Pipeline.trained(data, tmp_path / folder, options)
        return bot.understand("compensation").ranking[0][0]

    assert ranked_first("with", vectors={"spacy": str(model)}) == "refund"
    assert ranked_first("without") in EXAMPLES
