"""A parcel goes elsewhere, as long as it has not left."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from actions.answers import looks_like_address
from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Choice, Talk
from bot.errors import ShopRefused
from bot.messages import HandoffReason
from bot.retail.changes import ChangeCode, judge_address
from bot.retail.shop import Order, OrderStatus

_LEAD = re.compile(
    r"(?:改成|改到|改为|换成|换到|换为|送到|寄到|发到|新?地址(?:是|为|：|:))\s*(?P<zh>.+)"
    r"|.*\b(?:to|address\s+is|address:)\s+(?P<en>.+)",
    re.IGNORECASE | re.DOTALL,
)
_STILL_TALK = re.compile(r"\bGT\s?\d{6,}|\b(?:address|order|change)\b|[吗?？]", re.IGNORECASE)
"""Words that stand in a sentence about an address rather than in one."""


class ChangeAddress(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        if (address := address_in(talk.text)) is not None:
            talk.learn(address=address)
        order = await proven_order(
            talk, action="change_address", fits=lambda order: _possible(judge_address(order, talk.policies))
        )
        code = judge_address(order, talk.policies)
        if not _possible(code):
            self._say_too_late(talk, order, code)
            return
        said = str(talk.ask("address", "utter_ask_address", kind="address", order_number=order.number))
        address = " ".join((address_in(said) or said).split())
        if code is ChangeCode.MAY_FAIL and "agreed" not in talk.details:
            talk.say("utter_address_packing", order_number=order.number)
        if not talk.confirmed("agreed", "utter_address_confirm", order_number=order.number, address=address):
            talk.say("utter_stopped")
            return
        try:
            await talk.shop.change_address(order.number, address, key=talk.key("change_address"))
        except ShopRefused as refused:
            self._say_refused(talk, order, address, refused)
            return
        talk.say("utter_address_changed", order_number=order.number, address=address)

    def _say_too_late(self, talk: Talk, order: Order, code: ChangeCode) -> None:
        values: dict[str, Any] = {"order_number": order.number, "items": item_names(talk, order.items)}
        if code is ChangeCode.ALREADY_SHIPPED and order.carrier:
            values |= {"carrier": order.carrier.in_(talk.language), "tracking_number": order.tracking_number or ""}
            talk.say("utter_address_shipped", choices=[_person(talk)], **values)
        elif code is ChangeCode.RETURNING and order.status is OrderStatus.RETURNED:
            talk.say("utter_address_returned", **values)
        else:
            talk.say(f"utter_address_{code}", **values)

    def _say_refused(self, talk: Talk, order: Order, address: str, refused: ShopRefused) -> None:
        if refused.code == "already_shipped":
            talk.say("utter_address_just_left", choices=[_person(talk)])
            return
        if refused.code == "bad_address":
            talk.say("utter_address_bad")
            return
        talk.say("utter_shop_refused")
        talk.hand_over(
            HandoffReason.ACTION_DOWN,
            summary="utter_summary_address_refused",
            order_number=order.number,
            new_address=address,
            shop_answer=refused.code,
        )


def address_in(text: str) -> str | None:
    """The address behind words such as 改成 or "change the address to"; None when there is none."""
    found = _LEAD.search(text)
    address = (found["zh"] or found["en"]).strip(" ，,。.！!") if found else ""
    return address if looks_like_address(address) and not _STILL_TALK.search(address) else None


def _possible(code: ChangeCode) -> bool:
    return code in (ChangeCode.ELIGIBLE, ChangeCode.MAY_FAIL)


def _person(talk: Talk) -> Choice:
    return Choice(talk.words.text("skill_human", talk.language), "/human")
