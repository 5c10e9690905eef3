"""The shop's rules as data: `policies.yml`, parsed and checked once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import ContentError
from bot.retail.shop import OrderStatus

Days = Annotated[int, Field(strict=True, ge=0)]
Cny = Annotated[Decimal, Field(ge=0)]
Payer = Literal["customer", "shop"]
Tier = Literal["regular", "silver", "gold"]


class When(StrEnum):
    """When a kind of product may no longer come back without a fault."""

    ALWAYS = "always"
    OPENED = "opened"
    ACTIVATED = "activated"


def _barred(lines: object) -> object:
    """`[hygiene when opened, virtual]` as `{hygiene: opened, virtual: always}`."""
    if not isinstance(lines, list):
        return lines
    found = {}
    for line in lines:
        match = re.fullmatch(r"(\w+)(?: when (\w+))?", str(line))
        if match is None:
            raise ValueError(f"{line!r} is not `kind` or `kind when state`")
        found[match[1]] = match[2] or When.ALWAYS
    return found


def _span(text: object) -> object:
    """`2-4` or `1` as (2, 4) or (1, 1)."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", str(text))
    if match is None:
        raise ValueError(f"{text!r} is not a number of days such as 1 or 2-4")
    return int(match[1]), int(match[2] or match[1])


def _clock_span(text: object) -> object:
    """`09:00-22:00` as two times."""
    match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", str(text))
    if match is None or match[1] >= match[2]:
        raise ValueError(f"{text!r} is not a span such as 09:00-22:00")
    return time.fromisoformat(match[1]), time.fromisoformat(match[2])


def _interest_free(text: object) -> object:
    """`none for 3 and 6` as [3, 6]."""
    match = re.fullmatch(r"none for (\d+(?:(?:, | and )\d+)*)", str(text))
    if match is None:
        raise ValueError(f"{text!r} is not a list such as `none for 3 and 6`")
    return [int(number) for number in re.findall(r"\d+", match[1])]


DaySpan = Annotated[tuple[int, int], BeforeValidator(_span)]
ClockSpan = Annotated[tuple[time, time], BeforeValidator(_clock_span)]


class _Section(BaseModel):
    """A misspelt key is a fault rather than a rule nobody applies."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Postage(_Section):
    """Who pays for sending goods back."""

    no_reason: Payer
    gold_tier: Payer
    quality: Payer


class Returns(_Section):
    no_reason_days: Days
    quality_return_days: Days
    exchange_days: Days
    not_returnable: Annotated[Mapping[str, When], BeforeValidator(_barred)]
    """By kind of product, which is its return note (hygiene, food) or its category (phone)."""
    return_postage: Postage
    refund_route: Literal["original payment"]
    refund_working_days: Mapping[str, Days]
    self_service_limit_cny: Cny
    agent_limit_cny: Cny


class Cancellation(_Section):
    allowed_statuses: frozenset[OrderStatus]
    packing_note: str


class Shipping(_Section):
    free_from_cny: Cny
    fee_cny: Cny
    remote_fee_cny: Cny
    dispatch_hours: Days
    delivery_days: Mapping[Literal["same_city", "mainland", "remote", "hong_kong"], DaySpan]
    address_change_allowed_statuses: frozenset[OrderStatus]
    claim_if_no_scan_days: Days


class Installation(_Section):
    included_for: tuple[str, ...]
    windows: tuple[ClockSpan, ...]


class Warranty(_Section):
    repair_channels: tuple[str, ...]
    repair_working_days: Days

    @cached_property
    def repair_desks(self) -> tuple[str, ...]:
        """The ids of the stores with a repair desk."""
        return tuple(re.findall(r"\bS\d\d\b", " ".join(self.repair_channels)))


class Instalments(_Section):
    minimum_cny: Cny
    months: tuple[Annotated[int, Field(strict=True, ge=1)], ...]
    interest: Annotated[frozenset[int], BeforeValidator(_interest_free)]
    """The numbers of months that cost no interest."""


class Payment(_Section):
    methods: tuple[str, ...]
    instalments: Instalments
    unpaid_close_hours: Days


class Invoice(_Section):
    kind: str
    issued_within_hours: Days


class Membership(_Section):
    tiers: Mapping[Tier, Cny]
    """What a customer has spent in the last 12 months on entering each tier."""
    points_per_cny: Days
    points_per_cny_discount: Annotated[int, Field(strict=True, ge=1)]
    birthday_coupon_cny: Mapping[Tier, Cny]


class Policies(_Section):
    """All rules. A section and a key bear the names they have in the file."""

    returns: Returns
    cancellation: Cancellation
    shipping: Shipping
    installation: Installation
    warranty: Warranty
    payment: Payment
    invoice: Invoice
    price_protection_days: Days
    membership: Membership
    gift_wrap_fee_cny: Cny
    human_service_hours: ClockSpan
    first_response_target_minutes: Mapping[Literal["urgent", "high", "normal"], Days]
    complaint_first_reply_hours: Days


def parse(text: str, *, source: str = "policies.yml") -> Policies:
    """The rules in `text`.

    Raises:
        ContentError: it is no YAML, or a rule is missing, unknown or of the wrong kind; the text names each key.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ContentError(f"{source}: {error}") from error
    if not isinstance(data, dict):
        raise ContentError(f"{source}: expected a table of rules")
    try:
        return Policies.model_validate(data)
    except ValidationError as error:
        faults = (
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise ContentError(f"{source}: {'; '.join(faults)}") from error


def read(path: Path) -> Policies:
    """The rules in a file.

    Raises:
        ContentError: the file is missing or cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror}") from error
    return parse(text, source=path.name)
