"""The graph's domain node: a model names this class, so it has a module of its own."""

from __future__ import annotations

from bot.engine import shim

shim.install()

from rasa.graph_components.providers.domain_provider import DomainProvider  # noqa: E402 - the shim comes first
from rasa.shared.core.domain import Domain  # noqa: E402


class GivenDomain(DomainProvider):  # type: ignore[misc]  # rasa has no types for us
    """Rasa's provider without its copy of the domain: writing that takes seconds, and the metadata hold it too."""

    def _persist(self, domain: Domain) -> None:
        with self._model_storage.write_to(self._resource):
            pass
