"""Letters, read from their bytes: what is new in them, whom they are from, and which are left alone."""

from __future__ import annotations

import base64
from contextlib import suppress
from email.message import EmailMessage

import pytest

from channels.email.letters import MOST_FILES, Letter, Unreadable, parse
from channels.email.outgoing import compose
from channels.email.quotes import unquoted
from channels.email.tokens import Tokens
from tests.platforms.mail import USER, letter

ANN = "ann@mail.example"
NEW = "我的订单 GT2600010042 到哪了？\n\n谢谢！"

QUOTED = {
    "gmail": "\n\nOn Fri, Nov 20, 2026 at 10:00 AM Shop <help@shop.example> wrote:\n> Hello\n> there\n",
    "gmail, two lines": "\n\nOn Fri, Nov 20, 2026 at 10:00 AM Shop\n<help@shop.example> wrote:\n\n> Hello\n",
    "gmail zh": "\n\n柜台客服 <help@shop.example> 于2026年11月20日周五 10:00写道：\n\n> 您好\n",
    "163": '\n\n\n\n在 2026-11-20 10:00:00，"柜台客服" <help@shop.example> 写道：\n\n您好，请问\n',
    "qq": '\n\n\n------------------ 原始邮件 ------------------\n发件人: "柜台客服" <help@shop.example>;\n您好\n',
    "iphone zh": "\n\n发自我的 iPhone\n\n> 在 2026年11月20日，10:00，柜台客服 <help@shop.example> 写道：\n> \n> 您好\n",
    "apple": "\n\n2026年11月20日 10:00，柜台客服 <help@shop.example> 写道：\n\n> 您好\n",
    "outlook": "\n\n-----Original Message-----\nFrom: Shop\nSent: Friday\nTo: Ann\n\nHello\n",
    "outlook, a block": "\n\n____________________\nFrom: Shop <help@shop.example>\nSent: Friday\nTo: Ann\n\nHello\n",
    "outlook zh": "\n\n发件人: 柜台 <help@shop.example>\n发送时间: 2026年11月20日 10:00\n收件人: 安\n\n您好\n",
    "inline quotes": "\n\n> 您好\n> 请问\n",
    "a signature": "\n\n-- \n王小明\n电话 13800000000\n",
    "an iphone": "\n\nSent from my iPhone\n",
    "outlook for ios": "\n\nGet Outlook for iOS\n",
}


@pytest.mark.parametrize("name", QUOTED)
def test_only_what_is_new_is_heard(name: str) -> None:
    assert unquoted(NEW + QUOTED[name]) == NEW


def test_words_between_quotes_stay_and_a_letter_of_quotes_alone_is_not_emptied() -> None:
    assert unquoted("> 颜色？\n红色\n> 尺码？\n42\n") == "红色\n42"
    assert unquoted("在 2026-11-20 10:00:00，店 写道：\n您好") != ""
    assert unquoted("I wrote: nothing") == "I wrote: nothing"


def _parsed(message: EmailMessage | bytes, *, authserv: str = "") -> Letter:
    return parse(message if isinstance(message, bytes) else bytes(message), ours=USER, authserv=authserv)


def test_a_letter_says_who_what_and_which() -> None:
    read = _parsed(letter(f"安 <{ANN.upper()}>", NEW, subject="物流", number="1@mail.example"))
    assert (read.sender, read.subject, read.number) == (ANN, "物流", "1@mail.example")
    assert read.text == f"物流\n{NEW}"
    answer = _parsed(
        letter(ANN, "好的", subject="回复: 物流", number="2@m.example", In_Reply_To="<a@x>", References="<b@x> <a@x>")
    )
    assert (answer.subject, answer.text) == ("物流", "好的")
    assert answer.answers == ("a@x", "b@x")
    assert answer.references == ("b@x", "a@x", "2@m.example")


def _raw(content_type: str, body: bytes, encoding: str = "8bit") -> bytes:
    head = f"From: {ANN}\r\nTo: {USER}\r\nSubject: Re: x\r\nIn-Reply-To: <a@x>\r\nMessage-ID: <r@x>\r\n"
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"{head}MIME-Version: 1.0\r\n{kind}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("content_type", "body", "encoding"),
    [
        ("text/plain; charset=utf-8", "订单到哪了".encode(), "8bit"),
        ("text/plain; charset=gb2312", "订单到哪了".encode("gb18030"), "8bit"),
        ("text/plain; charset=utf-8", base64.b64encode("订单到哪了".encode()), "base64"),
        ("text/plain; charset=x-unknown", "订单到哪了".encode("gb18030"), "8bit"),
        ("text/plain", "订单到哪了".encode(), "8bit"),
        ("", "订单到哪了".encode("gb18030"), "8bit"),
        ("text/html; charset=utf-8", "<style>p{}</style><p>订单<b>到哪了</b></p><script>x()</script>".encode(), "8bit"),
        (
            "text/html; charset=utf-8",
            "<div>订单到哪了</div><div>在 2026-11-20 10:00，店 写道：</div><blockquote>您好</blockquote>".encode(),
            "8bit",
        ),
        (
            'multipart/alternative; boundary="b"',
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n订单到哪了\r\n"
            "--b\r\nContent-Type: text/html\r\n\r\n<p>else</p>\r\n--b--\r\n".encode(),
            "8bit",
        ),
    ],
)
def test_words_are_found_in_whatever_letters_they_were_written(content_type: str, body: bytes, encoding: str) -> None:
    assert _parsed(_raw(content_type, body, encoding)).text == "订单到哪了"


def test_an_empty_letter_and_a_letter_in_a_letter_are_read() -> None:
    assert _parsed(_raw("text/plain", b"")).text == ""
    outer = letter(ANN, "看附件", subject="Re: x", In_Reply_To="<a@x>")
    outer.add_attachment(letter("other@x.example", "not said by ann"))
    read = _parsed(outer)
    assert (read.text, read.attachments) == ("看附件", ())


def test_a_bomb_of_attachments_is_counted_not_carried() -> None:
    made = letter(ANN, "look", subject="Re: x", In_Reply_To="<a@x>")
    for number in range(60):
        made.add_attachment(b"x", maintype="text", subtype="csv", filename=f"{number}.csv")
    assert len(_parsed(made).attachments) <= MOST_FILES
    deep = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b'--b\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' * 200
    )
    with suppress(Unreadable):
        assert _parsed(f"From: {ANN}\r\n".encode() + deep).attachments == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"List_Id": "<news.shop.example>"},
        {"List_Unsubscribe": "<mailto:x@y.example>"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_what_a_machine_wrote_is_left_alone(headers: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        _parsed(letter(ANN, "I am away", **headers))
    assert _parsed(letter(ANN, "I am here", Auto_Submitted="no", Return_Path=f"<{ANN}>")).sender == ANN


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@x.example", "no-reply@x.example", USER, "nobody", "a@x.example, b@x.example"]
)
def test_what_names_no_person_is_left_alone(sender: str) -> None:
    raw = f"From: {sender}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    with pytest.raises(Unreadable):
        _parsed(raw)
    with pytest.raises(Unreadable):
        _parsed(b"From: a@x.example\r\nFrom: b@x.example\r\n\r\nhello\r\n")


@pytest.mark.parametrize(
    ("checks", "is_trusted"),
    [
        (["mx.shop.example; dmarc=pass header.from=mail.example"], True),
        (["mx.shop.example; spf=pass; dmarc=pass (p=reject) header.from=mail.example; dkim=pass"], True),
        (["mx.shop.example; dmarc=fail header.from=mail.example"], False),
        (["mx.shop.example; dmarc=pass header.from=other.example"], False),
        (["mx.shop.example; dkim=pass header.d=mail.example"], False),
        (["mx.evil.example; dmarc=pass header.from=mail.example"], False),
        (["mx.shop.example; dmarc=none", "mx.shop.example; dmarc=pass header.from=mail.example"], False),
        (["mx.shop.example.evil.example; dmarc=pass header.from=mail.example"], False),
        ([], False),
    ],
)
def test_only_our_own_servers_word_makes_a_sender_trusted(checks: list[str], is_trusted: bool) -> None:
    head = "".join(f"Authentication-Results: {check}\r\n" for check in checks)
    raw = f"{head}From: {ANN}\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n".encode()
    assert _parsed(raw, authserv="mx.shop.example").is_trusted is is_trusted
    assert not _parsed(raw).is_trusted, "without a name of our server nobody is"


def test_nobody_can_make_an_id_of_ours_or_use_anothers() -> None:
    tokens = Tokens("s" * 40, "shop.example")
    number = tokens.message_id("abc", ANN, "conversation-7")
    assert tokens.thread(["x@y", number], ANN) == "abc"
    assert tokens.message_id("abc", ANN, "conversation-7") == number
    others = [
        tokens.thread([number], "bob@mail.example"),
        tokens.thread([number.replace(".abc.", ".abd.")], ANN),
        tokens.thread([number.replace("@shop.example", "@evil.example")], ANN),
        Tokens("t" * 40, "shop.example").thread([number], ANN),
        tokens.thread([], ANN),
    ]
    assert len({*others, "abc"}) == 6


def test_no_text_can_begin_a_header_of_its_own() -> None:
    evil = "x\r\nBcc: victim@x.example"
    subject = f"=?utf-8?b?{base64.b64encode(evil.encode()).decode()}?="
    read = _parsed(f"From: {ANN}\r\nSubject: {subject}\r\nMessage-ID: <1@x>\r\n\r\nhi\r\n".encode())
    from email.headerregistry import Address

    made = compose(
        {"text": "hello", "buttons": [{"title": "Yes", "payload": "btn:1"}]},
        sender=Address("店", addr_spec=USER),
        recipient=ANN,
        number="n@shop.example",
        thread={"subject": evil, "references": list(read.references)},
        choose="Choose:",
        files=[("a\r\nBcc: b.txt", "text/plain", b"x")],
    )
    head = bytes(made).partition(b"\n\n")[0]
    assert made["Bcc"] is None
    assert b"\nBcc:" not in bytes(made)
    assert (made["Subject"], made["Auto-Submitted"]) == ("Re: x Bcc: victim@x.example", "auto-replied")
    assert b"X-Auto-Response-Suppress: All" in head
    with pytest.raises(ValueError, match=r"."):
        compose({}, sender=Address(addr_spec=USER), recipient="a@x\r\nBcc: b@x", number="n", thread={}, choose="")
