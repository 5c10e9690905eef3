"""Guitai's errors: a class stands where somebody acts differently.

GuitaiError
├── SettingsError          a setting is missing or wrong: the start stops and says which
├── BadMessage             a request we cannot take; becomes a 4xx with its text
├── DeskRefused            a colleague may not, or cannot, do what they asked for; carries `code`
├── StudioRefused          an editor's change is not made; carries `code` and what the words are filled with
├── TokenRefused           a visitor's token opens nothing (any more): they begin anew
├── ContentError           config, domain or data cannot be used; names file and line
├── ModelError             a model archive is missing, damaged, or made by another version
├── ShopError              the shop's systems gave no usable answer
│   ├── ShopDown           no answer in time, or the breaker is open: apologise, offer a person
│   └── ShopRefused        the shop said no to a write; carries the shop's reason code
├── StoreDown              our database did not take a transaction: nothing is acknowledged, the work is tried again
├── TryLater               a platform asked us to wait; carries `wait_seconds`
├── NotDelivered           a platform did not take a reply: it is sent again
├── MaybeDelivered         nobody knows whether a platform took a reply: it is sent again, and noted down
├── DeliveryRefused        a platform will never take a reply: it is set aside
├── CustomerLeft           a customer blocked or left the channel: sending stops
└── LeaseLost              another worker holds the conversation: this one writes nothing
"""

from __future__ import annotations


class GuitaiError(Exception):
    """The root of all errors that Guitai raises on purpose."""


class SettingsError(GuitaiError):
    """A setting is missing or wrong."""


class BadMessage(GuitaiError):
    """A request that cannot be taken as it is; the text says what to change."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class DeskRefused(GuitaiError):
    """What a colleague asked for is not done. `code` says why; data/desk.yml has the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StudioRefused(GuitaiError):
    """What an editor asked for is not done. `code` says why; data/studio.yml has the words, `values` fills them."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(" ".join([code, *(f"{name}={value}" for name, value in values.items())]))
        self.code = code
        self.values = values


class TokenRefused(GuitaiError):
    """A visitor's token is not ours, too old, or was revoked."""


class ContentError(GuitaiError):
    """Config, domain or data cannot be used."""


class ModelError(GuitaiError):
    """A model archive is missing, damaged, or made by another version."""


class ShopError(GuitaiError):
    """The shop's systems gave no usable answer."""


class ShopDown(ShopError):
    """No usable answer in time, or the breaker is open."""


class ShopRefused(ShopError):
    """The shop said no to a write. `code` is the shop's reason, such as `already_shipped`."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class StoreDown(GuitaiError):
    """Guitai's own database did not take a transaction."""


class TryLater(GuitaiError):
    """A platform asked us to wait."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"try again in {wait_seconds:g} s")
        self.wait_seconds = wait_seconds


class NotDelivered(GuitaiError):
    """A platform did not take a reply; it may at another time."""


class MaybeDelivered(GuitaiError):
    """A platform may have taken a reply: the connection broke, or its answer says too little."""


class DeliveryRefused(GuitaiError):
    """A platform will never take this reply."""


class CustomerLeft(GuitaiError):
    """A customer blocked or left the channel."""


class LeaseLost(GuitaiError):
    """Another worker holds the conversation now."""
