"""Kits for the tests of the extension layer: any plugins, over any storage, with a test authenticator."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from conduyt_kit import Actor, Kit, Scope
from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.kernel.context import Identity
from conduyt_kit.kernel.environment import Port
from conduyt_kit.ports.authentication import AUTHENTICATOR
from conduyt_kit.ports.storage import STORAGE, Storage

ADA = Actor(id=None, name="Ada Marsh")


class TokenNamesWorkspace:
    """Takes the token ``ws_a`` for an admin's of the workspace ``ws_a``."""

    def authenticate(self, token: str) -> Identity:
        return Identity(workspace=token, actor=ADA, scopes=frozenset(Scope), credential=token)


class HarnessPlugin(KitPlugin):
    """The authenticator, and a storage if one is given."""

    name: ClassVar[str] = "harness"

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage = storage

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        yield ProviderSpec(port=AUTHENTICATOR, name="harness", make=lambda _: TokenNamesWorkspace())
        if self._storage is not None:
            yield provides(STORAGE, "harness", self._storage)


def provides(port: Port[Any], name: str, made: Any) -> ProviderSpec[Any]:
    return ProviderSpec(port=port, name=name, make=lambda _: made)


@contextlib.contextmanager
def kit_of(*plugins: KitPlugin, storage: Storage | None = None, settings: Mapping[str, Any] | None = None) -> Iterator[Kit]:
    """Give a kit of these plugins; SQL storages get their tables."""
    # A key of its own keeps a kit over SQL from making one in the working directory.
    chosen = {"rate_limit": "off", "secret_key": "k" * 32, "providers": {"authentication": "harness"}, **(settings or {})}
    with Kit.build(chosen, plugins=[*plugins, HarnessPlugin(storage)]) as kit:
        if storage is not None:
            from conduyt_sqlalchemy.migrate import create_tables

            create_tables(storage, tuple(kit.assembly.entities.values()))  # type: ignore[arg-type]
        yield kit


@contextlib.contextmanager
def storage_named(name: str, folder: Path) -> Iterator[Storage | None]:
    """Give a fresh storage: ``memory`` (``None``, the kit's own), ``sqlite`` or ``postgresql``."""
    if name == "memory":
        yield None
        return
    from conduyt_kit.testing.services import postgres_url
    from conduyt_sqlalchemy.storage import SqlStorage

    if name == "sqlite":
        yield SqlStorage(f"sqlite:///{folder / 'conduyt.db'}")
        return
    with postgres_url() as url:
        storage = SqlStorage(url)
        yield storage
        storage.close()
