"""Teaching some labels anew comes to what training all of them comes to."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml

from bot.engine.content import examples_in, parse_yaml
from bot.nlu.features import Features, features
from bot.nlu.fitting import fit
from bot.nlu.linear import LinearModel
from bot.nlu.normalise import normalise
from bot.nlu.refit import GONE, Changed, Column, Lesson, Memory, Taught, refit, respelt, taught
from bot.nlu.spelling import Spelling

ROOT = Path(__file__).parents[3]
Examples = list[tuple[str, str, Features]]


def seen(text: str) -> Features:
    return features(normalise(text))


def wordings() -> dict[str, list[str]]:
    """The wordings of the shop's own questions."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "data" / "faq").glob("*.yml")):
        for text, label in examples_in(parse_yaml(path.read_text(encoding="utf-8"), path), path):
            found[label].append(text)
    return found


def model_of(examples: Examples) -> LinearModel:
    return fit(
        [document for _, _, document in examples], [label for _, label, _ in examples], refuse=0.04, outside_label="-"
    )


def best(model: LinearModel, documents: list[Features]) -> list[str]:
    return [model.labels[int(model.judge(document).probabilities.argmax())] for document in documents]


def _agreement(edits: int, labels: int) -> float:
    """The share of held-out questions on which teaching anew agrees with training all.

    Of so many questions some get four wordings more, one is new, and one goes.
    """
    every = dict(sorted(wordings().items())[:labels])
    *reworded, new, gone = sorted(every)[: edits + 2]
    whole = {label: texts for label, texts in every.items() if label != gone}
    earlier = {label: texts[:-4] if label in reworded else texts for label, texts in every.items() if label != new}
    before: Examples = [(text, label, seen(text)) for label, texts in earlier.items() for text in texts]
    after: Examples = [(text, label, seen(text)) for label, texts in whole.items() for text in texts]
    base = model_of(before)
    changes = {
        label: Changed(
            [(text, seen(text)) for text in whole.get(label, ())],
            gone=[seen(text) for text in earlier.get(label, ()) if label == gone],
            added=[seen(text) for text in whole.get(label, ()) if text not in earlier.get(label, ())],
        )
        for label in (*reworded, new, gone)
    }
    lesson, _ = refit(base, Memory.of(base.space, before), changes)
    quick, full = taught(base, Lesson.loads(lesson.dumps())), model_of(after)
    rows = yaml.safe_load((ROOT / "tests" / "nlu" / "heldout" / "faq.yml").read_text(encoding="utf-8"))
    asked = [seen(row["text"]) for row in rows if row["intent"] in whole]
    pairs = list(zip(best(quick, asked), best(full, asked), strict=True))
    return sum(one == other for one, other in pairs) / len(pairs)


@pytest.mark.parametrize(
    ("edits", "labels"),
    [(1, 12), pytest.param(1, 1000, marks=pytest.mark.slow), pytest.param(5, 1000, marks=pytest.mark.slow)],
)
def test_a_lesson_agrees_with_training_all_again(edits: int, labels: int) -> None:
    assert _agreement(edits, labels) >= 0.99


SHOES = [
    ("do you sell red shoes", "shoes"),
    ("which shoes have you got", "shoes"),
    ("is there a red shoe", "shoes"),
    ("how much is the milk", "milk"),
    ("is your milk fresh", "milk"),
    ("milk by the litre", "milk"),
    ("when do you open", "hours"),
    ("are you open on sunday", "hours"),
    ("opening times", "hours"),
]


def _little() -> tuple[LinearModel, Memory]:
    examples = [(text, label, seen(text)) for text, label in SHOES]
    model = model_of(examples)
    return model, Memory.of(model.space, examples)


def test_a_lesson_leaves_the_model_from_before_as_it_was() -> None:
    model, memory = _little()
    weights, bias, width = model.weights.copy(), model.bias.copy(), len(model.space.idf)
    texts = ["do you have a cloakroom", "where can I leave my coat"]
    lesson, after = refit(model, memory, {"coats": Changed([(text, seen(text)) for text in texts])})
    new = taught(model, lesson)
    assert best(new, [seen("a cloakroom for my coat")]) == ["coats"]
    assert np.array_equal(model.weights, weights)
    assert np.array_equal(model.bias, bias)
    assert (len(model.space.idf), model.labels) == (width, ["hours", "milk", "shoes"])
    assert len(new.space.idf) > width
    assert (memory.of_label("coats"), after.of_label("coats")) == ([], texts)


def test_a_label_that_is_gone_never_wins_and_can_come_back() -> None:
    model, memory = _little()
    lesson, after = refit(model, memory, {"milk": Changed([], gone=[seen("how much is the milk")])})
    without = taught(model, lesson)
    assert lesson.columns["milk"] is None
    assert without.bias[without.labels.index("milk")] == GONE
    assert best(without, [seen("how much is the milk")]) != ["milk"]
    milk = [(text, seen(text)) for text, label in SHOES if label == "milk"]
    again, _ = refit(without, after, {"milk": Changed(milk, added=[one for _, one in milk])})
    assert best(taught(without, again), [seen("how much is the milk")]) == ["milk"]


def test_words_that_no_example_has_any_more_are_forgotten() -> None:
    model, memory = _little()
    gone, kept = "milk by the litre", [text for text, label in SHOES if label == "milk"][:2]
    lesson, after = refit(model, memory, {"milk": Changed([(text, seen(text)) for text in kept], gone=[seen(gone)])})
    without = taught(model, lesson)
    assert "litr" in model.space.index[1]
    assert "litr" not in without.space.index[1]
    assert "milk" in without.space.index[1]
    assert without.judge(seen("litre")).strange
    again = [(text, seen(text)) for text in (*kept, gone)]
    back = taught(without, refit(without, after, {"milk": Changed(again, added=[seen(gone)])})[0])
    assert "litr" in back.space.index[1]
    assert best(back, [seen("by the litre")]) == ["milk"]


def test_lessons_add_up_and_survive_being_stored() -> None:
    column = Column(np.array([1, 3], np.int32), np.array([0.5, -2], np.float16), 0.25)
    lesson = Lesson(((1, "新 词", 2.5),), {"a": column, "b": None}, ((1, "旧"),), {"coat": 2}, {"新词": -1})
    read = Lesson.loads(lesson.dumps())
    assert (read.features, read.forgotten) == (lesson.features, lesson.forgotten)
    assert (read.words, read.pairs) == (lesson.words, lesson.pairs)
    assert read.columns["b"] is None
    assert read.columns["a"] is not None
    assert (read.columns["a"].places.tolist(), read.columns["a"].bias) == ([1, 3], 0.25)
    model, _ = _little()
    once = taught(model, Lesson((), {"shoes": column}))
    twice = taught(once, lesson)
    assert isinstance(twice, Taught)
    assert twice.says([1, 2, 3], twice.labels.index("shoes")).tolist() == [0.5, 0, -2]
    assert twice.says([1, 2], twice.labels.index("milk")).tolist() == model.weights[[1, 2], 1].tolist()


def test_words_of_new_wordings_are_not_taken_for_slips() -> None:
    spelling = Spelling({"shoes": 5, "gone": 1}, {}, {})
    after = respelt(spelling, Lesson(words={"klarna": 2, "gone": -1}))
    assert after.words == {"shoes": 5, "klarna": 2}
    assert respelt(Spelling({}, {}, {}), Lesson(words={"klarna": 2})).words == {}


def test_the_examples_most_like_a_text_are_found() -> None:
    model, memory = _little()
    found = memory.nearest(model.space, seen("is the milk fresh"), 2)
    assert found[0][:2] == ("is your milk fresh", "milk")
    assert 0 < found[0][2] <= 1


def test_what_is_remembered_survives_being_stored(tmp_path: Path) -> None:
    model, memory = _little()
    memory.save(tmp_path / "memory.npz", {"revision": 3})
    found = Memory.load(tmp_path / "memory.npz")
    assert found is not None
    assert found[1] == {"revision": 3}
    assert (found[0].texts, found[0].labels) == (memory.texts, memory.labels)
    assert (found[0].matrix != memory.matrix).nnz == 0
    (tmp_path / "memory.npz").write_bytes(b"damaged")
    assert Memory.load(tmp_path / "memory.npz") is None
    assert Memory.load(tmp_path / "nothing.npz") is None
    assert len(model.labels) == 3
