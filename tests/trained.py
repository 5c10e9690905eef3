"""The bot in this folder, trained once for all of pytest's workers."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.engine import training
from bot.settings import ROOT


@contextmanager
def trained(folders: pytest.TempPathFactory) -> Iterator[Path]:
    """The model, made now unless it is there; the other workers wait as long as this holds."""
    with (folders.getbasetemp().parent / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = training.latest(ROOT / "models")
        if newest is None or not training.is_current(newest, ROOT):
            newest = training.train(ROOT, ROOT / "models")
        yield newest
