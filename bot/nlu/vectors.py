"""Optional: what a text means as a vector, from a model that lies in a local folder. Nothing is ever downloaded.

Off unless `vectors` of the classifier names a folder: `{spacy: FOLDER}` for a spaCy pipeline with word vectors,
`{sentences: FOLDER}` for a sentence-transformers model, which is imported only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.shared.exceptions import InvalidConfigException

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to vectors of length one, a row each; all zero for a text of which the model knows nothing."""


def encoder(vectors: Mapping[str, str] | None) -> Encode | None:
    """What the option `vectors` asks for; None when it asks for nothing.

    Raises:
        InvalidConfigException: the option, the folder or a package is not as needed; the text says what to do.
    """
    if not vectors:
        return None
    kind, path = next(iter(vectors.items()))
    if len(vectors) != 1 or kind not in _KINDS:
        raise InvalidConfigException(f"`vectors` must be one of {{spacy: FOLDER}} and {{sentences: FOLDER}}: {vectors}")
    folder = Path(path)
    if not folder.is_dir():
        raise InvalidConfigException(f"`vectors`: {path} is no folder; put the model there, it is not downloaded")
    return _KINDS[kind](folder)


def _spacy(folder: Path) -> Encode:
    import spacy

    try:
        pipeline = spacy.load(folder)
    except (OSError, ValueError) as error:
        raise InvalidConfigException(f"`vectors`: {folder} is no spaCy model: {error}") from error
    if not pipeline.vocab.vectors_length:
        raise InvalidConfigException(f"`vectors`: {folder} has no word vectors; take a `md` or `lg` model of spaCy's")

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return _unit(np.stack([pipeline.make_doc(text).vector for text in texts]))

    return encode


def _sentences(folder: Path) -> Encode:
    try:
        package = import_module("sentence_transformers")
    except ImportError as error:
        raise InvalidConfigException(
            "`vectors: {sentences: …}` needs a package that is not here: pip install sentence-transformers"
        ) from error
    model: Any = package.SentenceTransformer(str(folder), local_files_only=True)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return _unit(np.asarray(model.encode(list(texts), show_progress_bar=False)))

    return encode


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return unit


_KINDS: dict[str, Callable[[Path], Encode]] = {"spacy": _spacy, "sentences": _sentences}
