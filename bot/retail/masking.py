"""Values that a customer should recognise and nobody else learn."""

from __future__ import annotations


def mask_phone(phone: str) -> str:
    """`138****8812`: the first three and the last four digits; only stars where that would show nearly all."""
    if len(phone) < 9:
        return "*" * len(phone)
    return f"{phone[:3]}****{phone[-4:]}"
