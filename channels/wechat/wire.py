"""Bodies as WeChat writes them, XML or JSON by the console's choice, and ours in the same form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.errors import BadMessage
from bot.replies import clean

_ILLEGAL = re.compile("[\ufffe\uffff\ud800-\udfff]")
"""What no XML can hold beside the control characters."""
_DEEP = 8
_MOST_TAGS = 8000
"""More than any push has, letters in a customer's text included; counting them is quicker than reading them."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def is_json(body: bytes) -> bool:
    return body.lstrip()[:1] == b"{"


def parse(body: bytes) -> dict[str, Any]:
    """A body's fields, in either form; what is nested stays so.

    Raises:
        BadMessage: it is neither, or has what no push has: entities, a document type.
    """
    return _from_json(body) if is_json(body) else _from_xml(body)


def field(data: Mapping[str, Any], name: str) -> str:
    """A field as text; empty when it is missing, or is no single value."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def render(data: Mapping[str, Any], *, as_json: bool) -> str:
    """Fields as a body; values are texts, numbers, or fields again."""
    if as_json:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"<xml>{_as_xml(data)}</xml>"


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("the body is not JSON that can be read") from error
    if not isinstance(data, dict):
        raise BadMessage("the body must be an object")
    return data


def _from_xml(body: bytes) -> dict[str, Any]:
    if body.count(b"<") > _MOST_TAGS:
        raise BadMessage("the body has too many elements")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadMessage("the body is not XML that can be read") from error
    return _fields(root, 0)


def _fields(element: Element, depth: int) -> dict[str, Any]:
    if depth > _DEEP:
        raise BadMessage("the body is nested too deeply")
    found: dict[str, Any] = {}
    for child in element:
        value = _fields(child, depth + 1) if len(child) else child.text or ""
        found.setdefault(str(child.tag), value)
    return found


def _as_xml(data: Mapping[str, Any]) -> str:
    return "".join(f"<{_name(name)}>{_value(value)}</{name}>" for name, value in data.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _as_xml(value)
    if isinstance(value, int):
        return str(value)
    return escape(_ILLEGAL.sub("\ufffd", clean(str(value))))


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} names no element")
    return name
