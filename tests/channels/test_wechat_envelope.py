"""WeChat's signatures and envelopes: the published examples, and what must not be opened."""

from __future__ import annotations

import base64
import json
import os
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.errors import BadMessage
from channels.wechat import wire
from channels.wechat.crypto import Envelope, signature
from channels.wechat.gate import Gate, Mode

A_KEY, A_APP = "A" * 43, "wxba5fad812f8e6fb9"
A_CLEAR = {
    "ToUserName": "gh_97417a04a28d",
    "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "CreateTime": 1714112445,
    "MsgType": "event",
    "Event": "debug_demo",
    "debug_str": "hello world",
}
A_SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32"
    "IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
A_REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
DEMO_KEY, DEMO_APP = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2"
DEMO_SEALED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpb"
    "UAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn"
    "6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1Dl"
    "D+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
CORP_KEY, CORP = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
CORP_ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="


@pytest.mark.parametrize(
    ("parts", "signed"),
    [
        (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (("AAAAA", "1714112445", "415670741", A_SEALED), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        (("AAAAA", "1713424427", "415670741", A_REPLY), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
        (("spamtest", "1409735669", "1320562132", DEMO_SEALED), "5d197aaffba7e9b25a30732f161a50dee96bd5fa"),
        (("QDG6eK", "1409659589", "263014780", CORP_ECHO), "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"),
    ],
)
def test_the_published_signatures(parts: tuple[str, ...], signed: str) -> None:
    assert signature(*parts) == signed


def test_the_published_envelopes_are_opened() -> None:
    assert json.loads(Envelope((A_KEY,), receiver=A_APP).open(A_SEALED).text) == A_CLEAR
    assert Envelope((A_KEY,), receiver=A_APP).open(A_REPLY).text == b'{"demo_resp":"good luck"}'
    assert wire.parse(Envelope((DEMO_KEY,), receiver=DEMO_APP).open(DEMO_SEALED).text)["Content"] == "abcdteT"
    assert Envelope((CORP_KEY,), receiver=CORP).open(CORP_ECHO).text == b"1616140317555161061"


def test_another_library_opens_what_we_seal_and_seals_what_we_open() -> None:
    from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]  # it has no types

    theirs = WeChatCrypto("AAAAA", DEMO_KEY, DEMO_APP)
    ours = Gate(token="AAAAA", mode="safe", keys=(DEMO_KEY,), receiver=DEMO_APP)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    stamp = str(int(now.timestamp()))
    text = "<xml><MsgType>text</MsgType><FromUserName>ann</FromUserName><Content>你好 😀</Content></xml>"
    sealed = theirs.encrypt_message(text, "nonce", stamp)
    signed = wire.parse(sealed.encode())["MsgSignature"]
    push = ours.open(
        {"timestamp": stamp, "nonce": "nonce", "encrypt_type": "aes", "msg_signature": signed}, sealed.encode(), now=now
    )
    assert push.data["Content"] == "你好 😀"
    answer = wire.parse(ours.seal(text, push, now=now).encode())
    opened = theirs.decrypt_message(
        {"Encrypt": answer["Encrypt"]}, answer["MsgSignature"], answer["TimeStamp"], answer["Nonce"]
    )
    assert opened == text


def _sealed(clear: bytes, *, key: str = DEMO_KEY) -> str:
    secret = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(encryptor.update(clear) + encryptor.finalize()).decode()


def _clear(text: bytes, receiver: str = DEMO_APP) -> bytes:
    return os.urandom(16) + struct.pack(">I", len(text)) + text + receiver.encode()


def _filled(clear: bytes, fill: int | None = None) -> bytes:
    """Filled up as it should be, or with another byte."""
    count = 32 - len(clear) % 32
    return clear + bytes([count if fill is None else fill]) * count


@pytest.mark.parametrize("fill", [1, 16, 17, 32])
def test_every_length_of_padding_is_read(fill: int) -> None:
    room = (32 - fill - len(_clear(b""))) % 32
    clear = _clear(b"x" * room)
    assert Envelope((DEMO_KEY,), receiver=DEMO_APP).open(_sealed(clear + bytes([fill]) * fill)).text == b"x" * room


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param("", id="empty"),
        pytest.param("no base64 !", id="no base64"),
        pytest.param("AAAA", id="too short"),
        pytest.param(base64.b64encode(b"\0" * 32).decode(), id="zeros"),
        pytest.param("你好", id="Chinese"),
        pytest.param("\ud800", id="half a surrogate"),
        pytest.param(_sealed(_filled(_clear(b"hello"), 0)), id="no filling"),
        pytest.param(_sealed(_filled(_clear(b"hello"), 33)), id="too much filling"),
        pytest.param(_sealed(_filled(_clear(b"hello"), 255)), id="far too much filling"),
        pytest.param(_sealed(_filled(_clear(b"hello", "wx0000000000000000"))), id="another app"),
        pytest.param(_sealed(_filled(_clear(b"hello", ""))), id="no app"),
        pytest.param(_sealed(_filled(os.urandom(16) + struct.pack(">I", 9999) + b"x" * 30)), id="a length that lies"),
        pytest.param(_sealed(b"\x20" * 32), id="only filling"),
        pytest.param(_sealed(_filled(b"short")), id="no room for a length"),
    ],
)
def test_what_was_not_sealed_for_us_is_refused(sealed: str) -> None:
    with pytest.raises(BadMessage) as refused:
        Envelope((DEMO_KEY, ""), receiver=DEMO_APP).open(sealed)
    assert refused.value.status == 403


def test_the_previous_key_still_opens_and_seals_the_reply() -> None:
    envelope = Envelope((DEMO_KEY, A_KEY), receiver=A_APP)
    opened = envelope.open(A_SEALED)
    assert opened.key == A_KEY
    assert Envelope((A_KEY,), receiver=A_APP).open(envelope.seal(b"hello", opened.key)).text == b"hello"


NOW = datetime.fromtimestamp(1714112445, UTC)
QUERY = {
    "timestamp": "1714112445",
    "nonce": "415670741",
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "encrypt_type": "aes",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
BODY = json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": A_SEALED}).encode()


def _gate(mode: Mode = "safe") -> Gate:
    return Gate(token="AAAAA", mode=mode, keys=(A_KEY,), receiver=A_APP)


def test_the_published_push_comes_in() -> None:
    push = _gate().open(QUERY, BODY, now=NOW)
    assert (push.data, push.as_json, push.key) == (A_CLEAR, True, A_KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"msg_signature": ""},
        {"msg_signature": QUERY["msg_signature"][:-1]},
        {"msg_signature": QUERY["msg_signature"].upper()},
        {"msg_signature": QUERY["signature"]},
        {"nonce": "1"},
        {"timestamp": "1714112446"},
        {"timestamp": ""},
        {"timestamp": "now"},
        {"timestamp": "99999999999999999999"},
        {"encrypt_type": "raw"},
        {"encrypt_type": ""},
    ],
)
def test_a_forged_push_is_refused(wrong: dict[str, str]) -> None:
    assert _gate().open(QUERY, BODY, now=NOW)
    with pytest.raises(BadMessage) as refused:
        _gate().open(QUERY | wrong, BODY, now=NOW)
    assert refused.value.status == 403


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_push_of_another_time_is_refused(minutes: int) -> None:
    assert _gate().open(QUERY, BODY, now=NOW + timedelta(minutes=minutes * 0.8))
    with pytest.raises(BadMessage, match="clock"):
        _gate().open(QUERY, BODY, now=NOW + timedelta(minutes=minutes))


def test_an_open_push_is_refused_in_safe_mode_and_taken_in_compatible_mode() -> None:
    open_query = {name: value for name, value in QUERY.items() if name not in ("encrypt_type", "msg_signature")}
    body = json.dumps(A_CLEAR).encode()
    assert _gate("compatible").open(open_query, body, now=NOW).data == A_CLEAR
    with pytest.raises(BadMessage, match="safe mode"):
        _gate("safe").open(open_query, body, now=NOW)


def test_in_compatible_mode_only_what_is_signed_counts() -> None:
    body = json.dumps({**A_CLEAR, "debug_str": "forged", "Encrypt": A_SEALED}).encode()
    assert _gate("compatible").open(QUERY, body, now=NOW).data == A_CLEAR


def test_the_address_check_gets_back_its_very_bytes() -> None:
    moment = datetime.fromtimestamp(1714036504, UTC)
    query = {
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
    }
    assert _gate().echo(query, now=moment) == b"4375120948345356249"
    for wrong in ({"signature": ""}, {"echostr": ""}, {"echostr": "x" * 600}):
        with pytest.raises(BadMessage):
            _gate().echo(query | wrong, now=moment)


@pytest.mark.parametrize("always", [True, False])
def test_a_sealed_address_check_is_opened(always: bool) -> None:
    gate = Gate(token="QDG6eK", mode="safe", keys=(CORP_KEY,), receiver=CORP, always_sealed=always)
    query = {
        "timestamp": "1409659589",
        "nonce": "263014780",
        "echostr": CORP_ECHO,
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    }
    now = datetime.fromtimestamp(1409659589, UTC)
    assert gate.echo(query, now=now) == b"1616140317555161061"
    with pytest.raises(BadMessage):
        gate.echo(query | {"msg_signature": "0" * 40}, now=now)
