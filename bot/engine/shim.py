"""Lets Rasa 3.6.21 be imported without TensorFlow, vendor SDKs and its command line.

`install()` comes before the first import of `rasa`. It answers for the modules of Rasa listed below, which we never
use and whose imports would need what `[tool.uv] exclude-dependencies` leaves out; everything else of Rasa runs
unmodified. Nothing here reaches the network.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

from bot.errors import ModelError

RASA_VERSION = "3.6.21"

_NEEDS_TENSORFLOW = (
    "rasa.core.policies.ted_policy",
    "rasa.core.policies.unexpected_intent_policy",
    "rasa.nlu.classifiers.diet_classifier",
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer",
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
    "rasa.nlu.selectors.response_selector",
    "rasa.utils.tensorflow.callback",
    "rasa.utils.tensorflow.data_generator",
    "rasa.utils.tensorflow.model_data",  # TensorFlow-free, but brings scikit-learn (60 MB) along for nothing
    "rasa.utils.tensorflow.model_data_utils",
)
_NEEDS_A_VENDOR = tuple(
    f"rasa.core.channels.{name}"
    for name in [
        "botframework",
        "callback",
        "console",
        "facebook",
        "hangouts",
        "mattermost",
        "rasa_chat",
        "rest",
        "rocketchat",
        "slack",
        "socketio",
        "telegram",
        "twilio",
        "twilio_voice",
        "webexteams",
    ]
)
_NEVER_STARTED = (
    "rasa.cli.utils",  # questionary, randomname
    "rasa.core.brokers.broker",  # aiormq
    "rasa.core.jobs",  # apscheduler: reminders are not ours to keep in memory
    "rasa.nlu.extractors.crf_entity_extractor",  # sklearn-crfsuite
    "rasa.nlu.test",  # matplotlib, through plotting
    "rasa.telemetry",  # terminaltables; and it must not report home
    "rasa.utils.plotting",  # matplotlib
)
BLANK = frozenset((*_NEEDS_TENSORFLOW, *_NEEDS_A_VENDOR, *_NEVER_STARTED))
"""Modules of Rasa replaced by placeholders: each name in them is a class that refuses to be used."""

STAND_INS = frozenset({"rasa.engine.runner.dask", "rasa.engine.recipes.default_components"})
"""Modules of Rasa replaced by ours: the graph runs in our runner, components are imported when a config names them."""

_BORROWED = ("boto3", "boto3.dynamodb", "boto3.dynamodb.conditions", "pymongo", "pymongo.collection")
"""What `rasa.core.tracker_store` imports for stores we do not use; there only while it is being imported."""

_QUIET: dict[str, tuple[str, ...]] = {
    # Rasa's module: the warnings of its import, which speak of Rasa's own code and which we cannot act upon.
    "rasa.core.tracker_store": (r"The ``declarative_base\(\)`` function is now available",),
    "rasa.engine.caching": (r"The ``declarative_base\(\)`` function is now available",),
    "rasa.shared.core.events": (),
    "rasa.engine.training.fingerprinting": (r"pkg_resources is deprecated", r"'\w+' deprecated - use '\w+'"),
}


class _Placeholder(type):
    def __call__(cls, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError(f"{cls.__module__}.{cls.__name__} of Rasa is not part of Guitai")


class _Blank(types.ModuleType):
    """A module in which each name is a class nobody can instantiate."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # rasa.core.channels asks each channel class for its name while it is imported
        placeholder = _Placeholder(name, (), {"__module__": self.__name__, "name": classmethod(lambda cls: name)})
        setattr(self, name, placeholder)
        return placeholder


class _Replacing(Loader):
    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return _Blank(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__ == "rasa.engine.runner.dask":
            from bot.engine.runner import TopologicalRunner

            module.DaskGraphRunner = TopologicalRunner  # type: ignore[attr-defined]  # the name Rasa asks for
        elif module.__name__ == "rasa.engine.recipes.default_components":
            module.DEFAULT_COMPONENTS = []  # type: ignore[attr-defined]  # the name Rasa asks for


class _Guarded(Loader):
    """Runs Rasa's own module, with the warnings of its import filtered and the borrowed names in place."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        with ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            for message in _QUIET[module.__name__]:
                warnings.filterwarnings("ignore", message=message)
            if module.__name__ == "rasa.core.tracker_store":
                stack.enter_context(_borrowed())
            self._loader.exec_module(module)
        if module.__name__ == "rasa.shared.core.events":
            _mend_comparison(module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in BLANK or fullname in STAND_INS:
            return ModuleSpec(fullname, _Replacing())
        if fullname not in _QUIET:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Guarded(spec.loader)
        return spec


EVERY_DOMAIN_WARNS = "Slot auto-fill has been removed in 3.0"
"""Rasa says this of each domain it reads, whatever is in it."""


@contextmanager
def _borrowed() -> Iterator[None]:
    lent = [name for name in _BORROWED if name not in sys.modules]
    for name in lent:
        module = _Blank(name)
        module.__path__ = []
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in lent:
            del sys.modules[name]


def install() -> None:
    """Make `import rasa` work; calling it again does nothing.

    Raises:
        ModelError: Rasa is missing or of a version this shim was not proven with.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    _check_version()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    _mend_numpy()
    _quieten_structlog()
    sys.meta_path.insert(0, _Finder())


def _check_version() -> None:
    try:
        found = version("rasa")
    except PackageNotFoundError as error:
        raise ModelError(f"rasa is not installed; Guitai needs rasa {RASA_VERSION}") from error
    if found != RASA_VERSION:
        raise ModelError(f"rasa {found} is installed; Guitai is proven with rasa {RASA_VERSION} and refuses any other")


def _quieten_structlog() -> None:
    """Rasa logs customers' words at debug level, which structlog prints on standard output unless told otherwise."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _mend_comparison(events: types.ModuleType) -> None:
    """Events are compared and hashed by a text made of them; jsonpickle 4 warns each time it makes one."""
    events.jsonpickle = types.SimpleNamespace(  # type: ignore[attr-defined]  # Rasa's name for it
        encode=partial(json.dumps, default=repr)
    )


def _mend_numpy() -> None:
    """Give back the one name that Rasa still reads from numpy 1."""
    numpy = importlib.import_module("numpy")
    if not hasattr(numpy, "VisibleDeprecationWarning"):
        numpy.VisibleDeprecationWarning = numpy.exceptions.VisibleDeprecationWarning  # type: ignore[attr-defined]
