"""Small pictures that tell more than they show, built by hand."""

from __future__ import annotations

import struct
import zlib


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(orientation: int, order: str = ">") -> bytes:
    """Exif that says how the picture lies and where it was taken."""
    mark = b"MM" if order == ">" else b"II"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(f"{order}HHII", 0x8825, 4, 1, 99)
    return b"Exif\0\0" + mark + struct.pack(f"{order}HIH", 42, 8, 2) + entries + b"\0\0\0\0 GPS 31.2304 N"


PIXELS = zlib.compress(b"\0" + b"\xff\0\0" * 2)
PNG_WITH_TEXT = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0))
    + chunk(b"tEXt", b"Comment\0GPS 31.2304 N")
    + chunk(b"eXIf", exif(6)[6:])
    + chunk(b"IDAT", PIXELS)
    + chunk(b"IEND", b"")
    + b"GPS after the end"
)
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
FRAME = segment(0xC0, struct.pack(">BHHB", 8, 1, 2, 1) + b"\x01\x11\0")


def jpeg(orientation: int, order: str = ">") -> bytes:
    """A JPEG of 2 by 1 pixels with all that a phone adds."""
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + segment(0xE1, exif(orientation, order))
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x GPS/>")
        + segment(0xE2, b"ICC_PROFILE\0\x01\x01colours")
        + segment(0xE2, b"MPF\0GPS")
        + segment(0xED, b"Photoshop 3.0\0GPS")
        + segment(0xFE, b"taken at GPS")
        + segment(0xDB, b"\0" + bytes(64))
        + FRAME
        + segment(0xC4, b"\0" + bytes(16))
        + SCAN
        + segment(0xC4, b"\x10" + bytes(16))
        + SCAN
        + b"\xff\xd9"
        + b"a second picture, with GPS"
    )


JPEG_WITH_PLACE = jpeg(1)
