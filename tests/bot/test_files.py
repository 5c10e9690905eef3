"""Files are known by what is inside, pictures lose what they tell about their maker, names are only names."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bot.errors import BadMessage
from bot.files import Files, clean_name, kind_of
from bot.pictures import NoPicture, cleaned
from tests.pictures import FRAME, JPEG_WITH_PLACE, PIXELS, PNG_WITH_TEXT, SCAN, chunk, exif, jpeg

GIF = (
    b"GIF89a"
    + struct.pack("<HHBBB", 3, 2, 0x80, 0, 0)
    + bytes(6)
    + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    + b"\x21\xfe\x08GPS here\0"
    + b"\x21\xff\x0bXMP DataXMP\x03GPS\0"
    + b"\x21\xf9\x04\0\0\0\0\0"
    + b"\x2c"
    + struct.pack("<HHHHB", 0, 0, 3, 2, 0)
    + b"\x02\x02\x44\x01\0"
    + b"\x3b"
    + b"GPS"
)


def _webp(*chunks: tuple[bytes, bytes]) -> bytes:
    whole = b"WEBP" + b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


VP8X = bytes([0x0C, 0, 0, 0]) + (4).to_bytes(3, "little") + (2).to_bytes(3, "little")
WEBP = _webp((b"VP8X", VP8X), (b"VP8L", b"\x2f\0\0\0\0"), (b"EXIF", exif(1)), (b"XMP ", b"GPS"))


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (PNG_WITH_TEXT, "image/png", (2, 1)),
        (JPEG_WITH_PLACE, "image/jpeg", (2, 1)),
        (GIF, "image/gif", (3, 2)),
        (WEBP, "image/webp", (5, 3)),
    ],
)
def test_a_picture_loses_what_it_tells_and_stays_the_same_picture(
    data: bytes, kind: str, size: tuple[int, int]
) -> None:
    assert kind_of(data) == kind
    picture = cleaned(data, kind)
    assert b"GPS" in data
    assert b"GPS" not in picture.data
    assert (picture.width, picture.height) == size
    assert cleaned(picture.data, kind) == picture
    assert kind_of(picture.data) == kind


def test_what_shows_the_picture_is_kept_byte_by_byte() -> None:
    assert chunk(b"IDAT", PIXELS) in cleaned(PNG_WITH_TEXT, "image/png").data
    photo = cleaned(JPEG_WITH_PLACE, "image/jpeg").data
    assert photo.count(SCAN) == 2
    assert FRAME in photo
    assert b"ICC_PROFILE" in photo
    assert photo.endswith(b"\xff\xd9")
    assert b"NETSCAPE2.0" in cleaned(GIF, "image/gif").data


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_that_lies_on_its_side_still_does(orientation: int, order: str) -> None:
    photo = cleaned(jpeg(orientation, order), "image/jpeg").data
    assert b"Exif" in photo
    assert b"GPS" not in photo
    assert cleaned(photo, "image/jpeg").data == photo
    upright = cleaned(jpeg(1, order), "image/jpeg").data
    assert b"Exif" not in upright


@pytest.mark.parametrize(
    ("data", "kind"),
    [(PNG_WITH_TEXT, "image/png"), (JPEG_WITH_PLACE, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")],
)
def test_a_picture_that_is_cut_off_or_damaged_is_refused_or_cleaned_and_never_a_crash(data: bytes, kind: str) -> None:
    for end in range(len(data)):
        try:
            assert b"GPS h" not in cleaned(data[:end], kind).data
        except NoPicture:
            continue
    for place in range(12, len(data)):
        damaged = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        try:
            cleaned(damaged, kind)
        except NoPicture:
            continue


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        ("发票抬头：柜台\r\n\t1".encode(), "text/plain"),
        ("\ufeff有字".encode(), "text/plain"),
        (b"", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90\x00", None),
        (b"a\x00b", None),
        ("柜台".encode("gb18030"), None),
    ],
)
def test_a_file_is_known_by_what_is_inside(data: bytes, kind: str | None) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("name", "kind", "cleaned_name"),
    [
        ("photo.JPG", "image/jpeg", "photo.JPG"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ann\\发票 1.pdf", "application/pdf", "发票 1.pdf"),
        ("page.html", "text/plain", "page.html.txt"),
        ("invoice\u202efdp.exe", "application/pdf", "invoice fdp.exe.pdf"),
        ('a"b\r\nset-cookie: x.png', "image/png", "a b set-cookie x.png"),
        ("", "image/png", "file.png"),
        (".png", "image/png", "png.png"),
        ("x" * 300 + ".png", "image/png", "x" * 100 + ".png"),
    ],
)
def test_a_name_is_only_a_name_and_says_what_the_file_is(name: str, kind: str, cleaned_name: str) -> None:
    assert clean_name(name, kind) == cleaned_name


def test_a_file_is_kept_under_a_name_of_ours_and_no_other_is_looked_for(tmp_path: Path) -> None:
    files = Files(tmp_path, max_bytes=1000)
    kept = files.keep(PNG_WITH_TEXT, "a.png")
    assert files.path(kept.id).read_bytes() == cleaned(PNG_WITH_TEXT, "image/png").data
    assert kept.bytes < len(PNG_WITH_TEXT)
    for wrong in ("../secret", "x", "", kept.id.upper() + "A"):
        with pytest.raises(ValueError, match="no file's name"):
            files.path(wrong)


def test_a_file_that_is_too_big_or_has_too_many_pixels_is_refused(tmp_path: Path) -> None:
    files = Files(tmp_path, max_bytes=1000)
    with pytest.raises(BadMessage) as refused:
        files.keep(b"x" * 1001, "a.txt")
    assert refused.value.status == 413
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    with pytest.raises(BadMessage) as refused:
        files.keep(bomb + chunk(b"IDAT", PIXELS) + chunk(b"IEND", b""), "a.png")
    assert refused.value.status == 413
    assert list(tmp_path.rglob("*")) == []
