"""The published document says what the adapter reads: names, what is required, and the operations of the port."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from bot.retail import wire
from bot.retail.shop import OrderStatus, Returnable, ShopBackend
from tests.shop_server import Contract, document

SCHEMAS: dict[str, Any] = document()["components"]["schemas"]
MODELS = sorted(
    name
    for name, model in vars(wire).items()
    if inspect.isclass(model) and issubclass(model, wire.Wire) and model is not wire.Wire and name in SCHEMAS
)


def references(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_reference_leads_somewhere() -> None:
    contract = Contract(document())
    found = list(references(document()["paths"])) + list(references(SCHEMAS))
    assert len(found) > 50
    for node in found:
        assert contract.resolve(node)


def test_there_is_one_operation_for_each_thing_the_port_wants() -> None:
    operations = [
        operation["operationId"]
        for path in document()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    wanted = [name for name, _ in inspect.getmembers(ShopBackend, inspect.isfunction) if not name.startswith("_")]
    assert sorted(operations) == sorted(set(wanted) - {"aclose"})


@pytest.mark.parametrize("name", MODELS)
def test_the_document_names_the_fields_that_are_read(name: str) -> None:
    fields = getattr(wire, name).model_fields
    assert set(SCHEMAS[name]["properties"]) == set(fields)
    required = {field for field, info in fields.items() if info.is_required()}
    assert set(SCHEMAS[name]["required"]) == required


def test_most_schemas_are_covered() -> None:
    assert len(MODELS) >= 18


def test_the_words_of_the_port_are_those_of_the_document() -> None:
    assert set(SCHEMAS["Order"]["properties"]["status"]["enum"]) == set(OrderStatus)
    assert set(SCHEMAS["Product"]["properties"]["returnable"]["enum"]) == set(Returnable)


def test_every_write_carries_a_key_and_no_read_does() -> None:
    contract = Contract(document())
    for path in document()["paths"].values():
        headers = {
            parameter["name"]
            for parameter in map(contract.resolve, path.get("parameters", []))
            if parameter["in"] == "header"
        }
        writes = set(path) & {"post", "put", "patch", "delete"}
        assert (headers == {"Idempotency-Key"}) == bool(writes)
        assert not (writes and "get" in path)
