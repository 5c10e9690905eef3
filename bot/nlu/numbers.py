"""Values made of digits: order and tracking numbers, phones, one-time codes, amounts, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.nlu.found import Found
from bot.nlu.numerals import EN_NUMERAL, ZH_NUMERAL, from_chinese, from_digits, from_english, plain

_GAP = r"[\s\-_.:#]{0,2}"
_SHAPE = re.compile(r"(?P<prefix>[^\\]*)\\d\{(?P<least>\d+)(?:,(?P<most>\d+))?\}")
# People read these letters for digits when they copy a number by hand.
_LOOKALIKES = str.maketrans("oil", "011")

_PHONE = re.compile(
    r"(?<![\da-z])(?:\+?86[\s-]?)?(1[3-9]\d(?:[\s-]?\d{4}){2})(?!\d)|"
    r"(?<![\da-z])(?:\+?(852)[\s-]?)(\d{4}[\s-]?\d{4})(?!\d)"
)
_DIGIT = re.compile(r"\d")
_ZH_DIGIT = re.compile(ZH_NUMERAL)
_FOUR = rf"(\d(?:[\s-]?\d){{3}}|[{ZH_NUMERAL[1:-1]}]{{4}})"
_TAIL_BEFORE = re.compile(
    r"(?:(?:尾[号好数巴]|末尾|结尾|(?:最后|后面|后|末)[四4][位码个]|(?:手机号?|电话)尾?)"
    r"(?:数字|号码|手机号|尾号)?(?:应该|就)?(?:是|为|:|,)?\s*|"
    r"(?:last\s+(?:four\s+|4\s+)?(?:digits|numbers)|last\s+(?:four|4)|(?<!code\s)digits|(?:phone\s+)?tail|"
    r"(?:phone|mobile|cell|number)(?:\s+number)?\s+(?:ends?|ending)|(?:ends?|ended|ending)\s+(?:in|on|with)|"
    r"(?:phone|mobile|cell)(?:\s+(?:number|no\.?))?)"
    r"(?:\s+(?:of|on|for)\s+(?:my|the)\s+(?:phone|mobile|cell)(?:\s+number)?)?"
    r"(?:\s+(?:is|are|in|with)|\s*[:=,(#]|'s)*\s*)" + _FOUR + r"(?!\d)"
)
_TAIL_AFTER = re.compile(
    r"(?<!\d)(\d{4})(?!\d)\s*(?:结尾|是(?:我的?)?(?:手机)?尾号|(?:is|are)\s+(?:my|the)\s+last\s+(?:four|4))"
)
_TAIL_LAST = re.compile(
    r"(?:是|(?:\bit's|\bit\s+is|\bit\s+should\s+be|\bi\s+meant?)\s)\s*(\d{4})\s*(?:吧|啊|呀|才对|才是)?[\s.!,]*$"
)
# Beside an order number, four digits are those that prove whose it is, unless something counts with them.
_COUNTS = r"(?!\d|[.:%]\d|\s*(?:元|块|圆|年|月|日|号|天|件|个|台|码|点|分|yuan\b|rmb\b|cny\b|%))"
_TAIL_BEHIND_ORDER = re.compile(
    rf"[\s,，、;/+&和]*(?:(?:and|pls|plz|please|thanks)[\s,]+)*(?<![\d¥$])(\d{{4}}){_COUNTS}"
)
_TAIL_AHEAD_OF_ORDER = re.compile(r"(?<![\d¥$.])(\d{4})[\s,，、;/+&和]*$")
# With an order number in the message, so are four digits between two pauses: "it never came, 0777".
_TAIL_APART = re.compile(rf"(?:^|[,.;:!?(/、])\s*(\d{{4}}){_COUNTS}(?=\s*(?:[,.;!?)、]|$))")
# The same where Chinese puts a blank for the pause, at the very end: "退GT2600010121水壶 不想要了 1290".
_TAIL_AT_END = re.compile(r"(?<=[\u4e00-\u9fff])(?<![付花价钱款费是])\s+(\d{4})[\s.!]*$")
_YES = (
    r"(?:(?:sure|okay|ok|yes|yeah|yep|right|oh|um+|uh|hmm|here(?:\s+(?:you\s+go|it\s+is))?|好的?|嗯+|行|可以|哦)"
    r"[\s,.:!]*)*"
)
_BARE_FOUR = re.compile(
    rf"\s*{_YES}(?:是|就是|it's|its|it\s+is|that's|they're|尾号)?\s*{_FOUR}"
    r"\s*(?:吧|啊|呀|的|哦|please|thanks)?[\s.!?,]*"
)
_CODE_BEFORE = re.compile(
    r"(?:验证码|校验码|动态码|短信码|(?:one[\s-]time\s+|verification\s+|security\s+|sms\s+)?(?:code|otp|passcode|pin))"
    r"(?:\s*(?:is|was|are|是|为|:|=|,|'s))*\s*(\d(?:[\s-]?\d){5})(?!\d)"
)
_BARE_SIX = re.compile(r"\s*(?:是|it's|it\s+is)?\s*(\d{3}[\s-]?\d{3}|\d(?:\s\d){5})\s*[\s.!?,]*")

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CURRENCY_BEFORE = re.compile(rf"(?:¥|rmb|cny|hk\$|\$)\s*({_NUMBER})(?![\d%])\s*(万|千|k\b)?")
_CURRENCY_AFTER = re.compile(
    rf"(?<![\d.])({_NUMBER})\s*(万|千|k)?\s*(?:多|来)?\s*(?:块钱|块|元钱|元|圆|人民币|rmb\b|cny\b|yuan\b|kuai\b|bucks\b|renminbi\b)"
)
_ZH_AMOUNT = re.compile(rf"(?<![几多])({ZH_NUMERAL}+)(?:多|来)?(?:块钱|块|元钱|元|圆)(?!素)")
_EN_AMOUNT = re.compile(rf"\b({EN_NUMERAL})\s*(?:yuan|rmb|kuai|bucks|renminbi)\b")
_BOUND_BEFORE = re.compile(
    rf"(?:满|超过|超出|不到|低于|高于|少于|大于|小于|至少|最多|预算(?:是|在)?|凑(?:够|到)?|"
    rf"\b(?:under|over|above|below|less\s+than|more\s+than|at\s+least|up\s+to|budget\s+(?:is|of)|spend|spending|exceeds?|"
    rf"pay(?:ing)?|split(?:ting)?|costs?|worth)\b)"
    rf"\s*({_NUMBER})(?![\d%])(?!\s*(?:天|日|号|小时|分|个|件|台|次|期|年|月|寸|码|w|kg|g|gb|days?|hours?|minutes?|"
    rf"weeks?|months?|years?|items?|times|pieces?|percent|inch|%|折))"
)
_SPENT = re.compile(rf"(?:花|消费|买)(?:了|个|台|件|满)?\s*({_NUMBER})(?=\s*(?:的|能|可以|积|给|送|有))")
_PRICED = re.compile(r"(?<![\d.a-z])(\d{2,6})\s*的[^,.;!?，。]{1,12}?(?:分期|分\s*\d+\s*期|运费|邮费|包邮|积分|积多少)")
_BOUND_AFTER = re.compile(
    rf"(?<![\d.a-z])({_NUMBER})\s*(?:以下|以上|以内|以里|包邮|起送|包郵|(?:能不能|可不可以|可以|能|的)?分期"
    rf"|in\s+(?:instal|monthly|\d+\s+(?:months|payments)))"
)

_LETTER_SIZE = r"(?:[2-6]?x{1,3}[sl]|[2-6]xl|[sml])"
_SIZE = re.compile(
    rf"(?<![a-z0-9.])({_LETTER_SIZE}|\d{{2}}(?:\.5)?|\d{{2,3}}[a-g])\s*(?:尺码|码)|(?<![a-z0-9.])({_LETTER_SIZE})\s*号|"
    rf"(?:换|穿|要|拿|鞋)\s*(\d{{2}})\s*号|"
    rf"\b(?:size|eu|eur)\b\s*[:=]?\s*({_LETTER_SIZE}|\d{{2}}(?:\.5)?[a-g]?|small|medium|large)\b|"
    rf"(?:尺码|尺寸|码数|大小)(?:是|为|:)?\s*({_LETTER_SIZE}|\d{{2}}(?:\.5)?[a-g]?)(?![a-z0-9])|"
    rf"(?<![a-z0-9])([2-6]?x{{1,3}}[sl]|[2-6]xl|(?:6[5-9]|[789]\d|100)[a-g])(?![a-z0-9])|"
    rf"(?:换|拿|选|穿|要)(?:成|个|件|一件)?\s*({_LETTER_SIZE})(?![a-z0-9])|"
    rf"\b(?:an?|the|to|for|in|my)\s+({_LETTER_SIZE})\b(?!\s+(?:order|appliance|parcel|package|item|number|amount))|"
    rf"\b(?:an?|the|to|for|in)\s+(small|medium|large)\b(?=\s*(?:$|[.,;!?]|size\b|one\b|please\b|instead\b|if\b))|"
    rf"((?:再)?[大小细](?:一|两|1|2)(?:个)?[码号]|(?:one|a|two)\s+sizes?\s+(?:up|down|bigger|smaller|larger)|"
    rf"(?:bigger|smaller|larger)\s+size|[更再][大小](?:一点|一些|点|些)?的?(?:尺码|尺寸|码|号))"
)
_BARE_SIZE = re.compile(rf"\s*({_LETTER_SIZE}|small|medium|large)\s*[.!]*")


class Numbers:
    """Finds them. `shapes` are the shop's own formats, entity to pattern, such as `order_number: GT\\d{10}`."""

    def __init__(self, shapes: Mapping[str, Iterable[str]]) -> None:
        self._shapes = [(entity, _tolerant(pattern)) for entity, patterns in shapes.items() for pattern in patterns]
        self._bare_orders = [bare for pattern in shapes.get("order_number", ()) if (bare := _bare_order(pattern))]

    def find(self, text: str) -> Iterator[Found]:
        """The values in a normalised text; what overlaps is settled later, the longest wins."""
        rest = text
        if _DIGIT.search(text):
            shaped = list(self._shaped(text))
            yield from shaped
            rest = _without(text, [(one.start, one.end) for one in shaped])
            yield from _phones(rest)
            yield from _tails_beside(text, [one for one in shaped if one.entity == "order_number"])
            yield from _codes(rest)
            yield from _amounts_in_digits(rest)
        if _DIGIT.search(rest) or _ZH_DIGIT.search(rest):
            yield from _tails(rest)
        yield from _amounts_in_words(rest)
        yield from _sizes(rest)

    def _shaped(self, text: str) -> Iterator[Found]:
        for entity, pattern in self._shapes:
            for match in pattern.finditer(text):
                digits = re.sub(r"\W|_", "", match["digits"]).translate(_LOOKALIKES)
                prefix = re.sub(r"\W|_", "", match["prefix"])
                yield Found(match.start(), match.end(), entity, (prefix + digits).upper())
        for prefix, pattern in self._bare_orders:
            for match in pattern.finditer(text):
                yield Found(*match.span("digits"), "order_number", prefix + re.sub(r"\D", "", match["digits"]))


def _bare_order(pattern: str) -> tuple[str, re.Pattern[str]] | None:
    """An order number of which only the digits are given, with the word "order" before it or nothing around it."""
    shape = _SHAPE.fullmatch(pattern)
    if shape is None or not shape["prefix"].isalnum() or shape["most"]:
        return None
    digits = rf"(?P<digits>\d(?:[\s-]?\d){{{int(shape['least']) - 1}}})(?!\d)"
    before = r"(?:^\s*|(?:订单号?|单号|编号|\border(?:\s+(?:number|no\.?|id))?)(?:\s*(?:是|为|is|:|#|=))*\s*)"
    return shape["prefix"].upper(), re.compile(before + digits)


def _tolerant(pattern: str) -> re.Pattern[str]:
    """The pattern with blanks, dashes and read-alike letters allowed between its digits, in any case."""
    shape = _SHAPE.fullmatch(pattern)
    if shape is None:
        return re.compile(rf"(?<![a-z0-9])(?P<prefix>)(?P<digits>{pattern})(?![a-z0-9])", re.IGNORECASE)
    least, most = int(shape["least"]), int(shape["most"] or shape["least"])
    digit = r"(?:\d|(?<=\d)[oil](?=[\doil])|(?<=[oil])[oil](?=[\doil])|(?<=\d)[oil](?![a-z]))"
    prefix = _GAP.join(re.findall(r"\([^)]*\)|.", shape["prefix"]))
    return re.compile(
        rf"(?<![a-z0-9])(?P<prefix>{prefix}){_GAP}(?P<digits>\d(?:{_GAP}{digit}){{{least - 1},{most - 1}}})(?![0-9])",
        re.IGNORECASE,
    )


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spans blanked, same length."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        digits = "".join(character for group in match.groups() if group for character in group if character.isdigit())
        yield Found(match.start(), match.end(), "phone", digits)


def _four(digits: str) -> str | None:
    plain_digits = re.sub(r"[\s-]", "", digits)
    if plain_digits.isascii():
        return plain_digits
    value = from_chinese(plain_digits)
    return None if value is None or any(unit in plain_digits for unit in "十百千万两") else f"{value:04d}"


def _tails(text: str) -> Iterator[Found]:
    bare = _BARE_FOUR.fullmatch(text.strip(" .,;!?")) and _BARE_FOUR.search(text)
    for match in [*([bare] if bare else []), *_marked_tails(text)]:
        value = _four(match[1])
        if value is not None:
            yield Found(*match.span(1), "phone_tail", value)


def _marked_tails(text: str) -> Iterator[re.Match[str]]:
    for pattern in (_TAIL_BEFORE, _TAIL_AFTER, _TAIL_LAST):
        yield from pattern.finditer(text)


def _tails_beside(text: str, orders: Iterable[Found]) -> Iterator[Found]:
    """Four digits right after an order number, or right before it."""
    for order in orders:
        if (behind := _TAIL_BEHIND_ORDER.match(text, order.end)) is not None:
            yield Found(*behind.span(1), "phone_tail", behind[1])
        elif (ahead := _TAIL_AHEAD_OF_ORDER.search(text[: order.start])) is not None:
            yield Found(*ahead.span(1), "phone_tail", ahead[1])
        else:
            for apart in (*_TAIL_APART.finditer(text), *_TAIL_AT_END.finditer(text)):
                yield Found(*apart.span(1), "phone_tail", apart[1])


def _codes(text: str) -> Iterator[Found]:
    bare = _BARE_SIX.fullmatch(text)
    for match in [*([bare] if bare else []), *_CODE_BEFORE.finditer(text)]:
        yield Found(*match.span(1), "code", re.sub(r"\D", "", match[1]))


def _amounts_in_digits(text: str) -> Iterator[Found]:
    for pattern in (_CURRENCY_BEFORE, _CURRENCY_AFTER):
        for match in pattern.finditer(text):
            factor = {"万": 10_000, "千": 1000, "k": 1000}.get(match[2] or "", 1)
            yield Found(*match.span(), "amount", plain(from_digits(match[1]) * factor))
    for pattern in (_BOUND_BEFORE, _BOUND_AFTER, _SPENT, _PRICED):
        for match in pattern.finditer(text):
            yield Found(*match.span(1), "amount", plain(from_digits(match[1])))


def _amounts_in_words(text: str) -> Iterator[Found]:
    for match in _ZH_AMOUNT.finditer(text):
        value = from_chinese(match[1])
        if value and match.group() != "一块":  # 一块 is also "together"
            yield Found(*match.span(), "amount", plain(value))
    for match in _EN_AMOUNT.finditer(text):
        value = from_english(match[1])
        if value:
            yield Found(*match.span(), "amount", plain(value))


_WORD_SIZES = {"small": "S", "medium": "M", "large": "L"}


def _sizes(text: str) -> Iterator[Found]:
    bare = _BARE_SIZE.fullmatch(text)
    for match in [*([bare] if bare else []), *_SIZE.finditer(text)]:
        group = next(index for index, value in enumerate(match.groups(), start=1) if value)
        value = match[group]
        size = _WORD_SIZES.get(value, value if " " in value or not value.isascii() else value.upper())
        yield Found(*match.span(group), "size", size)
