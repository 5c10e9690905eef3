"""What is where, and how the service is: `/`, `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request, html, json
from sanic_ext import openapi

from bot import metrics
from bot.errors import StoreDown
from bot.store.database import Database

_PAGE = Path(__file__).parent / "home.html"


def blueprint(*, database: Database, version: str, is_ready: Callable[[], bool], demo: bool) -> Blueprint:
    """The service's own routes; `is_ready` is False while it starts and while it stops."""
    routes = Blueprint("service")
    page = _PAGE.read_text(encoding="utf-8").replace("{{version}}", version)
    page = page.replace("{{demo}}", "" if demo else "hidden")

    @routes.route("/", methods=("GET", "HEAD"))  # type: ignore[untyped-decorator]
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def home(_: Request) -> HTTPResponse:
        return html(page)

    @routes.route("/healthz", methods=("GET", "HEAD"))  # type: ignore[untyped-decorator]
    @openapi.definition(summary="Whether the process is alive", tag="service")  # type: ignore[untyped-decorator]
    async def healthz(_: Request) -> HTTPResponse:
        return json({"status": "ok"})

    @routes.route("/readyz", methods=("GET", "HEAD"))  # type: ignore[untyped-decorator]
    @openapi.definition(summary="Whether messages can be taken", tag="service")  # type: ignore[untyped-decorator]
    async def readyz(_: Request) -> HTTPResponse:
        if not is_ready():
            return json({"status": "starting or stopping"}, status=503)
        try:
            await database.ping()
        except StoreDown:
            return json({"status": "the database is away"}, status=503)
        return json({"status": "ok"})

    @routes.get("/metrics")
    @openapi.definition(summary="Figures in Prometheus' form", tag="service")  # type: ignore[untyped-decorator]
    async def figures(_: Request) -> HTTPResponse:
        return HTTPResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
