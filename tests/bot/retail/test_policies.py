from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
import yaml

from bot.errors import ContentError
from bot.retail import policies
from bot.retail.policies import When
from tests.bot.retail.conftest import DEMO

TEXT = (DEMO / "policies.yml").read_text(encoding="utf-8")


def changed(path: str, value: object) -> str:
    """The demo's rules with one of them replaced, or taken out when `value` is None."""
    data = yaml.safe_load(TEXT)
    *sections, key = path.split(".")
    table = data
    for section in sections:
        table = table[section]
    if value is None:
        del table[key]
    else:
        table[key] = value
    return yaml.safe_dump(data)


def test_prose_in_the_rules_becomes_values() -> None:
    rules = policies.parse(TEXT)
    assert rules.returns.not_returnable["hygiene"] is When.OPENED
    assert rules.returns.not_returnable["virtual"] is When.ALWAYS
    assert rules.returns.not_returnable["phone"] is When.ACTIVATED
    assert rules.shipping.delivery_days["same_city"] == (1, 1)
    assert rules.shipping.delivery_days["remote"] == (5, 8)
    assert rules.payment.instalments.interest == {3, 6}
    assert rules.human_service_hours == (time(9), time(22))
    assert rules.installation.windows[1] == (time(14), time(16))
    assert rules.warranty.repair_desks == ("S01", "S04", "S06")
    assert rules.returns.self_service_limit_cny == Decimal(500)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("returns.no_reason_days", "seven"),
        ("returns.no_reason_days", -1),
        ("returns.no_reason_days", None),
        ("returns.not_returnable", ["hygiene, when opened"]),
        ("returns.not_returnable", ["hygiene when dirty"]),
        ("returns.return_postage.no_reason", "nobody"),
        ("returns.self_service_limit_cny", "lots"),
        ("cancellation.allowed_statuses", ["posted"]),
        ("shipping.delivery_days", {"same_city": "soon"}),
        ("payment.instalments.interest", "low"),
        ("installation.windows", ["12:00-09:00"]),
        ("human_service_hours", "always"),
        ("price_protection_days", True),
        ("surprise", 1),
    ],
)
def test_a_faulty_rule_is_named(path: str, value: object) -> None:
    with pytest.raises(ContentError, match=path.replace(".", r"\.")):
        policies.parse(changed(path, value))


@pytest.mark.parametrize("text", ["", "- a list", "returns: ["])
def test_a_file_that_is_no_table_of_rules_is_refused(text: str) -> None:
    with pytest.raises(ContentError, match=r"policies\.yml"):
        policies.parse(text)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ContentError, match=r"nowhere\.yml: No such file"):
        policies.read(DEMO / "nowhere.yml")
