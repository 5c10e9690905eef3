"""What a colleague may have the shop do: within their limit at once, above it when a supervisor says yes.

The shop is asked under the wish's own number as idempotency key, until it answers: a crash in between, or a shop that
is down, does nothing twice and forgets nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from bot.desk.texts import DeskTexts
from bot.desk.work import Desk
from bot.errors import DeskRefused, ShopError, ShopRefused
from bot.live import PEOPLE, refresh, talk
from bot.replies import clean
from bot.retail.changes import judge_cancel
from bot.retail.policies import Policies
from bot.retail.returns import Reason, judge_return
from bot.retail.shop import Order, ReturnKind, ReturnRequest, ShopBackend
from bot.store import approvals as store
from bot.store import desk as reading
from bot.store import deskwork
from bot.store.accounts import Account
from bot.store.approvals import Approval, Stage
from bot.store.deskwork import Me

logger = logging.getLogger(__name__)

RETRIED_AFTER = timedelta(seconds=10)
"""A shop that did not answer is asked again after this."""
Outcome = Literal["done", "approval", "waiting"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done for a customer."""

    kind: str
    order: str
    amount: Decimal | None
    """CNY; None where the colleague says how much."""
    skus: tuple[str, ...] = ()
    """What goes back."""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.order}"


class Money:
    """Acts on the shop for colleagues."""

    def __init__(
        self, *, desk: Desk, shop: ShopBackend, policies: Policies, today: Callable[[], date], texts: DeskTexts
    ) -> None:
        self._desk = desk
        self._shop = shop
        self._policies = policies
        self._today = today
        self._texts = texts

    def limit_of(self, account: Account) -> Decimal | None:
        """What they may give without a word from anybody; None without a limit."""
        if {"supervisor", "admin"} & set(account.roles):
            return account.money_limit
        return account.money_limit if account.money_limit is not None else self._policies.returns.agent_limit_cny

    def offers(self, orders: Sequence[Order]) -> list[Offer]:
        """What can be done about these orders."""
        found: list[Offer] = []
        for order in orders:
            back = judge_return(order, Reason.QUALITY, self._today(), self._policies)
            if back.eligible:
                found.append(Offer("return", order.number, back.amount, back.skus))
            if order.payment and judge_cancel(order, self._policies).eligible:
                found.append(Offer("refund", order.number, order.total))
            if order.payment:
                found.append(Offer("compensation", order.number, None))
        return found

    def shown(self, offers: Sequence[Offer], account: Account) -> list[dict[str, Any]]:
        """Offers as the wire has them."""
        limit = self.limit_of(account)
        return [
            {
                "id": offer.id,
                "kind": offer.kind,
                "label": self._texts.actions[offer.kind],
                "order": offer.order,
                "amount": None if offer.amount is None else str(offer.amount),
                "limit": None if limit is None else str(limit),
                "needs_approval": limit is not None and offer.amount is not None and offer.amount > limit,
            }
            for offer in offers
        ]

    async def act(
        self, me: Me, account: Account, conversation: str, action: str, *, amount: object, reason: str
    ) -> tuple[Outcome, Approval]:
        """Have the shop do it, or ask a supervisor first.

        Raises:
            DeskRefused: it cannot be done, or the talk is not theirs.
        """
        item = await self._desk.database.read(reading.newest_item, conversation)
        if item is None or not (me.is_supervisor or item.agent == me.id):
            raise DeskRefused("not_yours")
        offer = await self._offer(action)
        asked = offer.amount if offer.amount is not None else _amount(amount)
        limit = self.limit_of(account)
        allowed = limit is None or asked <= limit
        new = Approval(
            id=uuid.uuid4().hex,
            conversation=conversation,
            handoff=item.id,
            action=offer.kind,
            order=offer.order,
            amount=asked,
            reason=clean(reason).strip()[:500],
            stage=Stage.DOING if allowed else Stage.ASKED,
            asked_by=me.id,
            asked_at=self._desk.now(),
            decided_by=None,
            decided_at=None,
            why="",
            result={"skus": list(offer.skus)},
        )
        await self._desk.database.run(_asked, new, me, self._desk.house, self._texts)
        await self._tell(conversation)
        if not allowed:
            return "approval", new
        stage = await self._do(new)
        if stage is Stage.FAILED:
            raise DeskRefused("shop_refused")
        return ("done" if stage is Stage.DONE else "waiting"), new

    async def decide(self, me: Me, number: str, *, approve: bool, why: str) -> None:
        """A supervisor's word.

        Raises:
            DeskRefused: it is not theirs to say, or it has been said.
        """
        if not me.is_supervisor:
            raise DeskRefused("forbidden")
        asked = await self._desk.database.read(store.find, number)
        if asked is None:
            raise DeskRefused("not_found")
        if asked.asked_by == me.id:
            raise DeskRefused("own_request")
        why = clean(why).strip()[:500]
        decided = await self._desk.database.run(
            _decided, number, me, self._desk.house, self._texts, approve=approve, why=why, now=self._desk.now()
        )
        if decided is None:
            raise DeskRefused("already_decided")
        await self._tell(decided.conversation)
        if approve:
            await self._do(decided)

    async def go_on(self) -> None:
        """Ask the shop again for what was allowed and is not done."""
        before = self._desk.now() - RETRIED_AFTER
        for approval in await self._desk.database.read(store.unfinished, before=before):
            await self._do(approval)

    async def _offer(self, action: str) -> Offer:
        kind, _, number = action.partition(":")
        try:
            order = await self._shop.find_order(number)
        except ShopError as error:
            raise DeskRefused("shop_down") from error
        offers = self.offers([order]) if order is not None else []
        found = next((offer for offer in offers if offer.kind == kind), None)
        if found is None:
            raise DeskRefused("not_found")
        return found

    async def _do(self, approval: Approval) -> Stage:
        try:
            result = await self._at_the_shop(approval)
            stage = Stage.DONE
        except ShopRefused as refused:
            result, stage = {"code": refused.code, "why": str(refused)}, Stage.FAILED
        except ShopError:
            logger.warning("the shop is asked again", extra={"approval": approval.id})
            return Stage.DOING
        now = self._desk.now()
        await self._desk.database.run(_finished, approval, stage, result, self._desk.house, self._texts, now)
        await self._tell(approval.conversation)
        return stage

    async def _at_the_shop(self, approval: Approval) -> dict[str, Any]:
        match approval.action:
            case "return":
                skus = tuple((approval.result or {}).get("skus", ()))
                request = ReturnRequest(approval.order, skus, ReturnKind.REFUND, Reason.QUALITY)
                receipt = await self._shop.open_return(request, key=approval.id)
                return {"receipt": receipt.rma, "label": receipt.label_url, "amount": str(receipt.amount)}
            case "refund":
                cancelled = await self._shop.cancel_order(approval.order, key=approval.id)
                return {"receipt": cancelled.status}
            case _:
                paid = await self._shop.compensate(approval.order, approval.amount, approval.reason, key=approval.id)
                return {"receipt": paid.number}

    async def _tell(self, conversation: str) -> None:
        await self._desk.live.wake(talk(conversation))
        await self._desk.live.wake(refresh(conversation))
        await self._desk.live.wake(PEOPLE)


def _amount(given: object) -> Decimal:
    """What a colleague wants to give.

    Raises:
        DeskRefused: that is no amount.
    """
    try:
        amount = Decimal(str(given)).quantize(Decimal("0.01"))
        if Decimal(0) < amount < Decimal(1_000_000):
            return amount
    except InvalidOperation as error:
        raise DeskRefused("bad_frame") from error
    raise DeskRefused("bad_frame")


def _asked(connection: Any, new: Approval, me: Me, house: deskwork.House, texts: DeskTexts) -> None:
    store.ask(connection, new)
    if new.stage is Stage.ASKED:
        values = _values(new, texts, connection)
        deskwork.system_note(
            connection,
            new.conversation,
            house,
            "asked_approval",
            now=new.asked_at,
            **values,
            agent=me.called("zh"),
            reason=new.reason,
        )


def _decided(
    connection: Any,
    number: str,
    me: Me,
    house: deskwork.House,
    texts: DeskTexts,
    *,
    approve: bool,
    why: str,
    now: datetime,
) -> Approval | None:
    decided = store.decide(connection, number, approve=approve, by=me.id, why=why, now=now)
    if decided is not None:
        name = "approved" if approve else "refused"
        values = _values(decided, texts, connection)
        deskwork.system_note(
            connection, decided.conversation, house, name, now=now, **values, agent=me.called("zh"), why=why
        )
    return decided


def _finished(
    connection: Any,
    approval: Approval,
    stage: Stage,
    result: dict[str, Any],
    house: deskwork.House,
    texts: DeskTexts,
    now: datetime,
) -> None:
    if not store.finish(connection, approval.id, stage, result, now=now):
        return
    name = "done" if stage is Stage.DONE else "failed"
    values = _values(approval, texts, connection)
    receipt, why = str(result.get("receipt") or ""), str(result.get("code") or "")
    deskwork.system_note(connection, approval.conversation, house, name, now=now, **values, receipt=receipt, why=why)


def _values(approval: Approval, texts: DeskTexts, connection: Any) -> dict[str, object]:
    head = reading.head(connection, approval.conversation)
    language = (head.language if head else None) or "zh"
    label = texts.actions[approval.action][language]
    return {"action": label, "amount": approval.amount, "order": approval.order}
