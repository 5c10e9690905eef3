"""Dates in both languages, resolved against the shop's today; without a hint of the past, the next such day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from bot.nlu.found import Found
from bot.nlu.holidays import HOLIDAYS, Rule, lunar, upcoming
from bot.nlu.numerals import EN_NUMERAL, ZH_NUMERAL, from_chinese, from_english

_ZH_WEEKDAYS = {character: index for index, character in enumerate("一二三四五六")} | {"日": 6, "天": 6}
_ZH_WEEKDAYS |= {str(index + 1): index for index in range(7)}
_EN_WEEKDAYS = {name: index for index, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_EN_MONTHS = {
    name: index
    for index, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}

_OFFSETS = (
    (re.compile(r"大前天|(?:three|3)\s+days\s+ago"), -3),
    (re.compile(r"前天|(?<![目之以提年])前日(?!期|子)|(?:the\s+)?day\s+before\s+yesterday"), -2),
    (re.compile(r"昨(?:天|日|晚|儿)|[寻噚琴](?:日|晚)|yesterday|last\s+night"), -1),
    (
        re.compile(r"今(?:天|日|晚|儿|早)|\btoday\b|\btonight\b|\bthis\s+(?:morning|afternoon|evening)\b"),
        0,
    ),
    (
        re.compile(
            r"明(?:天|日|晚|早|儿)|听(?:日(?![语本文剧])|晚|朝)|\b(?:tomorrow|tomorow|tommorow|tommorrow|tmrw|tmr)\b"
        ),
        1,
    ),
    (re.compile(r"大后天"), 3),
    (re.compile(r"后天|(?<![以今])后日(?!子|期|常)|(?:the\s+)?day\s+after\s+tomorrow"), 2),
)
_ZH_WEEKDAY = re.compile(
    r"(?P<when>上上个?|下下个?|上个?|下个?|这个?|本|每)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天1-7])(?![0-9年个])"
)
_ZH_WEEKEND = re.compile(r"(?P<when>上个?|下个?|这个?|本)?周末")
_EN_WEEKDAY = re.compile(
    r"\b(?:(?P<when>this\s+coming|this|next|last|coming|past|every|on|by)\s+)?"
    r"(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun)s?\b"
    r"(?P<after>\s+(?:after\s+)?next(?:\s+week)?|\s+of\s+next\s+week|\s+week\b)?"
)
_SUBJECT = re.compile(r"\b(?:i|we|he|she|they|it|you|the|in|who|just)\s+$")
_EN_WEEKEND = re.compile(r"\b(?:(?P<when>this|next|last|the)\s+)?weekend\b")

_SEAT = re.compile(r"\s+(?:on|in|down|at|here|there|through|for|by|around|is|shines|shone)\b")

_ISO = re.compile(r"(?<!\d)(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:日|号)?(?!\d)")
_ZH_MONTH_DAY = re.compile(
    rf"(?<![\d.])(?P<year>明年|后年|今年|去年|20\d\d年)?(?P<month>\d{{1,2}}|{ZH_NUMERAL}{{1,3}})月份?(?:的)?"
    rf"(?P<day>\d{{1,2}}|{ZH_NUMERAL}{{1,3}})(?:日|号|$|(?=[^\d{ZH_NUMERAL[1:-1]}]))"
)
_ZH_DAY = re.compile(
    rf"(?<![\d.\-月路街道巷弄院大小细长短{ZH_NUMERAL[1:-1]}])(?P<month>这个月|本月|下个月|下月)?(?P<day>[1-9]|[12]\d|3[01]|{ZH_NUMERAL}{{1,3}})"
    rf"(?:日(?![元本常用内鉴游])|号(?![码店楼线门馆院]))"
)
_SLASHED = re.compile(r"(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/%])")
_MONTH = (
    r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|tember|ober|ember)?\.?"
)
_ORDINAL = r"(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)?"
_EN_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\s+(?:the\s+)?{_ORDINAL}\b(?!\s*(?:yuan|rmb|days|%|:))(?:\s*,?\s*(?P<year>20\d\d)\b)?"
)
_EN_DAY_MONTH = re.compile(rf"(?<!\d)\b{_ORDINAL}\s+(?:of\s+)?{_MONTH}(?:\s*,?\s*(?P<year>20\d\d))?\b")
# The other end of a span: 12月24日到26日, 24 to 26 December, from December 24 to 26.
_UNTIL = r"\s*(?:到|至|-|~|to|through|until|till)\s*(?:the\s+)?"
_SAME_MONTH = re.compile(rf"{_UNTIL}(?P<day>\d{{1,2}}|{ZH_NUMERAL}{{1,3}})(?:日|号|st|nd|rd|th|\b)(?!\s*(?:月|:|/))")
_DAY_BEFORE = re.compile(rf"(?<![\d/.:])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_UNTIL}$")
_EN_DAY = re.compile(
    r"\b(?:on\s+)?the\s+(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)\b(?!\s+(?:of|time|order|floor|item|parcel|one|day))"
)

_LUNAR_DAY = re.compile(r"(?:大年|正月|年)?初(?P<day>[一二三四五六七八九十]|[1-9]|10)(?!中|[春夏秋冬步])")
_LUNAR_MONTH_DAY = re.compile(
    r"(?:农历|阴历)(?P<month>正|腊|[一二三四五六七八九十]{1,2})月(?:初)?(?P<day>[一二三四五六七八九十廿]{1,3})|"
    r"(?P<first>正|腊)月(?P<rest>廿[一二三四五六七八九]?|二十[一二三四五六七八九]?|十[一二三四六七八九]?|三十)"
)
_NEW_YEAR_DAY = re.compile(
    r"\b(?:the\s+)?(?P<day>second|third|fourth|fifth|2nd|3rd|4th|5th)\s+day\s+of\s+(?:the\s+)?(?:chinese|lunar)\s+new\s+year\b"
)
_IN_DAYS = re.compile(
    rf"(?:(?P<zh>\d{{1,3}}|{ZH_NUMERAL}{{1,3}})(?P<zh_unit>天|日|个?星期|周|个?礼拜)(?:以|之)?(?P<zh_side>后|前)|"
    rf"\bin\s+(?P<en>\d{{1,3}}|an?\s+|{EN_NUMERAL})\s*(?P<en_unit>days?|weeks?)\b(?:'\s+time)?|"
    rf"\b(?P<ago>\d{{1,3}}|an?\s+|{EN_NUMERAL})\s*(?P<ago_unit>days?|weeks?)\s+(?P<ago_side>ago|from\s+(?:now|today)|later))"
)
# A Latin name must not be a piece of a longer word; a Chinese one may touch anything.
_HOLIDAYS = tuple(
    (re.compile(rf"(?:(?<![a-z])|(?=[^a-z]))(?:{pattern})(?:(?![a-z])|(?<=[^a-z]))"), rule)
    for pattern, rule in HOLIDAYS
)
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_HINT = re.compile(
    r"[0-9天日晚朝号周星礼拜月节夕旦诞昨今明后前年初三庆秋午阳至安夜五一双宵六七女父母教万]|"
    r"day|tonight|this|week|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|tom|tm|"
    r"year|xmas|christ|festival|eve|ago|later|night|now|easter|halloween|valentine|duan|qing|qixi|thanks|double"
)


class Dates:
    """Finds them, relative to a given today."""

    def find(self, text: str, today: date) -> Iterator[Found]:
        """Dates in a normalised text; what overlaps is settled later, the longest wins."""
        if not _HINT.search(text):
            return
        found = chain(
            _holidays(text, today),
            _lunar(text, today),
            _relative(text, today),
            _weekdays(text, today),
            _calendar(text, today),
        )
        for start, end, day in found:
            yield Found(start, end, "date", day.isoformat())


Spans = Iterator[tuple[int, int, date]]


def _holidays(text: str, today: date) -> Spans:
    for pattern, rule in _HOLIDAYS:
        for match in pattern.finditer(text):
            start = match.start()
            year = re.search(r"(明年|今年|后年|next\s+year'?s?|20\d\d)\s*年?\s*(?:的)?$", text[:start])
            yield (year.start() if year else start), match.end(), _in_year(rule, year[1] if year else "", today)


def _in_year(rule: Rule, named: str, today: date) -> date:
    if named.isdigit():
        return rule(int(named))
    if named in ("明年", "后年") or named.startswith("next"):
        return rule(today.year + (2 if named == "后年" else 1))
    return rule(today.year) if named == "今年" else upcoming(rule, today)


def _lunar(text: str, today: date) -> Spans:
    for match in _LUNAR_DAY.finditer(text):
        day = int(match["day"]) if match["day"].isdigit() else from_chinese(match["day"])
        yield match.start(), match.end(), upcoming(lunar(1, day or 1), today)
    for match in _LUNAR_MONTH_DAY.finditer(text):
        month = {"正": 1, "腊": 12}.get(match["month"] or match["first"]) or from_chinese(match["month"])
        day = from_chinese((match["day"] or match["rest"]).replace("廿", "二十"))
        if month and day and month <= 12 and day <= 30:
            yield match.start(), match.end(), upcoming(lunar(month, day), today)
    for match in _NEW_YEAR_DAY.finditer(text):
        yield match.start(), match.end(), upcoming(lunar(1, _NTH[match["day"]]), today)


def _relative(text: str, today: date) -> Spans:
    for pattern, days in _OFFSETS:
        for match in pattern.finditer(text):
            if match.group() == "后天" and text[max(0, match.start() - 1) : match.start()] == "大":
                continue
            yield match.start(), match.end(), today + timedelta(days=days)
    for match in _IN_DAYS.finditer(text):
        count = _count(match["zh"] or match["en"] or match["ago"])
        unit = match["zh_unit"] or match["en_unit"] or match["ago_unit"]
        if count is None:
            continue
        days = count * (7 if unit.startswith("week") or unit[-1] in "期周拜" else 1)
        past = match["zh_side"] == "前" or match["ago_side"] == "ago"
        yield match.start(), match.end(), today + timedelta(days=-days if past else days)


def _count(written: str) -> int | None:
    written = written.strip()
    if written.isdigit():
        return int(written)
    if written in ("a", "an"):
        return 1
    return from_english(written) if written.isascii() else from_chinese(written)


def _weekdays(text: str, today: date) -> Spans:
    monday = today - timedelta(days=today.weekday())
    for match in _ZH_WEEKDAY.finditer(text):
        if match["when"] == "每":
            continue
        yield match.start(), match.end(), _weekday(_ZH_WEEKDAYS[match["day"]], match["when"] or "", monday, today)
    for match in _ZH_WEEKEND.finditer(text):
        yield match.start(), match.end(), _weekday(5, match["when"] or "", monday, today)
    for match in _EN_WEEKDAY.finditer(text):
        if match["when"] == "every" or _is_a_verb(match, text):
            continue
        when = {"next": "next", "last": "last", "past": "last"}.get(match["when"] or "", "")
        if "next" in (match["after"] or ""):
            when = "下"
        yield match.start(), match.end(), _weekday(_EN_WEEKDAYS[match["day"][:3]], when, monday, today)
    for match in _EN_WEEKEND.finditer(text):
        when = {"next": "下", "last": "上"}.get(match["when"] or "", "")
        yield match.start(), match.end(), _weekday(5, when, monday, today)


def _is_a_verb(match: re.Match[str], text: str) -> bool:
    """Whether "sat", "sun" or "wed" is no day here: somebody sat, the sun shone."""
    if match["day"] not in ("sat", "sun", "wed"):
        return False
    return bool(_SUBJECT.search(text[: match.start("day")]) or _SEAT.match(text[match.end("day") :]))


def _weekday(index: int, when: str, monday: date, today: date) -> date:
    """A weekday of this, the last or the next week, weeks beginning on Monday.

    English counts from today: `next` is the first one after it, `last` the first one before.
    """
    if when.startswith(("上", "下")):
        weeks = (2 if when[:2] in ("上上", "下下") else 1) * (1 if when[0] == "下" else -1)
        return monday + timedelta(days=index + 7 * weeks)
    if when == "last":
        return today - timedelta(days=(today.weekday() - index) % 7 or 7)
    ahead = (index - today.weekday()) % 7
    return today + timedelta(days=ahead or (7 if when == "next" else 0))


def _calendar(text: str, today: date) -> Spans:
    spans: list[tuple[int, int, date]] = []
    for match in _ISO.finditer(text):
        day = _valid(int(match[1]), int(match[2]), int(match[3]))
        if day:
            yield match.start(), match.end(), day
    for match in chain(_ZH_MONTH_DAY.finditer(text), _SLASHED.finditer(text)):
        month, number = _count(match["month"]), _count(match["day"])
        if month and month > 12 and number and number <= 12 and "/" in match.group():
            month, number = number, month
        resolved = _month_day(month, number, match["year"], today)
        if resolved:
            yield match.start(), match.end(), resolved
            spans = [*spans, *_span_end(text, match.end(), resolved)]
    for match in chain(_EN_MONTH_DAY.finditer(text), _EN_DAY_MONTH.finditer(text)):
        resolved = _month_day(_EN_MONTHS[match["month"][:3]], int(match["day"]), match["year"], today)
        if resolved:
            yield match.start(), match.end(), resolved
            spans = [*spans, *_span_end(text, match.end(), resolved), *_span_begin(text, match.start(), resolved)]
    yield from spans
    for match in _ZH_DAY.finditer(text):
        resolved = _day_of_month(_count(match["day"]), match["month"] or "", today)
        if resolved and not any(start <= match.start() < end for start, end, _ in spans):
            yield match.start(), match.end(), resolved
    for match in _EN_DAY.finditer(text):
        resolved = _day_of_month(int(match["day"]), "", today)
        if resolved:
            yield match.start(), match.end(), resolved


def _span_end(text: str, at: int, begins: date) -> Spans:
    """The last day of a span whose first day ends here, when it names no month of its own."""
    match = _SAME_MONTH.match(text, at)
    day = _valid(begins.year, begins.month, _count(match["day"]) or 0) if match else None
    if match and day and day > begins:
        yield match.start("day"), match.end(), day


def _span_begin(text: str, at: int, ends: date) -> Spans:
    """The first day of a span whose last day begins here, when it names no month of its own."""
    match = _DAY_BEFORE.search(text[:at])
    day = _valid(ends.year, ends.month, int(match["day"])) if match else None
    if match and day and day < ends:
        yield match.start("day"), match.end("day"), day


def _month_day(month: int | None, day: int | None, year: str | None, today: date) -> date | None:
    if not month or not day:
        return None
    if year:
        named = {"今年": today.year, "明年": today.year + 1, "后年": today.year + 2, "去年": today.year - 1}
        number = named.get(year) or int(year.rstrip("年"))
        return _valid(number + 2000 if number < 100 else number, month, day)
    days = [found for offset in range(5) if (found := _valid(today.year + offset, month, day)) and found >= today]
    return days[0] if days else None


def _day_of_month(day: int | None, named: str, today: date) -> date | None:
    if not day or not 1 <= day <= 31:
        return None
    for offset in range(1 if named.startswith("下") else 0, 13):
        year, month = divmod(today.year * 12 + today.month - 1 + offset, 12)
        found = _valid(year, month + 1, day)
        if found and (found >= today or named in ("这个月", "本月")):
            return found
    return None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
