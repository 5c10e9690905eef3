"""How well the trained bot understands messages it has never seen: the tables of `guitai evaluate`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.engine.engine import Engine
from bot.errors import ContentError
from bot.nlu import evaluate, noise
from bot.nlu.evaluate import EntityScores, MoodScores, Report, Scores
from bot.nlu.noise import Loss
from bot.parts import Progress, current_model
from bot.settings import Settings

ENTITIES, MOODS, NOISE = "entities.yml", "mood.yml", "noise"
"""Beside the folder of held-out messages: messages and the values in them, messages and their mood. The file of that
folder whose messages are disturbed already."""
SHOWN = 20
"""Mistakes that are listed."""


@dataclass(frozen=True)
class Assessment:
    """Everything that is measured; a part is None where there is nothing to measure it by."""

    report: Report
    by_file: dict[str, Report]
    entities: EntityScores | None = None
    moods: list[MoodScores] | None = None
    losses: list[Loss] | None = None


def assess(settings: Settings, folder: Path, *, progress: Progress, noisy: bool = False) -> Assessment:
    """Ask the current model about the held-out messages in `folder`; `noisy` also what disturbing them costs.

    Raises:
        ContentError: there are no messages.
        ModelError: there is no model.
    """
    files = {file.stem: evaluate.load(file) for file in sorted(folder.glob("*.yml"))} if folder.is_dir() else {}
    examples = [example for found in files.values() for example in found]
    if not examples:
        raise ContentError(f"{folder} has no held-out messages: rows of text, intent and language in .yml files")
    model = asyncio.run(current_model(settings, progress))
    progress("loading the model", 0.0)
    engine = Engine.load(model, actions=None)
    annotated, moods = folder.parent / ENTITIES, folder.parent / MOODS
    answers = evaluate.ask(engine, examples, progress=_share(progress, len(examples)))
    left = iter(answers)
    found = Assessment(
        evaluate.report(answers),
        {name: evaluate.report(list(islice(left, len(of_file)))) for name, of_file in files.items()},
        evaluate.evaluate_entities(engine, evaluate.load_entities(annotated)) if annotated.is_file() else None,
        evaluate.evaluate_moods(engine, moods) if moods.is_file() else None,
        _losses(engine, [one for name in files if name != NOISE for one in files[name]], progress) if noisy else None,
    )
    progress("done", 1.0)
    return found


def _losses(engine: Engine, examples: Sequence[evaluate.Example], progress: Progress) -> list[Loss]:
    return noise.losses(engine, examples, progress=lambda share: progress("disturbing messages", share))


def show(console: Console, found: Assessment) -> None:
    """Print the figures and the commonest mistakes."""
    report = found.report
    languages = list(report.by_language)
    table = Table("", "all", *languages)
    columns = [report.overall, *(report.by_language[language] for language in languages)]
    for name, value in _FIGURES.items():
        table.add_row(name, *(value(scores) for scores in columns))
    for name, of_file in found.by_file.items():
        shares = [of_file.overall.accuracy, *(_accuracy(of_file, language) for language in languages)]
        table.add_row(f"accuracy on {name}", *map(_percent, shares))
    console.print(table)
    confusions = Table("wanted", "understood as", "times", title="Confusions")
    for wanted, got, times in report.most_confused(SHOWN):
        confusions.add_row(wanted, got, str(times))
    if confusions.row_count:
        console.print(confusions)
    _show_entities(console, found.entities)
    for mood in found.moods or ():
        console.print(f"Mood {mood.mood}: precision {mood.precision:.1%}, recall {mood.recall:.1%}.")
    if found.losses:
        _show_losses(console, found.losses)


def _accuracy(report: Report, language: str) -> float | None:
    scores = report.by_language.get(language)
    return scores.accuracy if scores else None


def _show_entities(console: Console, entities: EntityScores | None) -> None:
    if entities is not None:
        console.print(
            f"Values in {entities.messages} messages: F1 {entities.f1:.1%}, "
            f"precision {entities.precision:.1%}, recall {entities.recall:.1%}, "
            f"invented {len(entities.invented)}."
        )


def _show_losses(console: Console, losses: Sequence[Loss]) -> None:
    table = Table("noise", "messages", "without", "with", "points lost", title="What disturbed typing costs")
    for loss in [*losses, noise.overall(losses)]:
        table.add_row(loss.kind, str(loss.messages), _percent(loss.clean), _percent(loss.noisy), f"{loss.points:.1f}")
    console.print(table)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


_FIGURES: dict[str, Callable[[Scores], str]] = {
    "messages": lambda scores: str(scores.examples),
    "accuracy": lambda scores: _percent(scores.accuracy),
    "macro-F1": lambda scores: _percent(scores.macro_f1),
    "right one among the best three": lambda scores: _percent(scores.top_3),
    "FAQ, the best": lambda scores: _percent(scores.faq_top_1),
    "FAQ, among the best three": lambda scores: _percent(scores.faq_top_3),
    "out-of-scope recall": lambda scores: _percent(scores.out_of_scope_recall),
    "wrongly refused": lambda scores: _percent(scores.wrongly_refused),
    "calibration error": lambda scores: _percent(scores.calibration_error),
}


def _share(progress: Progress, whole: int) -> Callable[[int], None]:
    return lambda done: progress("asking about held-out messages", done / whole)
