"""The shim stands in for exactly what it says, and a change in Rasa would be noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.engine import shim
from bot.errors import ModelError

ABSENT = [
    "tensorflow",
    "tensorflow_text",
    "tensorflow_hub",
    "dask",
    "matplotlib",
    "twilio",
    "slack_sdk",
    "mattermostwrapper",
    "webexteamssdk",
    "rocketchat_API",
    "fbmessenger",
    "aiogram",
    "socketio",
    "engineio",
    "google.auth",
    "cachecontrol",
    "aio_pika",
    "aiormq",
    "confluent_kafka",
    "pymongo",
    "boto3",
    "botocore",
    "psycopg2",
    "sanic_cors",
    "sanic_jwt",
    "sentry_sdk",
    "skops",
    "sklearn_crfsuite",
    "questionary",
    "prompt_toolkit",
    "randomname",
    "terminaltables",
    "colorclass",
]

EVERYTHING_WE_USE = """
import json, sys, warnings
warnings.simplefilter("error")
from bot.engine import shim
shim.install()
import rasa.core.processor
import rasa.core.actions.forms
import rasa.core.policies.rule_policy
import rasa.engine.caching
import rasa.engine.recipes.default_recipe
import rasa.engine.training.graph_trainer
import rasa.graph_components.validators.default_recipe_validator
import rasa.model
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def modules_after_import() -> set[str]:
    """The modules present in a fresh interpreter that imported all of Rasa we use, warnings being errors."""
    done = subprocess.run(  # noqa: S603 - our own interpreter on our own text
        [sys.executable, "-c", EVERYTHING_WE_USE], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_rasa_imports_without_what_we_left_out(modules_after_import: set[str]) -> None:
    assert modules_after_import.isdisjoint(ABSENT)


def test_serving_does_not_carry_scikit_learn_or_statistics(modules_after_import: set[str]) -> None:
    assert modules_after_import.isdisjoint({"sklearn", "scipy.stats", "pandas", "apscheduler"})


@pytest.mark.parametrize("name", sorted(shim.BLANK | shim.STAND_INS))
def test_each_replaced_module_still_exists_in_rasa(name: str) -> None:
    folder = find_spec("rasa")
    assert folder is not None
    assert folder.submodule_search_locations is not None
    root = Path(next(iter(folder.submodule_search_locations)))
    inner = Path(*name.split(".")[1:])
    assert (root / inner).with_suffix(".py").is_file(), f"{name} was renamed; look at what replaced it"


@pytest.mark.parametrize("name", sorted(shim.BLANK))
def test_nothing_replaced_can_be_used_by_accident(name: str) -> None:
    shim.install()
    module = __import__(name, fromlist=["Anything"])
    with pytest.raises(NotImplementedError, match="not part of Guitai"):
        module.Anything()


def test_another_version_of_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shim, "version", lambda name: "3.6.20")
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(ModelError, match=r"3\.6\.20 .* 3\.6\.21"):
        shim.install()


def test_installing_twice_changes_nothing() -> None:
    shim.install()
    before = list(sys.meta_path)
    shim.install()
    assert sys.meta_path == before


def test_the_graph_runs_in_our_runner() -> None:
    shim.install()
    from rasa.engine.runner.dask import DaskGraphRunner

    from bot.engine.runner import TopologicalRunner

    assert DaskGraphRunner is TopologicalRunner


def test_borrowed_names_do_not_stay() -> None:
    shim.install()
    import rasa.core.tracker_store

    assert rasa.core.tracker_store.Key is not None
    assert "boto3" not in sys.modules
