"""What is new in a letter: without the letter it answers, and without what a phone signs it with."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_DATE = r"\d{1,4}\s*[年/.\-]\s*\d{1,2}"
_HEADS = [
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        # Gmail, Apple, Thunderbird; the address may stand on a line of its own
        r"^[>\s]*On\b[^\n]{4,200}(?:\n[^\n]{1,200})?\s*wrote:\s*$",
        # 163, Foxmail, iPhone: 在 2026-11-20 10:00:00，"张三" <z@163.com> 写道：
        rf"^[>\s]*在\s*{_DATE}[^\n]{{2,200}}(?:\n[^\n]{{1,200}})?写道\s*[:：]\s*$",
        # Gmail: 张三 <z@gmail.com> 于2026年11月20日周五 10:00写道：
        rf"^[>\s]*[^\n]{{1,200}}(?:\n[^\n]{{0,100}})?于\s*{_DATE}[^\n]{{2,100}}(?:\n[^\n]{{0,100}})?写道\s*[:：]\s*$",
        # Apple: 2026年11月20日 10:00，张三 <z@icloud.com> 写道：
        rf"^[>\s]*{_DATE}[^\n]{{2,200}}写道\s*[:：]\s*$",
        # QQ, and the rulers of older programs
        r"^\s*-{2,}\s*(?:原始邮件|邮件原件|Original(?: Message)?)\s*-{2,}\s*$",
        # Outlook's block, with a ruler before it or without
        r"^(?:\s*_{10,}\s*\n)?[>\s]*\**(?:From|发件人|寄件者)\s*[:：]\**[^\n]*\n[>\s]*\**(?:Sent|Date|To|Cc|发送时间|日期"
        r"|收件人|抄送|寄件日期|時間)\s*[:：]",
    )
]
_SIGNATURE = re.compile(r"^(?:-- ?|—{2,}|_{5,})$", re.MULTILINE)
_PHONE = re.compile(
    r"^\s*(?:发自我的.{0,30}|來自我的.{0,30}|从我的.{0,20}发送|发送自.{0,30}|来自\s?Outlook.{0,30}"
    r"|Sent from (?:my|Outlook|Mail|Yahoo).{0,40}|Get Outlook for .{1,20})\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s*[>＞]")


def unquoted(text: str) -> str:
    """What the sender wrote this time; the whole text when nothing would be left."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    starts = [match.start() for head in _HEADS if (match := head.search(lines))]
    fresh = lines[: min(starts)] if starts else lines
    kept = [line.rstrip() for line in fresh.split("\n") if not _QUOTED.match(line)]
    said = _without_signature("\n".join(kept)).strip()
    return said or _without_quotes(lines)


def text_of_html(html: str) -> str:
    """A page's words, one paragraph to a line; what a quote element holds comes with `>` before it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_signature(text: str) -> str:
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or _PHONE.match(lines[-1])):
        lines.pop()
    text = "\n".join(lines)
    found = _SIGNATURE.search(text)
    return text[: found.start()] if found and text[: found.start()].strip() else text


def _without_quotes(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not _QUOTED.match(line)).strip()


class _Reader(HTMLParser):
    """Collects words; scripts, styles and heads are none."""

    _SILENT = frozenset({"script", "style", "head", "title", "template"})
    _BLOCKS = frozenset({"p", "div", "br", "li", "tr", "table", "blockquote", "h1", "h2", "h3", "hr", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        if tag == "blockquote":
            self._quotes += 1
        if tag in self._BLOCKS:
            self._line()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT and self._silent:
            self._silent -= 1
        if tag == "blockquote" and self._quotes:
            self._quotes -= 1
        if tag in self._BLOCKS:
            self._line()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(" ".join(data.split("\n")))

    def _line(self) -> None:
        self.parts.append("\n> " if self._quotes else "\n")
