"""An archive opens only when it is, byte by byte, what was packed."""

from __future__ import annotations

import io
import json
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine import archive as archives
from bot.engine.archive import pack, read_manifest, unpacked
from bot.engine.engine import Engine
from bot.errors import ModelError
from tests.bot.engine.conftest import TRUSTED, Customer

METADATA = {
    "train_schema": {"nodes": {}},
    "predict_schema": {"nodes": {"a": {"uses": "rasa.core.policies.rule_policy.RulePolicy"}}},
}


def packed(folder: Path, metadata: object = METADATA, **files: bytes) -> Path:
    source = folder / "source"
    (source / "components").mkdir(parents=True)
    (source / "metadata.json").write_text(json.dumps(metadata))
    for name, content in files.items():
        (source / "components" / name).write_bytes(content)
    pack(source, folder / "m.tar.gz", fingerprint="f", model_id="m", trained_at="t")
    return folder / "m.tar.gz"


def rewritten(
    archive: Path, change: Callable[[dict[str, bytes]], None], *, extra: tarfile.TarInfo | None = None
) -> Path:
    """The archive with its members changed, and `extra` at its end."""
    with tarfile.open(archive) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]
    change(members)
    changed = archive.with_name("changed.tar.gz")
    with tarfile.open(changed, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        if extra is not None:
            tar.addfile(extra)
    return changed


def open_(archive: Path, trusted: tuple[str, ...] = ("rasa.",)) -> set[str]:
    with unpacked(archive, trusted=trusted) as (folder, _):
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_packed_comes_out_again(tmp_path: Path) -> None:
    archive = packed(tmp_path, weights=b"\x00\x01")
    assert open_(archive) == {"metadata.json", "components/weights"}
    assert read_manifest(archive).fingerprint == "f"
    assert not list(tmp_path.glob(".*"))


def test_the_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with unpacked(packed(tmp_path), trusted=("rasa.",)) as (folder, _):
        assert folder.is_dir()
    assert not folder.exists()


def test_a_missing_archive_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.tar\.gz is missing"):
        open_(tmp_path / "absent.tar.gz")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_truncated_archive_is_refused(tmp_path: Path, share: float) -> None:
    archive = packed(tmp_path, weights=random.Random(1).randbytes(20_000))
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError):
        open_(archive)


def test_a_flipped_bit_is_refused_or_harmless(tmp_path: Path) -> None:
    dice = random.Random(2)
    archive = packed(tmp_path, weights=dice.randbytes(3_000))
    whole, good = archive.read_bytes(), open_(archive)
    refused = 0
    for _ in range(200):
        place = dice.randrange(len(whole))
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
        try:
            assert open_(archive) == good  # in a date or a name that nobody reads
        except ModelError:
            refused += 1
    assert refused > 180


def test_a_changed_member_is_refused(tmp_path: Path) -> None:
    archive = rewritten(packed(tmp_path, weights=b"a"), lambda members: members.update({"components/weights": b"b"}))
    with pytest.raises(ModelError, match="components/weights is not what was packed"):
        open_(archive)


def test_a_missing_or_added_member_is_refused(tmp_path: Path) -> None:
    archive = packed(tmp_path, weights=b"a")
    for change in (lambda members: members.pop("components/weights"), lambda members: members.update(new=b"x")):
        with pytest.raises(ModelError, match="is not what was packed"):
            open_(rewritten(archive, change))


@pytest.mark.parametrize("change", [{"format": 0}, {"rasa": "3.6.20"}])
def test_another_version_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    def altered(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **change}).encode()

    archive = rewritten(packed(tmp_path), altered)
    with pytest.raises(ModelError, match="train again"):
        open_(archive)
    with pytest.raises(ModelError, match="train again"):
        read_manifest(archive)


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b"null", b'{"format": 1}', b"\xff"])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, said: bytes) -> None:
    archive = rewritten(packed(tmp_path), lambda members: members.update({"manifest.json": said}))
    with pytest.raises(ModelError, match="manifest"):
        open_(archive)


def test_an_archive_of_stock_rasa_is_refused(tmp_path: Path) -> None:
    archive = rewritten(packed(tmp_path), lambda members: members.pop("manifest.json"))
    with pytest.raises(ModelError, match="has no manifest"):
        open_(archive)


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "components/../../escaped"])  # noqa: S108
def test_a_member_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="not a plain file inside"):
        open_(rewritten(packed(tmp_path), lambda members: None, extra=tarfile.TarInfo(name)))
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_no_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("components/odd")
    entry.type, entry.linkname = kind, "/etc/passwd"
    with pytest.raises(ModelError, match="not a plain file inside"):
        open_(rewritten(packed(tmp_path), lambda members: None, extra=entry))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(tmp_path, zeros=b"\x00" * 5_000_000)
    monkeypatch.setattr(archives, "_MAX_BYTES", 4_000_000)
    with pytest.raises(ModelError, match="more than a model"):
        open_(archive)


def test_a_model_may_name_only_trusted_modules(tmp_path: Path) -> None:
    metadata = {"train_schema": {"nodes": {}}, "predict_schema": {"nodes": {"a": {"uses": "os.path.join"}}}}
    with pytest.raises(ModelError, match=r"names os\.path\.join"):
        open_(packed(tmp_path, metadata))


@pytest.mark.parametrize("metadata", [None, [], {}, {"train_schema": {"nodes": []}, "predict_schema": {}}])
def test_metadata_of_the_wrong_shape_is_refused(tmp_path: Path, metadata: object) -> None:
    with pytest.raises(ModelError, match=r"metadata\.json cannot be read"):
        open_(packed(tmp_path, metadata))


@pytest.fixture
def damaged(corner_model: Path, tmp_path: Path) -> Path:
    path = tmp_path / "damaged.tar.gz"
    path.write_bytes(corner_model.read_bytes()[:-2000])
    return path


def test_an_engine_refuses_a_damaged_model(damaged: Path) -> None:
    with pytest.raises(ModelError):
        Engine.load(damaged, actions=[], trusted=TRUSTED)


def test_a_component_that_cannot_load_is_a_model_error(corner_model: Path, tmp_path: Path) -> None:
    with unpacked(corner_model, trusted=TRUSTED) as (folder, manifest):
        source = tmp_path / "source"
        shutil.copytree(folder, source)
    (book,) = source.rglob("phrases.json")
    book.write_text("{}")
    pack(source, tmp_path / "m.tar.gz", fingerprint="f", model_id=manifest.model_id, trained_at="t")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Engine.load(tmp_path / "m.tar.gz", actions=[], trusted=TRUSTED)


async def test_a_damaged_model_does_not_take_the_place_of_a_good_one(engine: Engine, damaged: Path) -> None:
    before = engine.model_id
    with pytest.raises(ModelError):
        await engine.swap(damaged)
    assert engine.model_id == before
    assert await Customer(engine).says("hello") == ["Hello!"]
