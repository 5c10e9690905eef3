"""Times of day: `now`, or hours and minutes on a 24-hour clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.nlu.found import Found
from bot.nlu.numerals import ZH_NUMERAL, from_chinese

_HINT = re.compile(r"\d|[现这此眼点时正午零]|now|curren|moment|present|half|noon|mid")
_NOW = re.compile(r"现在|这会儿?|此刻|眼下|\b(?:now|right\s+now|currently|at\s+the\s+moment|at\s+present)\b")
_NOT_NOW = re.compile(r"\b(?:until|till|by|from|just|for)\s+now\b|\bnow\s+that\b")
_ZH_PERIOD = r"(?P<period>凌晨|清晨|早上|早晨|一早|早|上午|中午|下午|傍晚|晚上|夜里|晚|半夜)"
_ZH_CLOCK = re.compile(
    rf"{_ZH_PERIOD}?的?(?P<hour>\d{{1,2}}|{ZH_NUMERAL}{{1,3}})(?:点钟?|时(?![间候尚长效]))"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>\d{{1,2}}|{ZH_NUMERAL}{{1,3}})分?)?(?!\s*(?:建议|意见|钱|积分))"
)
_COLON = re.compile(
    rf"(?:{_ZH_PERIOD})?(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])\s*(?P<half_day>[ap]\.?m\b)?"
)
_EN_CLOCK = re.compile(r"(?<![\d:.])\b(?P<hour>1[0-2]|0?[1-9])\s*(?P<half_day>[ap])\.?m\b")
_EN_AT = re.compile(
    r"\b(?:at|by|until|till|after|before|past|around)\s+(?P<hour>1[0-2]|[1-9]|2[0-3])(?:\s*o'?clock)?"
    r"(?:\s+in\s+the\s+(?P<part>morning|afternoon|evening)|\s+(?P<night>tonight|at\s+night))?"
    r"(?=\s*(?:$|[?.!,]|today|tomorrow|on\b|sharp|for|if|o'?clock|this|and|or))"
)
_HALF_PAST = re.compile(
    r"\bhalf\s+past\s+(?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NAMED = ((re.compile(r"\b(?:noon|midday)\b|正午"), "12:00"), (re.compile(r"\bmidnight\b|午夜|零点"), "00:00"))
_EARLY = frozenset({"凌晨", "清晨", "早上", "早晨", "一早", "早", "上午", "半夜", "夜里"})
_FIRST_BARE_MORNING_HOUR = 8


class Times:
    """Finds them; where the half of the day was not said, both are candidates, the likelier first."""

    def find(self, text: str) -> Iterator[Found]:
        """Times in a normalised text; what overlaps is settled later, the longest wins."""
        if not _HINT.search(text):
            return
        for match in _NOW.finditer(text):
            if not any(other.start() <= match.start() < other.end() for other in _NOT_NOW.finditer(text)):
                yield Found(*match.span(), "time", "now")
        for match in _ZH_CLOCK.finditer(text):
            if match.group() == "一点":  # a little
                continue
            hour, minute = _number(match["hour"]), _number(match["minute"]) if match["minute"] else 0
            minute = 30 if match["half"] else {"一": 15, "三": 45}.get(match["quarter"], minute)
            shared = match["period"] in ("晚", "早") and text[match.start() - 1 : match.start()] in ("今", "明", "昨")
            start = match.start("hour") if shared else match.start()  # 今晚十点: 今晚 is the date's
            yield from _found(match, hour, minute, match["period"] or "", start)
        for match in _COLON.finditer(text):
            exact = match["period"] or (match["half_day"] or "")[:1] or "exact"
            yield from _found(match, int(match["hour"]), int(match["minute"]), exact)
        for match in _EN_CLOCK.finditer(text):
            yield from _found(match, int(match["hour"]), 0, match["half_day"])
        for match in _EN_AT.finditer(text):
            part = {"morning": "a", "afternoon": "p", "evening": "p"}.get(
                match["part"] or "", "p" if match["night"] else ""
            )
            yield from _found(match, int(match["hour"]), 0, part, start=match.start("hour"))
        for match in _HALF_PAST.finditer(text):
            hour = int(match["hour"]) if match["hour"].isdigit() else _WORDS.index(match["hour"]) + 1
            yield from _found(match, hour, 30, "")
        for pattern, value in _NAMED:
            for match in pattern.finditer(text):
                yield Found(*match.span(), "time", value)


def _number(written: str) -> int | None:
    return int(written) if written.isdigit() else from_chinese(written)


def _found(
    match: re.Match[str], hour: int | None, minute: int | None, part: str, start: int | None = None
) -> Iterator[Found]:
    if hour is None or minute is None or hour > 24 or minute > 59:
        return
    begin = match.start() if start is None else start
    meant = _on_the_day(hour, part) % 24
    halves = (meant, (meant + 12) % 24) if not part and 1 <= hour <= 12 else ()
    value, *others = (f"{one:02d}:{minute:02d}" for one in halves or (meant,))
    yield Found(begin, match.end(), "time", value, candidates=(value, *others) if others else ())


def _on_the_day(hour: int, part: str) -> int:
    """The hour on a 24-hour clock; a bare hour before eight is in the afternoon, when shops are asked about."""
    if hour > 12 or part == "exact":
        return hour
    if part in _EARLY or part == "a":
        return hour % 12
    if part in ("中午",):
        return hour if hour >= 10 else hour + 12
    if part:  # afternoon or evening; twelve in the evening is midnight
        return 24 if hour == 12 and part in ("晚上", "晚") else hour % 12 + 12
    return hour if hour >= _FIRST_BARE_MORNING_HOUR else hour + 12
