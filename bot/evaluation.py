"""How well the trained bot understands messages it has never seen: the tables of `guitai evaluate`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.engine.engine import Engine
from bot.errors import ContentError
from bot.nlu import evaluate
from bot.nlu.evaluate import EntityScores, Report, Scores
from bot.parts import Progress, current_model
from bot.settings import Settings

ENTITIES = "entities.yml"
"""Beside the folder of held-out messages: messages and the values in them."""
SHOWN = 20
"""Mistakes that are listed."""


def assess(settings: Settings, folder: Path, *, progress: Progress) -> tuple[Report, EntityScores | None]:
    """Ask the current model about the held-out messages in `folder`; None where no values are annotated.

    Raises:
        ContentError: there are no messages.
        ModelError: there is no model.
    """
    examples = evaluate.load(folder) if folder.is_dir() else []
    if not examples:
        raise ContentError(f"{folder} has no held-out messages: rows of text, intent and language in .yml files")
    model = asyncio.run(current_model(settings, progress))
    progress("loading the model", 0.0)
    engine = Engine.load(model, actions=None)
    report = evaluate.evaluate(engine, examples, progress=_share(progress, len(examples)))
    annotated = folder.parent / ENTITIES
    entities = None
    if annotated.is_file():
        entities = evaluate.evaluate_entities(engine, evaluate.load_entities(annotated))
    progress("done", 1.0)
    return report, entities


def show(console: Console, report: Report, entities: EntityScores | None) -> None:
    """Print the figures and the commonest mistakes."""
    languages = list(report.by_language)
    table = Table("", "all", *languages)
    columns = [report.overall, *(report.by_language[language] for language in languages)]
    for name, value in _FIGURES.items():
        table.add_row(name, *(value(scores) for scores in columns))
    console.print(table)
    confusions = Table("wanted", "understood as", "times", title="Confusions")
    for wanted, got, times in report.most_confused(SHOWN):
        confusions.add_row(wanted, got, str(times))
    if confusions.row_count:
        console.print(confusions)
    if entities is not None:
        console.print(
            f"Values in {entities.messages} messages: F1 {entities.f1:.1%}, "
            f"precision {entities.precision:.1%}, recall {entities.recall:.1%}."
        )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


_FIGURES: dict[str, Callable[[Scores], str]] = {
    "messages": lambda scores: str(scores.examples),
    "accuracy": lambda scores: _percent(scores.accuracy),
    "macro-F1": lambda scores: _percent(scores.macro_f1),
    "right one among the best three": lambda scores: _percent(scores.top_3),
    "out-of-scope recall": lambda scores: _percent(scores.out_of_scope_recall),
    "wrongly refused": lambda scores: _percent(scores.wrongly_refused),
    "calibration error": lambda scores: _percent(scores.calibration_error),
}


def _share(progress: Progress, whole: int) -> Callable[[int], None]:
    return lambda done: progress("asking about held-out messages", done / whole)
