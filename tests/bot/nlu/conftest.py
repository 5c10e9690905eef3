"""A small bilingual bot, trained once, for the tests of understanding."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.engine import shim

shim.install()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # old ways of Rasa's and spaCy's own imports, which we cannot act upon
    import rasa.shared.importers.utils
    import spacy.tokens  # noqa: F401

if TYPE_CHECKING:
    from bot.nlu.pipeline import Pipeline

HERE = Path(__file__).parent
VOCABULARY = HERE.parents[2] / "data" / "vocabulary.yml"


@pytest.fixture(scope="session")
def small_bot(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Trained on `small.yml` and the demo shop's vocabulary."""
    return train(tmp_path_factory.mktemp("small"))


def train(folder: Path) -> Pipeline:
    from bot.nlu.pipeline import Pipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Rasa checks its YAML with old libraries
        data = rasa.shared.importers.utils.training_data_from_paths([str(HERE / "small.yml"), str(VOCABULARY)], "en")
    return Pipeline.trained(data, folder)
