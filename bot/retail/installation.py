"""What an engineer installs at home, and when."""

from __future__ import annotations

import re

from bot.retail.policies import Policies
from bot.retail.shop import Product


def needs_installation(product: Product, policies: Policies) -> bool:
    """Whether installing is part of the price; such goods are also repaired at home.

    A line of the rule is a category, or a category `with note` and the product's note.
    """
    for line in policies.installation.included_for:
        match = re.fullmatch(r"(\w+)(?: with note (\w+))?", line)
        if match and match[1] == product.category and match[2] in (None, product.return_note):
            return True
    return False


def windows(policies: Policies) -> list[str]:
    """The spans a visit can fall in, such as `09:00-12:00`, the shop's time."""
    return [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in policies.installation.windows]
