"""Which of the two adapters the settings ask for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.retail.shop import ShopBackend
from bot.retail.sql import SqlShop, ensure_demo
from bot.settings import Settings


def open_shop(settings: Settings) -> ShopBackend:
    """The shop's systems; the demo's are loaded anew each day."""
    ensure_demo_shop(settings)
    return connect(settings)


def connect(settings: Settings) -> ShopBackend:
    """The shop's systems as they are."""
    if settings.shop_url == "demo":
        return SqlShop(settings.demo_database_url, timezone=settings.shop_timezone)
    from bot.retail.http import HttpShop

    return HttpShop(
        settings.shop_url,
        token=settings.shop_token,
        connect_seconds=settings.shop_connect_seconds,
        total_seconds=settings.shop_total_seconds,
    )


def ensure_demo_shop(settings: Settings) -> None:
    """Load the demo shop, if it is the shop and not of today."""
    if settings.shop_url != "demo":
        return
    today = datetime.now(ZoneInfo(settings.shop_timezone)).date()
    folder = settings.root / "data" / "demo"
    ensure_demo(folder, settings.demo_database_url, today, timezone=settings.shop_timezone)
