"""Figures about the service, in Prometheus' form. Labels never hold what a customer wrote or who they are."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry()

messages = Counter("guitai_messages", "Messages received", ["channel", "repeat"], registry=registry)
turns = Counter("guitai_turns", "Messages answered, by how it ended", ["outcome"], registry=registry)
turn_seconds = Histogram(
    "guitai_turn_seconds",
    "From taking a message to its committed answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8),
    registry=registry,
)
handoffs = Counter("guitai_handoffs", "Conversations given to people", ["reason", "priority"], registry=registry)
repeats = Counter(
    "guitai_repeated_questions", "Questions for what was known already", ["who", "field"], registry=registry
)
breaches = Counter("guitai_deadlines_missed", "Replies by people that came too late", ["kind"], registry=registry)
line_length = Gauge("guitai_waiting", "Customers who wait for a person", registry=registry)
desks = Gauge("guitai_desks", "Desks that are connected", registry=registry)
leases_lost = Counter("guitai_leases_lost", "Turns thrown away since another worker took over", registry=registry)
deliveries = Counter(
    "guitai_deliveries", "Attempts to send a reply, by how they ended", ["channel", "outcome"], registry=registry
)
screens = Gauge("guitai_screens", "Widgets that are connected", registry=registry)


def exposition() -> bytes:
    """All figures, as `/metrics` shows them."""
    return generate_latest(registry)
