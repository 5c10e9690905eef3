"""How well and how quickly the pipeline of config.yml understands: `python -m bench.nlu FOLDER`.

FOLDER holds `data.tsv` files, itself or in its folders: tab-separated `text`, `label`, `split`, with a header. It
trains on `train` and reports on `test`; where there is `oos_test`, also how well texts about none of the labels are
told apart, without training on any. A `fewshot.tsv` beside it gives draws of a few examples a label (`train_5`,
`train_10`), tested on the same `test`. Every model is trained and run inside Rasa's graph.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bot.engine import shim

shim.install()

import numpy as np  # noqa: E402 - the shim comes first
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.engine.caching import LocalTrainingCache  # noqa: E402
from rasa.engine.constants import PLACEHOLDER_MESSAGE  # noqa: E402
from rasa.engine.loader import load_predict_graph_runner  # noqa: E402
from rasa.engine.recipes.default_recipe import DefaultV1Recipe  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.training.graph_trainer import GraphTrainer  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.training_data.structures import StoryGraph  # noqa: E402
from rasa.shared.data import TrainingType  # noqa: E402
from rasa.shared.importers.importer import TrainingDataImporter  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402
from sklearn.metrics import f1_score, roc_auc_score  # noqa: E402

from bot.engine.runner import TopologicalRunner  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
BASELINES = Path(__file__).with_name("nlu_baselines.yml")
REFUSED = 0.05
"""The share of texts with a known label that may be refused when out-of-scope recall is measured."""

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Task:
    """One set to learn and the texts to judge it by."""

    name: str
    train: Rows
    test: Rows
    outside: Rows


@dataclass(frozen=True)
class Result:
    """Shares are in per cent; None where the set has no texts outside."""

    task: Task
    accuracy: float
    f1: float
    calibration_error: float
    train_seconds: float
    message_milliseconds: float
    outside_auroc: float | None
    outside_recall: float | None


class Importer(TrainingDataImporter):  # type: ignore[misc]  # Rasa has no types
    """Examples alone, as Rasa wants to read them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
        for component in config["pipeline"]:
            if component["name"].endswith("IntentClassifier"):
                component["refuse"] = REFUSED
        return {**config, "policies": []}

    def get_config_file_for_auto_config(self) -> str | None:
        return None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return TrainingData(
            [Message({"text": text, "intent": label.replace("/", "\u2215")}) for text, label in self._rows]
        )


def _flat(label: str) -> str:
    """A label without the slash that would make Rasa look for responses."""
    return label.replace("/", "\u2215")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder of data.tsv files")
    parser.add_argument("--most", type=int, default=0, help="skip sets of more training examples than this")
    arguments = parser.parse_args()
    tasks = [task for task in find_tasks(arguments.folder) if not arguments.most or len(task.train) <= arguments.most]
    if not tasks:
        sys.exit(f"{arguments.folder}: no data.tsv with train and test rows; see python -m bench.nlu --help")
    baselines = yaml.safe_load(BASELINES.read_text(encoding="utf-8"))
    print(
        "| set (examples, labels) | accuracy / F1 | ECE | train s | ms a message, p50 | outside: AUROC, recall"
        f" at {REFUSED:.0%} refused | lean accuracy / F1 | DIET accuracy / F1, train s, ms |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for task in tasks:
        print(line(measure(task), baselines.get(task.name, {})), flush=True)


def find_tasks(folder: Path) -> Iterator[Task]:
    """Every set under a folder: the whole of it, then its draws of a few examples."""
    for data in sorted(folder.rglob("data.tsv")):
        rows = _read(data)
        test, outside = rows.get("test", []), rows.get("oos_test", [])
        draws = {f"{data.parent.name}/full": rows.get("train", [])}
        few = data.with_name("fewshot.tsv")
        if few.exists():
            for split, drawn in sorted(_read(few).items(), key=lambda item: len(item[1])):
                draws[f"{data.parent.name}/{split.removeprefix('train_')}-shot"] = drawn
        for name, train in draws.items():
            if train and test:
                yield Task(name, train, test, outside)


def _read(path: Path) -> dict[str, Rows]:
    splits: dict[str, Rows] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            splits.setdefault(row["split"], []).append((row["text"], row["label"]))
    return splits


def measure(task: Task) -> Result:
    """Train a model in Rasa's graph, load it, and ask it about every text, one at a time."""
    with TemporaryDirectory(prefix="bench-nlu-") as folder:
        archive, train_seconds = _train(task.train, Path(folder))
        understand = _load(archive, Path(folder) / "loaded")
        for text, _ in task.test[:20]:
            understand(text)
        milliseconds, parsed = [], []
        for text, _ in task.test:
            start = time.perf_counter()
            parsed.append(understand(text))
            milliseconds.append((time.perf_counter() - start) * 1000)
        outside = [understand(text) for text, _ in task.outside]
    wanted = [_flat(label) for _, label in task.test]
    nothing = [{"name": "", "confidence": 0.0}]
    best = [(answer.get("label_ranking") or nothing)[0] for answer in parsed]
    got = [one["name"] for one in best]
    right = np.array([one == other for one, other in zip(got, wanted, strict=True)])
    sure = np.array(
        [answer["label_ranking"][0]["confidence"] if answer.get("label_ranking") else 0.0 for answer in parsed]
    )
    auroc, recall = _outside(parsed, outside)
    return Result(
        task,
        float(right.mean() * 100),
        float(f1_score(wanted, got, average="macro") * 100),
        _calibration_error(sure, right),
        train_seconds,
        statistics.median(milliseconds),
        auroc,
        recall,
    )


def _train(rows: Rows, folder: Path) -> tuple[Path, float]:
    importer = Importer(rows)
    configuration = DefaultV1Recipe().graph_config_for_recipe(importer.get_config(), {}, TrainingType.NLU)
    (folder / "training").mkdir()
    trainer = GraphTrainer(LocalModelStorage.create(folder / "training"), LocalTrainingCache(), TopologicalRunner)
    start = time.perf_counter()
    trainer.train(configuration, importer, folder / "model.tar.gz", force_retraining=True)
    return folder / "model.tar.gz", time.perf_counter() - start


def _load(archive: Path, folder: Path) -> Any:
    folder.mkdir()
    metadata, runner = load_predict_graph_runner(folder, archive, LocalModelStorage, TopologicalRunner)

    def understand(text: str) -> dict[str, Any]:
        found = runner.run({PLACEHOLDER_MESSAGE: [UserMessage(text)]}, targets=[metadata.nlu_target])
        parsed: dict[str, Any] = found[metadata.nlu_target][0].as_dict(only_output_properties=True)
        return parsed

    return understand


def _outside(inside: Sequence[dict[str, Any]], outside: Sequence[dict[str, Any]]) -> tuple[float | None, float | None]:
    """AUROC and recall of texts outside, at the threshold that refuses the given share of those inside."""
    if not outside:
        return None, None
    known = np.array([answer.get("outside", 1.0) for answer in inside])
    unknown = np.array([answer.get("outside", 1.0) for answer in outside])
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(unknown))])
    auroc = float(roc_auc_score(truth, np.concatenate([known, unknown])) * 100)
    return auroc, float((unknown > np.quantile(known, 1 - REFUSED)).mean() * 100)


def _calibration_error(sure: Any, right: Any, bins: int = 10) -> float:
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs((sure[place == one] - right[place == one]).sum()) for one in range(bins)) / len(sure))


def line(result: Result, baseline: dict[str, Any]) -> str:
    """A row of the table."""
    task = result.task
    outside = "–"
    if result.outside_auroc is not None and result.outside_recall is not None:
        outside = f"{result.outside_auroc:.1f}, {result.outside_recall:.1f}"
    lean, diet = baseline.get("lean"), baseline.get("diet")
    return " | ".join(
        [
            f"| {task.name} ({len(task.train):,}, {len({label for _, label in task.train})})",
            f"{result.accuracy:.1f} / {result.f1:.1f}",
            f"{result.calibration_error:.3f}",
            f"{result.train_seconds:.1f}",
            f"{result.message_milliseconds:.2f}",
            outside,
            f"{lean['accuracy']} / {lean.get('f1', '–')}" if lean else "–",
            f"{diet['accuracy']} / {diet['f1']}, {diet['train']}, {diet['ms']} |" if diet else "– |",
        ]
    )


if __name__ == "__main__":
    main()
