"""Pictures without what they tell about their maker: place, time, camera, comments. Their pixels are not touched.

Only what shows the picture is kept of a file; what follows its end is cut off. A photo that lies on its side keeps the
one note that says so.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass


class NoPicture(Exception):
    """The bytes are not what their beginning promised."""


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    width: int
    height: int


PNG, GIFS = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT cICP acTL fcTL fdAT".split()
)
_JPEG_SIZES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xE2, 0xEE})
"""Frames, tables and scans; APP0 (JFIF), APP2 when it is a colour profile, APP14 (how colours are stored)."""
_PROFILE = b"ICC_PROFILE\0"
_ORIENTATION = 0x0112


def cleaned(data: bytes, kind: str) -> Picture:
    """The picture of a media type such as `image/png`.

    Raises:
        NoPicture: it cannot be read.
    """
    clean = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}[kind]
    try:
        picture = clean(data)
    except (struct.error, IndexError, ValueError) as error:
        raise NoPicture(kind) from error
    if picture.width < 1 or picture.height < 1:
        raise NoPicture(kind)
    return picture


def _png(data: bytes) -> Picture:
    kept = [PNG]
    width, height = struct.unpack(">II", data[16:24])
    place = len(PNG)
    while True:
        (length,) = struct.unpack(">I", data[place : place + 4])
        end = place + 12 + length
        name = data[place + 4 : place + 8]
        if end > len(data) or zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise ValueError("a broken chunk")
        if name in _PNG_KEPT:
            kept.append(data[place:end])
        if name == b"IEND":
            return Picture(b"".join(kept), width, height)
        place = end


def _jpeg(data: bytes) -> Picture:
    kept = [b"\xff\xd8"]
    size: tuple[int, int] | None = None
    turned = 1
    for marker, segment in _segments(data):
        body = segment[4:]
        if marker in _JPEG_SIZES:
            size = struct.unpack(">HH", body[1:5])
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:])
        if (marker in _JPEG_KEPT and (marker != 0xE2 or body.startswith(_PROFILE))) or marker in _JPEG_BARE:
            kept.append(segment)
    if size is None:
        raise ValueError("no frame")
    if turned != 1:
        kept.insert(1, _turned(turned))
    height, width = size
    return Picture(b"".join([*kept, b"\xff\xd9"]), width, height)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers with their segments up to the picture's end; a scan comes with its coded pixels."""
    place = 2
    while True:
        while data[place : place + 2] == b"\xff\xff":  # fill bytes
            place += 1
        if data[place] != 0xFF:
            raise ValueError("no marker")
        marker = data[place + 1]
        if marker == 0xD9:
            return
        if marker in _JPEG_BARE:
            yield marker, data[place : place + 2]
            place += 2
            continue
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        end = place + 2 + length
        if length < 2 or end > len(data):
            raise ValueError("a broken segment")
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        yield marker, data[place:end]
        place = end


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker is that is not part of the coded pixels."""
    while True:
        place = data.index(b"\xff", place)
        if data[place + 1] != 0 and not 0xD0 <= data[place + 1] <= 0xD7 and data[place + 1] != 0xFF:
            return place
        place += 1 if data[place + 1] == 0xFF else 2


def _orientation(tiff: bytes) -> int:
    """How the camera was held: 1 to 8; 1 when it is not said."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
        for number in range(min(count, 200)):
            entry = tiff[start + 2 + 12 * number :][:12]
            tag, value = struct.unpack(f"{order}H6xH2x", entry)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _turned(orientation: int) -> bytes:
    """An Exif segment that says nothing but how the picture lies."""
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return struct.pack(">HH", 0xFFE1, len(body) + 2) + body


def _gif(data: bytes) -> Picture:
    width, height = struct.unpack("<HH", data[6:10])
    place = 13 + _palette(data[10])
    kept = [data[:place]]
    while True:
        kind = data[place]
        if kind == 0x3B:
            return Picture(b"".join([*kept, b"\x3b"]), width, height)
        start = place
        if kind == 0x2C:
            place = _past_blocks(data, place + 11 + _palette(data[place + 9]))
            is_kept = True
        elif kind == 0x21:
            label = data[place + 1]
            is_loop = label == 0xFF and data[place + 3 : place + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            is_kept = label == 0xF9 or is_loop
            place = _past_blocks(data, place + 2)
        else:
            raise ValueError("no block")
        if is_kept:
            kept.append(data[start:place])


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _past_blocks(data: bytes, place: int) -> int:
    while data[place]:
        place += data[place] + 1
    return place + 1


def _webp(data: bytes) -> Picture:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data) + 1:
        raise ValueError("cut off")
    kept: list[bytes] = []
    size: tuple[int, int] | None = None
    place = 12
    while place + 8 <= min(end, len(data)):
        name, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        body = data[place + 8 : place + 8 + length]
        if len(body) < length:
            raise ValueError("a broken chunk")
        place += 8 + length + length % 2
        if name in (b"EXIF", b"XMP "):
            continue
        if name == b"VP8X":
            body = bytes([body[0] & ~0x0C]) + body[1:]  # says no more that Exif and XMP follow
        if name in (b"VP8X", b"VP8 ", b"VP8L", b"ANIM", b"ANMF", b"ALPH", b"ICCP"):
            size = size or _webp_size(name, body)
            kept.append(name + struct.pack("<I", length) + body + b"\0" * (length % 2))
    if size is None:
        raise ValueError("no picture")
    whole = b"WEBP" + b"".join(kept)
    return Picture(b"RIFF" + struct.pack("<I", len(whole)) + whole, *size)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int] | None:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8 ":
        if body[3:6] != b"\x9d\x01\x2a":
            raise ValueError("no key frame")
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
