"""An item goes back for another piece of the same: one exchange, no money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from actions import items_back
from actions.base import Routine
from actions.items_back import items_of, window
from actions.orders import item_names, proven_order
from actions.talk import Talk
from bot.errors import ShopRefused
from bot.retail.returns import Reason, ReturnCode, ReturnVerdict, judge_exchange
from bot.retail.shop import Item, Order, ReturnKind, ReturnRequest

MAX_WANTED = 100
"""Characters of the customer's words that go to the shop."""

_REASONS = (Reason.SIZE, Reason.QUALITY, Reason.WRONG_ITEM)
_SIZE = re.compile(
    r"(?:换成|换为|换个|换|要)\s*(\d{2}(?:\.5)?|X{0,3}[SML])(?![\w.-])"
    r"|\b(?:for|to)\s+(?:an?\s+|size\s+|EU\s+)*(\d{2}(?:\.5)?|X{0,3}[SML])\b"
    r"|\b((?:bigger|larger|smaller)\s+(?:size|one|pair))\b",
    re.IGNORECASE | re.ASCII,
)
_COLOUR = re.compile(
    r"(?:换成|换为|换个|换一?[件双台部]|改成|想要|要)\s*([黑白红蓝绿灰粉黄紫棕米橙银金]色)"
    r"|\b(?:for|to|in|want|prefer)\s+(?:(?:a|an|the)\s+)?"
    r"(black|white|red|blue|green|gr[ae]y|pink|yellow|purple|brown|beige|orange|silver|gold)\b",
    re.IGNORECASE,
)


class ExchangeItem(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number", "product", "reason", "size"})
    replaces: ClassVar[frozenset[str]] = frozenset({"action_return_item"})

    async def act(self, talk: Talk) -> None:
        items_back.remember(talk, routine=self.name())
        self._remember_wish(talk)
        order = await proven_order(talk, action="exchange_item", fits=items_back.fits)
        tier = await items_back.tier_of(talk, order)

        def judge(reason: Reason, skus: Sequence[str] | None) -> ReturnVerdict:
            return judge_exchange(order, reason, talk.today, talk.policies, skus=skus, tier=tier)

        if items_back.say_why_nothing(talk, order, judge(Reason.SIZE, None).code):
            return
        skus = items_back.choose(talk, order, judge, ask="utter_ask_exchange_items", assumed=Reason.SIZE)
        fault = judge(Reason.QUALITY, skus)
        if not fault.eligible:  # not even for a fault, so that the reason need not be asked
            items_back.say_refused(talk, order, fault)
            items_back.say_warranty(talk, order, fault)
            return
        reason = self._reason(talk)
        verdict = judge(reason, skus)
        if not verdict.eligible:
            if "faulty" not in talk.details:
                items_back.say_refused(talk, order, verdict)
            last_day = window(talk, order, fault)["last_day"]
            if items_back.confirmed_fault(talk, "utter_exchange_if_faulty", last_day=last_day):
                await self.act(talk)
            return
        wanted = "" if reason.shop_at_fault else self._wanted(talk, items_of(verdict, eligible=True))
        if not self._confirmed(talk, order, verdict, wanted):
            talk.say("utter_stopped")
            return
        await self._settle(talk, order, verdict, wanted)

    def _remember_wish(self, talk: Talk) -> None:
        """Size and colour wanted instead; what a size says about the reason."""
        wished = _SIZE.search(talk.text)
        sizes = [wished[1] or wished[2] or wished[3]] if wished else [str(size) for size in talk.heard_all("size")]
        colour = _COLOUR.search(talk.text)
        if not sizes and not colour:
            return
        if wished or colour or talk.details.get("wanted") != talk.text.strip():
            talk.details.pop("wanted", None)  # something else is wanted now
        if sizes:
            talk.learn(sizes=sizes)
        if colour:
            talk.learn(colour=colour[1] or colour[2])
        talk.details.setdefault("reason", Reason.SIZE.value)

    def _reason(self, talk: Talk) -> Reason:
        choices = items_back.reason_choices(talk, _REASONS, prefix="exchange_reason")
        said = Reason(talk.ask("reason", "utter_ask_exchange_reason", choices=choices))
        return (
            Reason.SIZE if said is Reason.NO_REASON else said
        )  # without a fault, size and colour are what is exchanged

    def _wanted(self, talk: Talk, items: list[Item]) -> str:
        """What is wanted instead, in the customer's words; asks when it was not said."""
        sizes = [size for size in talk.details.get("sizes", ()) if not any(_is_size_of(size, item) for item in items)]
        said = [*sizes[:1], *([talk.details["colour"]] if "colour" in talk.details else [])]
        if said and "wanted" not in talk.details:
            talk.learn(wanted=talk.words.text("comma", talk.language).join(said))
        wanted = talk.ask("wanted", "utter_ask_exchange_wanted", kind="words", items=item_names(talk, items))
        return " ".join(str(wanted).split())[:MAX_WANTED]

    def _confirmed(self, talk: Talk, order: Order, verdict: ReturnVerdict, wanted: str) -> bool:
        items = item_names(talk, items_of(verdict, eligible=True))
        if "agreed" not in talk.details:
            if verdict.code is ReturnCode.PARTLY:
                items_back.say_refused(talk, order, verdict)
            talk.say(f"utter_exchange_allowed_{verdict.reason}", items=items, **window(talk, order, verdict))
        response = "utter_exchange_confirm_wanted" if wanted else "utter_exchange_confirm_same"
        return talk.confirmed("agreed", response, items=items, wanted=wanted, postage=items_back.postage(talk, verdict))

    async def _settle(self, talk: Talk, order: Order, verdict: ReturnVerdict, wanted: str) -> None:
        request = ReturnRequest(order.number, verdict.skus, ReturnKind.EXCHANGE, verdict.reason, wanted)
        try:
            receipt = await talk.shop.open_return(request, key=talk.key("open_return"))
        except ShopRefused as refused:
            items_back.say_shop_refused(talk, order, verdict, refused)
            return
        response = "utter_exchange_opened_evidence" if verdict.reason.shop_at_fault else "utter_exchange_opened"
        talk.say(response, rma=receipt.rma, label=receipt.label_url)
        items_back.forget(talk)


def _is_size_of(size: str, item: Item) -> bool:
    """Whether `size` is the one the item has: named to say that it does not fit."""
    words = re.findall(r"[a-z0-9.]+", f"{item.product.name.zh} {item.product.name.en}".casefold())
    return bool(set(re.findall(r"[a-z0-9.]+", size.casefold())) & set(words))
