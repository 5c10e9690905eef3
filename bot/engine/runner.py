"""Runs a Rasa graph: each node after those it needs."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

Plan = list[tuple[str, GraphNode, tuple[str, ...]]]
"""Nodes in running order, each with the names of what it needs."""


class TopologicalRunner(GraphRunner):  # type: ignore[misc]  # rasa has no types for us
    """Like Rasa's DaskGraphRunner, with the order of nodes found once per set of targets instead of on every run."""

    def __init__(
        self,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> None:
        self._schema = graph_schema
        self._nodes: dict[str, GraphNode] = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        self._plans: dict[tuple[str, ...], Plan] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> TopologicalRunner:
        return cls(graph_schema, model_storage, execution_context, hooks)

    def components(self) -> dict[str, Any]:
        """The loaded components by the names of their nodes."""
        return {name: node._component for name, node in self._nodes.items() if node._component is not None}

    def needs(self, name: str) -> tuple[str, ...]:
        """The nodes and inputs whose outputs a node takes."""
        return tuple(self._schema.nodes[name].needs.values())

    def exchanged(self, components: Mapping[str, Any]) -> TopologicalRunner:
        """A runner that has these components in the nodes so named, and shares the others."""
        other = copy(self)
        other._nodes = dict(self._nodes)
        for name, component in components.items():
            other._nodes[name] = copy(self._nodes[name])
            other._nodes[name]._component = component
        other._plans = {}
        return other

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of `targets`, or of the schema's own targets.

        Raises:
            GraphRunError: an input bears a node's name, or the schema has a cycle.
        """
        wanted = tuple(targets or self._schema.target_names)
        plan = self._plans.get(wanted)
        if plan is None:
            plan = self._plans[wanted] = self._plan(wanted)
        given = inputs or {}
        for name in given:
            if name in self._nodes:
                raise GraphRunError(f"Input '{name}' bears the name of a node; rename the input.")
        outputs = {name: (name, value) for name, value in given.items()}
        for name, node, needs in plan:
            # a need without an output goes in as its bare name: GraphNode says what is missing
            outputs[name] = node(*[outputs.get(need, need) for need in needs])
        return {name: outputs[name][1] for name in wanted if name in outputs}

    def _plan(self, targets: tuple[str, ...]) -> Plan:
        plan: Plan = []
        done: set[str] = set()
        open_: set[str] = set()

        def visit(name: str) -> None:
            if name in done or name not in self._nodes:
                return
            if name in open_:
                raise GraphRunError(f"The graph runs in a circle at node '{name}'.")
            open_.add(name)
            needs = tuple(self._schema.nodes[name].needs.values())
            for need in needs:
                visit(need)
            open_.discard(name)
            done.add(name)
            plan.append((name, self._nodes[name], needs))

        for target in targets:
            visit(target)
        return plan
