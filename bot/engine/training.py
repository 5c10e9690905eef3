"""Trains a model from a folder: Rasa's graph and cache, our reader, runner and archive.

`python -m bot.engine.training ROOT MODELS` trains in a process of its own and reports as lines of JSON;
`train_in_process()` is its other end.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from uuid import uuid4

from bot.engine import content, shim
from bot.engine.archive import pack, read_manifest
from bot.engine.domain import GivenDomain
from bot.errors import ContentError, GuitaiError, ModelError

shim.install()

from rasa.engine.caching import CACHE_LOCATION_ENV, LocalTrainingCache  # noqa: E402 - the shim comes first
from rasa.engine.exceptions import GraphComponentException  # noqa: E402
from rasa.engine.graph import ExecutionContext, GraphModelConfiguration, GraphNodeHook, GraphSchema  # noqa: E402
from rasa.engine.recipes.default_recipe import DefaultV1Recipe  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.storage import ModelMetadata, ModelStorage  # noqa: E402
from rasa.engine.training.graph_trainer import GraphTrainer  # noqa: E402
from rasa.shared.constants import ENV_LOG_LEVEL  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import SlotSet  # noqa: E402
from rasa.shared.exceptions import RasaException  # noqa: E402

from bot.engine.runner import TopologicalRunner  # noqa: E402

logger = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Told the name of the step that begins and the share of training done, from 0 to 1."""

_RASA_COMPONENTS = {
    "AugmentedMemoizationPolicy": "rasa.core.policies.memoization",
    "CountVectorsFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer",
    "EntitySynonymMapper": "rasa.nlu.extractors.entity_synonyms",
    "FallbackClassifier": "rasa.nlu.classifiers.fallback_classifier",
    "KeywordIntentClassifier": "rasa.nlu.classifiers.keyword_intent_classifier",
    "LexicalSyntacticFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer",
    "LogisticRegressionClassifier": "rasa.nlu.classifiers.logistic_regression_classifier",
    "MemoizationPolicy": "rasa.core.policies.memoization",
    "RegexEntityExtractor": "rasa.nlu.extractors.regex_entity_extractor",
    "RegexFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.regex_featurizer",
    "RulePolicy": "rasa.core.policies.rule_policy",
    "WhitespaceTokenizer": "rasa.nlu.tokenizers.whitespace_tokenizer",
}
"""Rasa's own components that a config may name without their module; imported only then."""

_VERSIONED = ("rasa", "numpy", "scikit-learn", "spacy")


def train(root: Path, models: Path, progress: Progress | None = None) -> Path:
    """Train `root` and return the archive `models/<time>-<fingerprint>.tar.gz`.

    Raises:
        ContentError: config, domain or data cannot be used.
    """
    tell = progress or (lambda step, done: None)
    tell("reading", 0.0)
    made_of = fingerprint(root)
    with ExitStack() as attending:
        for module in _component_modules(root):
            if hasattr(module, "while_training"):
                attending.enter_context(module.while_training())
        return _train(root, models, made_of, tell)


def _train(root: Path, models: Path, made_of: str, tell: Progress) -> Path:
    importer = content.FolderImporter(root)
    for fault in importer.faults:
        logger.warning(fault)
    configuration = _configuration(importer, root)
    _check_slots(importer)
    now = datetime.now(UTC)
    archive = models / f"{now:%Y%m%d-%H%M%S}-{made_of[:12]}.tar.gz"
    with (
        TemporaryDirectory(prefix="guitai-train-") as folder,
        warnings.catch_warnings(record=True) as caught,
        _environment(ENV_LOG_LEVEL, "WARNING"),  # no progress bars of Rasa's beside ours
        _without_collecting(),
    ):
        warnings.simplefilter("always")
        storage = _Storage(Path(folder), made_of, now)
        trainer = GraphTrainer(storage, _cache(models, root), _TellingRunner(tell))
        try:
            trainer.train(configuration, importer, archive)
        except GuitaiError:
            raise
        except (RasaException, GraphComponentException, ValueError, KeyError, TypeError) as error:
            raise ContentError(f"{root}: {_reason(error)}") from error
    for said in {" ".join(str(one.message).split()) for one in caught}:
        logger.debug("said while training: %s", said)  # Rasa's advice on its own components
    tell("done", 1.0)
    return archive


def is_current(model: Path, root: Path) -> bool:
    """Whether training `root` now would make `model` again; False also when the model cannot be used."""
    try:
        return read_manifest(model).fingerprint == fingerprint(root)
    except ModelError:
        return False


def latest(models: Path) -> Path | None:
    """The newest model in a folder, by its name."""
    return max(models.glob("*.tar.gz"), default=None)


def fingerprint(root: Path) -> str:
    """A digest of all that training depends on: the folder, our components' code and the libraries' versions."""
    return sha256(f"{content.fingerprint(root)} {_surroundings(root)}".encode()).hexdigest()


async def train_in_process(root: Path, models: Path, progress: Progress | None = None) -> Path:
    """Train in another process, so that serving goes on undisturbed.

    Raises:
        ContentError: config, domain or data cannot be used.
        ModelError: the process ended without a word.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.engine.training", str(root), str(models), stdout=asyncio.subprocess.PIPE
    )
    try:
        said = await _follow(process, progress)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if "error" in said:
        raise ContentError(said["error"])
    if "model" not in said:
        raise ModelError(f"training ended with code {process.returncode} and no model; see the log")
    return Path(said["model"])


async def _follow(process: asyncio.subprocess.Process, progress: Progress | None) -> dict[str, str]:
    last: dict[str, Any] = {}
    assert process.stdout is not None  # noqa: S101 - asked for above
    async for line in process.stdout:
        last = json.loads(line)
        if progress is not None and "step" in last:
            progress(last["step"], last["done"])
    await process.wait()
    return last


def _component_modules(root: Path) -> list[ModuleType]:
    """The modules of the pipeline's and policies' components; `while_training()` of one is entered meanwhile."""
    path = root / "config.yml"
    config = content.read_yaml(path)
    for key in ("pipeline", "policies"):
        if not isinstance(config.get(key), list) or not config[key]:
            raise ContentError(f"{path}: `{key}:` must list at least one component")
    if config.get("recipe", DefaultV1Recipe.name) != DefaultV1Recipe.name:
        raise ContentError(f"{path}: only the recipe {DefaultV1Recipe.name} is known")
    try:
        return [
            importlib.import_module(_RASA_COMPONENTS.get(name) or name.rpartition(".")[0])
            for name in _component_names(config)
        ]
    except (RasaException, ImportError, ValueError) as error:
        raise ContentError(f"{path}: {_reason(error)}") from error


def _configuration(importer: content.FolderImporter, root: Path) -> GraphModelConfiguration:
    try:
        configuration: GraphModelConfiguration = DefaultV1Recipe().graph_config_for_recipe(importer.get_config(), {})
        configuration.train_schema.nodes["domain_provider"].uses = GivenDomain
    except (RasaException, ImportError, ValueError) as error:
        raise ContentError(f"{root / 'config.yml'}: {_reason(error)}") from error
    return configuration


def _component_names(config: dict[str, Any]) -> Iterator[str]:
    for entry in (*config.get("pipeline", ()), *config.get("policies", ())):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ContentError(f"config.yml: {entry!r} needs a `name:`")
        yield entry["name"]


def _check_slots(importer: content.FolderImporter) -> None:
    known = {slot.name for slot in importer.get_domain().slots}
    for step in importer.get_stories().story_steps:
        for event in step.events:
            if isinstance(event, SlotSet) and event.key not in known:
                raise ContentError(
                    f"{step.source_name}: '{step.block_name}' uses slot '{event.key}', which no domain names"
                )


def _reason(error: BaseException) -> str:
    """The innermost message: Rasa wraps what a component raised."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).strip() or type(error).__name__


def _surroundings(root: Path) -> str:
    """A digest of code and versions, without importing any of it."""
    digest = sha256(sys.version.encode())
    for name in _VERSIONED:
        try:
            digest.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{name} absent\n".encode())
    for folder in sorted(_component_folders(root)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(folder)} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _component_folders(root: Path) -> Iterator[Path]:
    """The folders of components that are not Rasa's."""
    seen = set()
    for name in _component_names(content.read_yaml(root / "config.yml")):
        package = name.rpartition(".")[0].rpartition(".")[0]
        if not package or package.startswith("rasa.") or package in seen:
            continue
        seen.add(package)
        found = find_spec(package)
        if found is not None and found.submodule_search_locations:
            yield from map(Path, found.submodule_search_locations)


def _cache(models: Path, root: Path) -> LocalTrainingCache:
    """Rasa's cache of trained components, begun anew when something changes that its keys do not cover."""
    folder = models / ".cache"
    digest = sha256(_surroundings(root).encode())
    for path in content.input_paths(root):
        if path.suffix not in {".yml", ".yaml"}:
            digest.update(path.read_bytes())
    stamp = folder / "surroundings"
    if not stamp.is_file() or stamp.read_text() != digest.hexdigest():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stamp.write_text(digest.hexdigest())
    with _environment(CACHE_LOCATION_ENV, str(folder)):
        return LocalTrainingCache()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Looking for garbage among the many objects of training takes long and finds next to none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Storage(LocalModelStorage):  # type: ignore[misc]  # rasa has no types for us
    """Rasa's storage, packing archives of our kind."""

    def __init__(self, folder: Path, made_of: str, now: datetime) -> None:
        super().__init__(folder)
        self._made_of = made_of
        self._now = now

    def create_model_package(
        self, model_archive_path: Path, model_configuration: GraphModelConfiguration, domain: Domain
    ) -> ModelMetadata:
        metadata = ModelMetadata(
            trained_at=self._now,
            rasa_open_source_version=shim.RASA_VERSION,
            model_id=uuid4().hex,
            assistant_id=model_configuration.assistant_id,
            domain=domain,
            train_schema=model_configuration.train_schema,
            predict_schema=model_configuration.predict_schema,
            training_type=model_configuration.training_type,
            project_fingerprint=self._made_of,
            language=model_configuration.language,
            core_target=model_configuration.core_target,
            nlu_target=model_configuration.nlu_target,
        )
        with TemporaryDirectory(prefix="guitai-pack-") as name:
            folder = Path(name)
            shutil.copytree(self._storage_path, folder / "components")
            self._persist_metadata(metadata, folder)
            pack(
                folder,
                model_archive_path,
                fingerprint=self._made_of,
                model_id=metadata.model_id,
                trained_at=self._now.isoformat(),
            )
        return metadata


class _TellingRunner:
    """What GraphTrainer takes for a runner class: makes runners that tell how far they are."""

    def __init__(self, tell: Progress) -> None:
        self._tell = tell

    def create(
        self,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> TopologicalRunner:
        if hooks is not None:
            hooks = [*hooks, _TellingHook(self._tell, len(graph_schema.nodes))]
        return TopologicalRunner.create(graph_schema, model_storage, execution_context, hooks)


class _TellingHook(GraphNodeHook):  # type: ignore[misc]  # rasa has no types for us
    def __init__(self, tell: Progress, nodes: int) -> None:
        self._tell = tell
        self._nodes = nodes
        self._done = 0

    def on_before_node(
        self,
        node_name: str,
        execution_context: ExecutionContext,
        config: dict[str, Any],
        received_inputs: dict[str, Any],
    ) -> dict[str, Any]:
        self._tell(node_name, 0.1 + 0.85 * self._done / self._nodes)
        return {}

    def on_after_node(
        self,
        node_name: str,
        execution_context: ExecutionContext,
        config: dict[str, Any],
        output: Any,
        input_hook_data: dict[str, Any],
    ) -> None:
        self._done += 1


def _main(root: str, models: str) -> int:
    def say(**what: object) -> None:
        sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    try:
        model = train(Path(root), Path(models), lambda step, done: say(step=step, done=done))
    except GuitaiError as error:
        say(error=str(error))
        return 1
    say(model=str(model))
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:3]))
