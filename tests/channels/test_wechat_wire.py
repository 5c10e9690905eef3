"""Bodies to and from WeChat: what is read, what is refused quickly, what is written."""

from __future__ import annotations

import time

import pytest

from bot.errors import BadMessage
from channels.wechat import wire

ENTITIES = '<!DOCTYPE xml [<!ENTITY a "{}">]><xml><MsgType>{}</MsgType></xml>'


def test_both_forms_say_the_same() -> None:
    xml = b"<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[ a <b> ]]></Content><MsgId>64</MsgId></xml>"
    spoken = {"MsgType": "text", "Content": " a <b> ", "MsgId": "64"}
    assert wire.parse(xml) == spoken
    assert wire.parse(b'{"MsgType":"text","Content":" a <b> ","MsgId":"64"}') == spoken


def test_what_is_nested_stays_so() -> None:
    body = b"<xml><ScanCodeInfo><ScanType>qrcode</ScanType></ScanCodeInfo><MsgType>event</MsgType></xml>"
    assert wire.parse(body)["ScanCodeInfo"] == {"ScanType": "qrcode"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"hello",
        b"[]",
        b"{",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b"{" * 60_000,
        b"<a>" * 9_000 + b"</a>" * 9_000,
        b"<!DOCTYPE xml><xml/>",
        ENTITIES.format("x", "&a;").encode(),
        ENTITIES.format("x" * 25_000, "&a;" * 8_000).encode(),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
    ],
)
def test_a_body_that_no_platform_sends_is_refused_at_once(body: bytes) -> None:
    began = time.thread_time()
    with pytest.raises(BadMessage):
        wire.parse(body)
    assert time.thread_time() - began < 0.05


@pytest.mark.parametrize(
    "text", ["]]>", "a & b < c", "\x08\x00", "\ud83d", "\ufffe", " spaces ", "👨‍👩‍👧‍👦 你好", "&amp;"]
)
def test_a_reply_stays_well_formed_whatever_it_says(text: str) -> None:
    body = wire.render({"Content": text, "CreateTime": 1}, as_json=False).encode()
    read = wire.parse(body)
    kept = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert read["Content"].strip("\ufffd") == kept.translate({0: None, 8: None, 0xFFFE: None}).strip("\ufffd")
    assert read["CreateTime"] == "1"


def test_a_field_is_a_text_or_nothing() -> None:
    data = {"a": "x", "b": 7, "c": {"d": 1}, "e": None, "f": True, "g": [1]}
    assert [wire.field(data, name) for name in "abcefgh"] == ["x", "7", "", "", "", "", ""]
