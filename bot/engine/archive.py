"""A model's archive: packed with a manifest of digests, and opened only when each byte is as it was packed."""

from __future__ import annotations

import io
import json
import tarfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from bot.engine.shim import RASA_VERSION
from bot.errors import ModelError

FORMAT = 1
"""Grows when a model packed by an older Guitai must not be opened any more."""

_MANIFEST = "manifest.json"
_MAX_BYTES = 500_000_000
"""Unpacked; a model of ours is some ten megabytes, so anything beyond is an attack or an accident."""
_MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model was made of and by."""

    format: int
    rasa: str
    fingerprint: str
    """Of config, domain, data and the code of our components."""
    model_id: str
    trained_at: str
    digests: dict[str, str]
    """SHA-256 of each member by name."""


def pack(folder: Path, archive: Path, *, fingerprint: str, model_id: str, trained_at: str) -> Manifest:
    """Pack `folder` so that it appears under the name `archive` at once and whole."""
    members = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(
        FORMAT,
        RASA_VERSION,
        fingerprint,
        model_id,
        trained_at,
        {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in members},
    )
    archive.parent.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_name(f".{archive.name}.part")
    with tarfile.open(unfinished, "w:gz", compresslevel=1) as tar:
        said = json.dumps(asdict(manifest), ensure_ascii=False).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size, entry.mtime = len(said), int(time.time())
        tar.addfile(entry, io.BytesIO(said))
        for path in members:
            tar.add(path, arcname=path.relative_to(folder).as_posix())
    unfinished.replace(archive)
    return manifest


def read_manifest(archive: Path) -> Manifest:
    """The manifest alone; it stands first, so this is quick.

    Raises:
        ModelError: the archive is missing or damaged, or was made by another version.
    """
    with _reading(archive) as tar:
        return _manifest(tar, archive)


@contextmanager
def unpacked(archive: Path, *, trusted: Sequence[str]) -> Iterator[tuple[Path, Manifest]]:
    """A temporary folder with the archive's members.

    `trusted` are the beginnings of module names a model may have imported: it names its components' classes.

    Raises:
        ModelError: the archive is missing or damaged, made by another version, or names a module beyond `trusted`.
    """
    with TemporaryDirectory(prefix="guitai-model-") as name:
        folder = Path(name)
        with _reading(archive) as tar:
            manifest = _manifest(tar, archive)
            found = dict(_extract(tar, folder, archive))
        if found != manifest.digests:
            faulty = sorted(
                key for key in found.keys() | manifest.digests.keys() if found.get(key) != manifest.digests.get(key)
            )
            raise ModelError(f"{archive}: {faulty[0]} is not what was packed; train again")
        _check_names(folder, archive, trusted)
        yield folder, manifest


@contextmanager
def _reading(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            yield tar
    except FileNotFoundError as error:
        raise ModelError(f"{archive} is missing; train a model") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ModelError(f"{archive} cannot be read: {error}; train again") from error


def _manifest(tar: tarfile.TarFile, archive: Path) -> Manifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST or not first.isfile() or first.size > 10_000_000:
        raise ModelError(f"{archive} has no manifest: it was not made by `guitai train`")
    said = tar.extractfile(first)
    try:
        manifest = Manifest(**json.loads(said.read() if said else b""))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{archive}: the manifest cannot be read; train again") from error
    if (manifest.format, manifest.rasa) != (FORMAT, RASA_VERSION):
        raise ModelError(
            f"{archive} is of format {manifest.format} and Rasa {manifest.rasa}; "
            f"this is format {FORMAT} and Rasa {RASA_VERSION}: train again"
        )
    return manifest


def _extract(tar: tarfile.TarFile, folder: Path, archive: Path) -> Iterator[tuple[str, str]]:
    """Write each member, yielding its name and digest. Only plain files inside the folder are taken."""
    left, members = _MAX_BYTES, 0
    while (member := tar.next()) is not None:
        members += 1
        name = PurePosixPath(member.name)
        if not member.isfile() or name.is_absolute() or ".." in name.parts:
            raise ModelError(f"{archive}: {member.name} is not a plain file inside the archive")
        left -= member.size
        if left < 0 or members > _MAX_MEMBERS:
            raise ModelError(f"{archive} holds more than a model does")
        source = tar.extractfile(member)
        content = source.read() if source else b""
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        yield name.as_posix(), sha256(content).hexdigest()


def _check_names(folder: Path, archive: Path, trusted: Sequence[str]) -> None:
    try:
        metadata = json.loads((folder / "metadata.json").read_bytes())
        nodes: list[dict[str, Any]] = [
            node for schema in ("train_schema", "predict_schema") for node in metadata[schema]["nodes"].values()
        ]
        names = {node["uses"] for node in nodes}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{archive}: metadata.json cannot be read; train again") from error
    for name in sorted(names):
        if not any(name.startswith(start) for start in trusted):
            raise ModelError(f"{archive} names {name}, which is not among the trusted: {', '.join(trusted)}")
