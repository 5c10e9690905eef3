"""Reads config.yml, domain.yml and data/ as Rasa 3.6 means them, quickly and without looking at the environment."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from bot.engine import shim
from bot.errors import ContentError

shim.install()

from rasa.shared.core.domain import Domain  # noqa: E402 - the shim comes first
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader  # noqa: E402
from rasa.shared.core.training_data.structures import StoryGraph, StoryStep  # noqa: E402
from rasa.shared.exceptions import RasaException  # noqa: E402
from rasa.shared.importers.importer import TrainingDataImporter  # noqa: E402
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

Responses = dict[str, list[dict[str, Any]]]

_KEYS = frozenset({"version", "nlu", "responses", "rules", "stories"})
_TEST_STORIES = "test_"
"""Rasa never trains on stories in files of this prefix."""


class _Loader(yaml.CSafeLoader):
    """YAML 1.2 scalars, as Rasa reads them: `no`, `12:30` and `2027-02-06` are text; a key may stand once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key '{key.value}' stands here twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}  # those of YAML 1.1 are not meant
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^(?:[-+]?[0-9]+)$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+)$",
        "-+.0123456789",
    ),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:merge", r"^(?:<<)$", "<"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))  # 0123 is not octal


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty mapping.

    Raises:
        ContentError: the file is missing, not YAML, not a mapping, or asks for the environment with `${`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: cannot be read: {error}") from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """The mapping in the text of a file.

    Raises:
        ContentError: as above, but that it is missing.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if "${" in line:
            raise ContentError(f"{path}:{number}: '${{' would read the environment; content may not, take it out")
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ContentError(f"{where}: {getattr(error, 'problem', None) or error}") from error
    except ValueError as error:
        raise ContentError(f"{path}: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ContentError(
            f"{path}: a mapping belongs here, such as `nlu:` or `responses:`, not a {type(found).__name__}"
        )
    return found


def data_files(root: Path) -> list[Path]:
    """The YAML files under data/ that Rasa trains on, in a fixed order; data of the demo shop has other keys."""
    return sorted(path for path in (root / "data").rglob("*.y*ml") if path.suffix in {".yml", ".yaml"})


def examples_in(found: dict[str, Any], path: Path) -> list[tuple[str, str]]:
    """The texts of a file's examples, each with its intent, `faq/<key>` in full.

    Raises:
        ContentError: they are not written as Rasa reads them.
    """
    reader = RasaYAMLReader()
    reader.filename = str(path)
    try:
        reader._parse_nlu(found.get("nlu") or [])
    except (RasaException, AttributeError, TypeError, KeyError, ValueError) as error:
        raise ContentError(f"{path}: {error}") from error
    return [
        (one.get("text"), one.get("intent_response_key") or one.get("intent"))
        for one in reader.training_examples
        if one.get("text") and one.get("intent")
    ]


def is_ours(found: dict[str, Any]) -> bool:
    """Whether a mapping read from data/ is training data: Rasa passes over files without one of its keys."""
    return bool(_KEYS & found.keys() - {"version"})


@dataclass(frozen=True, slots=True)
class Content:
    """What the folder says, parsed and not yet interpreted."""

    root: Path
    config: dict[str, Any]
    domain: dict[str, Any]
    data: dict[Path, dict[str, Any]] = field(repr=False)

    @classmethod
    def read(cls, root: Path) -> Content:
        """Read `root`.

        Raises:
            ContentError: a file cannot be used; names file and, where known, line.
        """
        data = {}
        for path in data_files(root):
            found = read_yaml(path)
            if is_ours(found):
                data[path] = found
        return cls(root, read_yaml(root / "config.yml"), read_yaml(root / "domain.yml"), data)

    def responses(self) -> Responses:
        """All responses, those of data/ beside those of domain.yml.

        Raises:
            ContentError: a response is given twice, or not as a list of variations.
        """
        gathered: Responses = {}
        origin: dict[str, Path] = {}
        for path, found in (self.root / "domain.yml", self.domain), *self.data.items():
            for name, variations in (found.get("responses") or {}).items():
                if name in gathered:
                    raise ContentError(f"{path}: response '{name}' is already given in {origin[name]}")
                if not isinstance(variations, list) or not all(isinstance(one, dict) for one in variations):
                    raise ContentError(f"{path}: response '{name}' must be a list of variations, such as `- text: …`")
                gathered[name], origin[name] = variations, path
        return gathered


def input_paths(root: Path) -> Iterator[Path]:
    """Each file whose bytes decide what training makes of `root`; components may read tables beside the YAML."""
    yield root / "config.yml"
    yield root / "domain.yml"
    yield from sorted(path for path in (root / "data").rglob("*") if path.is_file())


def fingerprint(root: Path) -> str:
    """A digest of config, domain and data, whatever the files' dates."""
    digest = sha256()
    for path in input_paths(root):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(b"\0")
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()


class Examples(TrainingData):  # type: ignore[misc]  # rasa has no types for us
    """Training data that knows what it was made of.

    Rasa fingerprints training data after each component by hashing each example, which takes longer than training
    some of them. What a component adds follows from the examples and the pipeline, so a digest of those will do.
    """

    made_of = ""

    def fingerprint(self) -> str:
        return self.made_of


def _without_repeats(examples: list[Message]) -> list[Message]:
    """The examples without those that say the same again, as TrainingData's constructor would have it."""
    distinct: dict[tuple[str, ...], Message] = {}
    for example in examples:
        data = example.data
        key = (data.get("text"), data.get("intent"), data.get("intent_response_key"), json.dumps(data.get("entities")))
        distinct.setdefault(key, example)
    return list(distinct.values())


class FolderImporter(TrainingDataImporter):  # type: ignore[misc]  # rasa has no types for us
    """Rasa's view of a folder, each file read once.

    `faults` are the warnings Rasa gives while reading: skipped blocks, unknown intents in rules and the like.
    """

    def __init__(self, root: Path) -> None:
        self.content = Content.read(root)
        self.faults: list[str] = []
        responses = self.content.responses()
        self._nlu = self._heeding(self._read_nlu)
        self._domain = self._heeding(lambda: self._read_domain(responses))
        self._nlu.responses = self._domain.retrieval_intent_responses
        self._nlu._fill_response_phrases()
        self._stories = self._heeding(self._read_stories)

    def get_domain(self) -> Domain:
        return self._domain

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return self._stories

    def get_config(self) -> dict[str, Any]:
        return self.content.config

    def get_config_file_for_auto_config(self) -> str | None:
        return str(self.content.root / "config.yml")

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._nlu

    def _heeding(self, read: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = read()
        said = [" ".join(str(one.message).split()) for one in caught]
        self.faults += [fault for fault in said if not fault.startswith(shim.EVERY_DOMAIN_WARNS)]
        return found

    def _read_nlu(self) -> Examples:
        gathered = Examples()
        digest = sha256(json.dumps(self.content.config, sort_keys=True, default=str).encode())
        for path, found in self.content.data.items():
            if not found.get("nlu"):
                continue
            if not isinstance(found["nlu"], list):
                raise ContentError(f"{path}: `nlu:` must be a list of intents, synonyms, lookups and regexes")
            reader = RasaYAMLReader()
            reader.filename = str(path)
            try:
                reader._parse_nlu(found["nlu"])  # the public door validates a schema for seconds
            except (RasaException, AttributeError, TypeError, KeyError, ValueError) as error:
                raise ContentError(f"{path}: {error}") from error
            digest.update(json.dumps(found["nlu"], default=str).encode())
            gathered.training_examples += reader.training_examples
            gathered.entity_synonyms.update(reader.entity_synonyms)
            gathered.regex_features += reader.regex_features
            gathered.lookup_tables += reader.lookup_tables
        gathered.training_examples = _without_repeats(gathered.training_examples)
        gathered.sort_regex_features()
        gathered.made_of = digest.hexdigest()
        return gathered

    def _read_domain(self, responses: Responses) -> Domain:
        path = self.content.root / "domain.yml"
        retrieval = sorted(self._nlu.retrieval_intents)
        domain = {**self.content.domain, "responses": responses}
        named = [*(domain.get("intents") or [])]
        for intent in retrieval:
            if intent in named:
                named[named.index(intent)] = {intent: {"is_retrieval_intent": True}}
                continue
            entry = next((one for one in named if isinstance(one, dict) and intent in one), None)
            if entry is not None:
                entry[intent] = {**(entry[intent] or {}), "is_retrieval_intent": True}
            else:
                named.append({intent: {"is_retrieval_intent": True}})
        actions = [*(domain.get("actions") or [])]
        actions += [f"utter_{intent}" for intent in retrieval if f"utter_{intent}" not in actions]
        domain["intents"], domain["actions"] = named, actions
        try:
            made = Domain.from_dict(domain)
            made.check_missing_responses()
        except (RasaException, AttributeError, TypeError, KeyError, ValueError) as error:
            raise ContentError(f"{path}: {error}") from error
        return made

    def _read_stories(self) -> StoryGraph:
        steps: list[StoryStep] = []
        for path, found in self.content.data.items():
            if path.name.startswith(_TEST_STORIES) or not (found.get("rules") or found.get("stories")):
                continue
            reader = YAMLStoryReader(self._domain, str(path))
            try:
                steps += reader.read_from_parsed_yaml({key: found[key] for key in ("rules", "stories") if key in found})
            except (RasaException, AttributeError, TypeError, KeyError, ValueError) as error:
                raise ContentError(f"{path}: {error}") from error
        return StoryGraph(steps)
