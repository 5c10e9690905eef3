"""What a talk keeps to itself when its customer goes on from another address that has proven less there.

Who wrote on a laptop that is signed in may go on in a chat that anybody holds who has the phone. So digits that were
said there do not count here, and a question that names an order is not asked again before its proof: it waits behind
one that names nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.messages import Caller

SECRET_DETAILS = ("phone_tail", "order_or_digits", "code")
FORM = "details_form"
RESUME = {
    "about": "resume",
    "response": "utter_ask_resume",
    "kind": "yes_no",
    "values": {},
    "choices": [],
    "asked_in": "",
}


def carried(carry: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """What a new talk may begin with here: no digits that somebody said elsewhere."""
    hidden = () if caller.customer_id is not None else SECRET_DETAILS
    return {name: value for name, value in carry.items() if name not in hidden}


def guard(past: Sequence[Mapping[str, Any]], caller: Caller, *, now: datetime) -> list[dict[str, Any]]:
    """Dialogue events that hide what this caller has not proven; none for one who is known here."""
    if caller.customer_id is not None:
        return []
    slots = {event.get("name"): event.get("value") for event in past if event.get("event") == "slot"}
    added: dict[str, Any] = {}
    if slots.get("phone_tail"):
        added["phone_tail"] = None
    details = slots.get("details") or {}
    order = details.get("order_number") or slots.get("order_number")
    if slots.get("question") and order and order not in caller.proven_orders:
        kept = {name: value for name, value in details.items() if name not in SECRET_DETAILS}
        added |= {"details": kept, "question": dict(RESUME), "suspended": None}
    at = now.timestamp()
    return [{"event": "slot", "timestamp": at, "name": name, "value": value} for name, value in added.items()]
