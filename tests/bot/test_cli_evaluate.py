"""The tables of `guitai evaluate`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bot.errors import ContentError
from bot.evaluation import Assessment, assess, show
from bot.nlu.evaluate import Example, MoodScores, evaluate, evaluate_entities
from bot.nlu.noise import Loss
from bot.settings import Settings
from tests.fakes import FakeUnderstood


class Parrot:
    """Takes every message for a greeting."""

    def understand(self, text: str) -> FakeUnderstood:
        return FakeUnderstood("greet", "en", ranking=(("greet", 0.9), ("goodbye", 0.1)))


def test_figures_and_confusions_are_printed() -> None:
    examples = [Example("hi", "greet", "en"), Example("你好", "greet", "zh"), Example("bye", "goodbye", "en")]
    page = io.StringIO()
    found = Assessment(
        evaluate(Parrot(), examples),
        {"talk": evaluate(Parrot(), examples)},
        evaluate_entities(Parrot(), []),
        [MoodScores("angry", 4, 0.75, 0.5)],
        [Loss("typo", 100, 0.95, 0.91)],
    )
    show(Console(file=page, width=120), found)
    text = page.getvalue()
    assert all(name in text for name in ("accuracy", "macro-F1", "out-of-scope recall", "Confusions", "66.7%"))
    assert all(name in text for name in ("goodbye", "accuracy on talk", "precision 75.0%", "typo", "4.0"))


def test_a_folder_without_messages_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=str(tmp_path)):
        assess(Settings(demo=True, _env_file=None), tmp_path / "nothing", progress=lambda step, done: None)
