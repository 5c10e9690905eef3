"""What a shop would have beside the widget: signing in, and the customers' phones. Never served outside the demo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape

from sanic import Blueprint, HTTPResponse, Request, html, json
from sanic_ext import openapi

from bot.customers import sign
from bot.errors import BadMessage
from bot.retail.sql import SqlShop

SIGNED_IN = timedelta(hours=1)

_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>演示手机 · Demo phone</title>
<style>
  body {{ font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 26rem; margin: 3rem auto;
         padding: 0 1rem; }}
  li {{ list-style: none; border: 1px solid #8884; border-radius: 10px; padding: .8rem 1rem; margin: .6rem 0; }}
  ul {{ padding: 0; }} b {{ font-size: 1.3rem; letter-spacing: .2em; }} small {{ color: #777; }}
</style>
<h1>演示手机 · Demo phone</h1>
<p>验证码会出现在这里。<br>One-time codes arrive here.</p>
<ul>{messages}</ul></html>"""


def blueprint(shop: SqlShop, *, secret: str) -> Blueprint:
    """Routes over the demo shop; `secret` signs who is signed in, as a shop does."""
    routes = Blueprint("demo", url_prefix="/demo")

    @routes.get("/phone")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def phone(_: Request) -> HTTPResponse:
        messages = "".join(
            f"<li><small>{escape(sent.phone)} · {sent.sent_at:%H:%M:%S} UTC</small><br><b>{escape(sent.code)}</b></li>"
            for sent in await shop.inbox()
        )
        return html(_PAGE.format(messages=messages))

    @routes.post("/sign-in")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def sign_in(request: Request) -> HTTPResponse:
        body = request.json if isinstance(request.json, dict) else {}
        customer_id = body.get("customer_id")
        customer = await shop.find_customer(customer_id) if isinstance(customer_id, str) else None
        if customer is None:
            raise BadMessage("there is no such demo customer", status=404)
        token = sign(customer.customer_id, secret, now=datetime.now(UTC), lasts=SIGNED_IN)
        return json({"token": token, "name": customer.name}, headers={"cache-control": "no-store"})

    return routes
