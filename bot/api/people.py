"""Signing in and out: `/api/sign-in`, `/api/sign-out`, `/api/me`, and in the demo the list of its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.accounts import DEMO, DEMO_PASSWORD, IDLE, SignInRefused, TooManyTries
from bot.api.door import COOKIE, Door, check_own, me_shown, token_of
from bot.errors import DeskRefused
from bot.store.accounts import Account


def blueprint(door: Door, *, limit_of: Callable[[Account], object], demo: bool) -> Blueprint:
    """The routes; `limit_of` tells how much money somebody may give away."""
    routes = Blueprint("people", url_prefix="/api")

    @routes.post("/sign-in")
    @openapi.definition(summary="Sign in to the staff's screens", tag="people")  # type: ignore[untyped-decorator]
    async def sign_in(request: Request) -> HTTPResponse:
        try:
            check_own(request)
            body = body_of(request)
            name, password, totp = (str(body.get(key) or "") for key in ("name", "password", "totp"))
            account, token = await door.accounts.sign_in(name, password, totp, address=request.client_ip or "")
        except SignInRefused:
            return door.refusal(request, "wrong_password")
        except TooManyTries:
            return door.refusal(request, "too_many_tries")
        except DeskRefused as refused:
            return door.refusal(request, refused.code)
        response = json({"me": me_shown(account, limit=limit_of(account))})
        response.add_cookie(
            COOKIE,
            token,
            httponly=True,
            samesite="Strict",
            secure=request.scheme == "https",
            path="/",
            max_age=int(IDLE.total_seconds()),
        )
        return response

    @routes.post("/sign-out")
    @openapi.definition(summary="End the session", tag="people")  # type: ignore[untyped-decorator]
    async def sign_out(request: Request) -> HTTPResponse:
        try:
            check_own(request)
        except DeskRefused as refused:
            return door.refusal(request, refused.code)
        token = token_of(request)
        if token:
            await door.accounts.sign_out(token)
        response = json({})
        response.delete_cookie(COOKIE, path="/")
        return response

    @routes.get("/me")
    @openapi.definition(summary="Who is signed in", tag="people")  # type: ignore[untyped-decorator]
    async def me(request: Request) -> HTTPResponse:
        try:
            account = await door.who(request)
        except DeskRefused as refused:
            return door.refusal(request, refused.code)
        return json({"me": me_shown(account, limit=limit_of(account))}, headers={"cache-control": "no-store"})

    if demo:

        @routes.get("/demo/accounts")
        @openapi.definition(summary="The demo's people", tag="people")  # type: ignore[untyped-decorator]
        async def people(_: Request) -> HTTPResponse:
            shown = [
                {"name": each.name, "shown_as": {"zh": each.shown_zh, "en": each.shown_en}, "roles": each.roles}
                for each in DEMO
            ]
            return json({"accounts": shown, "password": DEMO_PASSWORD})

    return routes


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in a request.

    Raises:
        DeskRefused: there is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = request.json if kind == "application/json" else None
    except Exception as error:  # Sanic has a class of its own for what is no JSON
        raise DeskRefused("bad_frame") from error
    if not isinstance(body, dict):
        raise DeskRefused("bad_frame")
    return body
