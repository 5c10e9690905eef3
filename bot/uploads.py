"""A file in a form that is sent to us, read without ever holding more than it may have."""

from __future__ import annotations

from sanic import Request
from sanic.headers import parse_content_header
from sanic.request.form import parse_multipart_form

from bot.errors import BadMessage

AROUND_BYTES = 16_384
"""What a form adds to its file at most."""


async def body_of(request: Request, *, most: int) -> bytes:
    """The whole body of a streamed request.

    Raises:
        BadMessage: it is longer than `most` bytes.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise BadMessage("the file is too big", status=413)
    parts, size = [], 0
    async for part in request.stream:  # type: ignore[union-attr]  # there is one: stream=True
        size += len(part)
        if size > most:
            raise BadMessage("the file is too big", status=413)
        parts.append(part)
    return b"".join(parts)


def file_in(content_type: str, body: bytes) -> tuple[str, bytes]:
    """Name and bytes of the form's `file`.

    Raises:
        BadMessage: there is none.
    """
    kind, options = parse_content_header(content_type)
    boundary = options.get("boundary")
    if kind != "multipart/form-data" or not isinstance(boundary, str):
        raise BadMessage("send multipart/form-data")
    try:
        _, files = parse_multipart_form(body, boundary.encode())  # type: ignore[no-untyped-call]
        found = files.get("file")
    except (ValueError, LookupError, TypeError) as error:
        raise BadMessage("the form cannot be read") from error
    if found is None or not found.body:
        raise BadMessage("the form needs a `file` that is not empty")
    return found.name, found.body
