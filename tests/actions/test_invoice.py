from __future__ import annotations

from actions.invoice import Invoice
from tests.actions.stage import Stage


async def test_without_an_order_the_rule_is_told(stage: Stage) -> None:
    await stage.hears(Invoice, "can I have an invoice")
    assert stage.responses == ["utter_invoice_rule", "utter_invoice_look"]
    assert "24 hours" in stage.text
    assert await stage.answers("no thanks", intent="deny")
    assert stage.responses == ["utter_glad"]


async def test_an_order_under_way_has_its_invoice_later(stage_zh: Stage) -> None:
    await stage_zh.hears(Invoice, order_number="GT2600010042", phone_tail="8812")
    assert stage_zh.responses == ["utter_invoice_later"]


async def test_a_missing_invoice_is_a_persons_work(stage: Stage) -> None:
    await stage.hears(Invoice, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses == ["utter_invoice_due", "utter_invoice_person"]
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == [], "what was told is not told again"
    assert stage.handoff is not None
    assert stage.handoff["facts"]["amount_cny"] == "548.00"


async def test_a_cancelled_order_has_none(stage: Stage) -> None:
    await stage.hears(Invoice, order_number="GT2600010062", phone_tail="2046")
    assert stage.responses == ["utter_invoice_void"]
