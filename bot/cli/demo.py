"""`guitai demo`: the demo shop, and what stands in for the world around it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import typer

from bot.cli.terminal import console, own_settings, stop

demo = typer.Typer(help="The demo shop.", no_args_is_help=True)


@demo.command()
def reload() -> None:
    """Load the demo shop anew, as it is today; what was ordered or returned in it is gone."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.retail.sql import load_demo

    settings = own_settings()
    today = datetime.now(ZoneInfo(settings.shop_timezone)).date()
    load_demo(settings.root / "data" / "demo", settings.demo_database_url, today)
    console.print(f"The demo shop is as on {today}.")


@demo.command()
def inbox() -> None:
    """The demo's phone: one-time codes sent lately."""
    from bot.retail.opening import open_shop
    from bot.retail.sql import SqlShop

    shop = open_shop(own_settings())
    if not isinstance(shop, SqlShop):
        stop("GUITAI_SHOP_URL names a real shop; the demo's phone belongs to the demo shop")
    messages = asyncio.run(shop.inbox())
    for sent in messages:
        console.print(f"{sent.sent_at:%H:%M:%S} UTC  {sent.phone}  [bold]{sent.code}[/bold]")
    if not messages:
        console.print("No codes were sent.")


@demo.command()
def token(customer: Annotated[str, typer.Argument(help="Such as C001.")]) -> None:
    """A signed-in customer's token for `metadata.customer_token`, valid for an hour."""
    from datetime import UTC, datetime, timedelta

    from bot.customers import sign

    settings = own_settings()
    console.print(
        sign(customer, settings.signing_secret, now=datetime.now(UTC), lasts=timedelta(hours=1)), soft_wrap=True
    )


@demo.command()
def telegram(port: Annotated[int, typer.Option(help="Where its page and its Bot API are served.")] = 8081) -> None:
    """A pretended Telegram: chat as anybody on its page with a Guitai that you start beside it."""
    try:
        from tests.platforms import telegram as platform
    except ModuleNotFoundError as error:
        if error.name not in ("tests", "tests.platforms"):
            raise
        stop("the pretended platforms are in the source tree, beside the tests; run this there")

    async def serve() -> None:
        async with platform.served(platform.Telegram(), port=port, page=True) as made:
            console.print(f"Chat at [bold]{made.url}/[/bold] with a Guitai that is started like this:\n")
            start = f"GUITAI_TELEGRAM_URL={made.url} GUITAI_TELEGRAM_TOKEN={made.token} guitai serve --demo"
            console.print(start, soft_wrap=True)
            await asyncio.Event().wait()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


@demo.command()
def wechat(
    account: Annotated[str, typer.Option(help="official, mini (mini program) or kf (微信客服).")] = "official",
    port: Annotated[int, typer.Option(help="Where its page and its API are served.")] = 8082,
    guitai: Annotated[str, typer.Option(help="Where the Guitai is that it pushes to.")] = "http://localhost:5005",
) -> None:
    """A pretended WeChat: chat as anybody on its page with a Guitai that you start beside it."""
    try:
        from tests.platforms import wechat as platform
        from tests.platforms import wechat_page
    except ModuleNotFoundError as error:
        if error.name not in ("tests", "tests.platforms"):
            raise
        stop("the pretended platforms are in the source tree, beside the tests; run this there")
    if account not in wechat_page.KINDS:
        stop(f"--account is one of {', '.join(wechat_page.KINDS)}")

    async def serve() -> None:
        made = wechat_page.pretended(account, guitai)
        async with platform.served(made, port=port, application=wechat_page.application(account)):
            console.print(f"Chat at [bold]{made.url}/[/bold] with a Guitai that is started like this:\n")
            given = " ".join(f"{name}={value}" for name, value in wechat_page.settings_for(account, made).items())
            console.print(f"{given} guitai serve --demo", soft_wrap=True)
            await asyncio.Event().wait()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
