"""Whether a draft asks a customer for something that the packet holds already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that need not be asked for."""

    field: str
    value: str
    where: str
    """slots, customer or looked_up: where the packet has it."""


@dataclass(frozen=True, slots=True)
class _Field:
    zh: re.Pattern[str]
    en: re.Pattern[str]
    slots: tuple[str, ...]
    """The slots that answer the question."""
    person: str | None = None
    """The part of the customer's view that does."""
    facts: tuple[str, ...] = ()
    """What was looked up that does."""


def _field(zh: str, en: str, slots: Iterable[str] = (), person: str | None = None, facts: Iterable[str] = ()) -> _Field:
    return _Field(re.compile(zh), re.compile(rf"\b(?:{en})\b", re.IGNORECASE), tuple(slots), person, tuple(facts))


FIELDS: Mapping[str, _Field] = {
    "order_number": _field(
        r"订单(?:编?号|号码)|单号|哪个订单|哪一单|哪笔订单|什么订单",
        r"order (?:number|no\.?|id|#)|which order|what order|order reference",
        ["order_number"],
        facts=["order", "order_number"],
    ),
    "phone": _field(
        r"手机号|电话(?:号码?|是)|联系电话|联系方式|预留.{0,3}(?:手机|电话)|手机尾号|后四位",
        r"(?:phone|mobile|telephone|contact)(?: number)?|last (?:four|4) digits",
        ["phone", "phone_tail"],
        person="phone",
    ),
    "email": _field(r"邮箱|电子邮件|邮件地址", r"e-?mail(?: address)?", ["email"], person="email"),
    "name": _field(
        r"姓名|怎么称呼|如何称呼|贵姓|您的名字|叫什么名字", r"(?:your|full|first|last) name", ["name"], person="name"
    ),
    "tracking_number": _field(
        r"快递单号|物流单号|运单号",
        r"tracking (?:number|no\.?|id|code)",
        ["tracking_number"],
        facts=["tracking_number"],
    ),
    "rma": _field(r"退货(?:单|编)?号|RMA", r"rma(?: number)?|return (?:number|id|reference)", ["rma"], facts=["rma"]),
    "reason": _field(
        r"(?:退|换)货?(?:的)?(?:原因|理由)|什么原因|原因是什么|为什么(?:要|想)?(?:退|换|取消)|出了什么问题|(?:哪里|哪儿)有问题",
        r"reason|why (?:do|did|would|are) you (?:want|wish|like|return|exchang|cancel|send)\w*"
        r"|what(?:'s| is) wrong|what went wrong",
        ["reason"],
        facts=["reason"],
    ),
    "size": _field(r"尺码|尺寸|多大的?码|几码|什么码", r"(?:which|what) size|size", ["size"], facts=["size", "wanted"]),
    "product": _field(
        r"(?:哪|什么)(?:一?件|一?个|款|种)?(?:商品|产品|东西)|商品名称|退哪(?:一?件|个)|换哪(?:一?件|个)",
        r"(?:which|what) (?:item|product|article|one)s?|(?:item|product) name",
        ["product", "category"],
        facts=["items"],
    ),
    "address": _field(
        r"收货地址|地址(?:是|发|给)|(?:您的|新)地址",
        r"(?:delivery |shipping |new )?address",
        ["address"],
        facts=["address"],
    ),
    "city": _field(r"(?:哪个|什么)城市|在哪(?:个|座)?城市", r"(?:which|what) city", ["city"]),
    "store": _field(
        r"(?:哪家|哪个|什么)(?:门)?店", r"(?:which|what) (?:store|shop|branch)", ["store"], facts=["store"]
    ),
    "amount": _field(
        r"(?:什么|多少)金额|金额是多少|多少钱买的",
        r"(?:which|what) amount|how much did you pay",
        ["amount"],
        facts=["amount"],
    ),
    "payment_method": _field(
        r"(?:怎么|如何)(?:付|支付)的|(?:什么|哪种)(?:支付|付款)方式",
        r"(?:how did you pay|(?:which|what) payment(?: method)?)",
        ["payment_method"],
        facts=["payment"],
    ),
}
"""What may be asked for, and what in a packet answers it."""

_SENTENCE = re.compile(r"[^。！!？?；;\n.]+(?:\.(?=\S)[^。！!？?；;\n.]+)*[。！!？?；;.]*")
_ASKS_ZH = re.compile(
    r"请(?:问|您|你|提供|发|告诉|说|报|给|确认|输入|填|留)|麻烦|提供|告诉我|告知|发(?:给)?我|发一下|说一下|报一下|给我|给一下|留一下"
    r"|是多少|是什么|多少|什么|哪|怎么|为什么|方便|能否|可以|需要您|需要你|核对|确认一下|吗|呢"
)
_ASKS_EN = re.compile(
    r"\b(?:what|which|why|how|who|where|could|can|may|might|would|"
    r"please(?! (?:wait|hold|allow|bear|note|give me|stay))|"
    r"pls|provide|tell|send|give|share|confirm|"
    r"let (?:me|us) (?:know|have)|i(?:'ll| will)? need|we(?:'ll| will)? need|do you (?:have|know|remember))\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^\s*(?:我(?:已经?)?(?:看到|查到|收到|知道)|已(?:经)?(?:收到|查到|为您)|您的[^？?]*(?:是|为)[^？?多什哪]+$)"
    r"|\b(?:i|we) (?:can see|see|have|found|got|received|already have|will send you|sent you|can confirm|will email)\b"
    r"|\bno need\b|不(?:用|需要|必)(?:再|您)?",
    re.IGNORECASE,
)


def asked_again(draft: str, packet: Mapping[str, Any]) -> list[Known]:
    """What `draft` asks for though it is known. Naming the value ("is GT… the order?") confirms, and asks nothing."""
    found: dict[str, Known] = {}
    for sentence in _questions(draft):
        for name in _named(sentence):
            known = _known(name, packet)
            if known is not None and not _says(sentence, known.value):
                found.setdefault(name, known)
    return list(found.values())


def _questions(draft: str) -> Iterator[str]:
    for sentence in _SENTENCE.findall(draft):
        asks = sentence.rstrip().endswith(("？", "?")) or _ASKS_ZH.search(sentence) or _ASKS_EN.search(sentence)
        if asks and not _STATES.search(sentence):
            yield sentence


def _named(sentence: str) -> list[str]:
    names = [name for name, field in FIELDS.items() if field.zh.search(sentence) or field.en.search(sentence)]
    if "tracking_number" in names and "order_number" in names and not re.search(r"订单|order", sentence, re.IGNORECASE):
        names.remove("order_number")  # 快递单号 holds 单号
    if "email" in names and "address" in names:
        names.remove("address")
    return names


def _known(name: str, packet: Mapping[str, Any]) -> Known | None:
    field = FIELDS[name]
    for slot in packet.get("slots") or ():
        if slot["name"] in field.slots and _text(slot["value"]):
            return Known(name, _text(slot["value"]), "slots")
    person = packet.get("customer") or {}
    if field.person and _text(person.get(field.person)):
        return Known(name, _text(person[field.person]), "customer")
    facts = packet.get("looked_up") or {}
    for fact in field.facts:
        if _text(facts.get(fact)):
            return Known(name, _text(facts[fact]), "looked_up")
    if name == "order_number" and len(person.get("proven_orders") or ()) == 1:
        return Known(name, str(person["proven_orders"][0]), "customer")
    return None


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return _text(value.get("number") or value.get("name") or value.get("en"))
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_text, value)))
    return "" if value is None else str(value)


def _says(sentence: str, value: str) -> bool:
    return len(value) >= 2 and value.casefold() in sentence.casefold()
