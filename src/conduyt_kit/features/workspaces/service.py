"""The use cases of workspaces."""

from collections.abc import Mapping
from typing import Any

from conduyt_kit.features.workspaces.entities import WORKSPACE, Workspace, new_workspace_id
from conduyt_kit.kernel.context import NOBODY, Actor, Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kit_settings import KitSettings


class Workspaces:
    """The workspace of the unit of work."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._workspaces = unit.repository(WORKSPACE)

    def create(self, *, name: str) -> Workspace:
        """Make the unit's workspace, with the installation's currency and time zone. See `founding_unit`."""
        defaults = self._unit.settings(KitSettings)
        return self._workspaces.create(
            id=self._unit.context.workspace, name=name, currency=defaults.default_currency, timezone=defaults.default_timezone
        )

    def current(self) -> Workspace:
        """Return the unit's workspace.

        Raises:
            NotFound: it was never made; units of work of embedding applications may live in a workspace without a record.
        """
        return self._workspaces.get(self._unit.context.workspace)

    def settings(self) -> Workspace:
        """Return the unit's workspace, or one with the installation's defaults where it was never made (see `current`)."""
        id = self._unit.context.workspace
        found = self._workspaces.find(id)
        if found is not None:
            return found
        defaults = self._unit.settings(KitSettings)
        return Workspace(
            id=id,
            name=id,
            currency=defaults.default_currency,
            timezone=defaults.default_timezone,
            created_at=self._unit.now,
            updated_at=self._unit.now,
        )

    def update(self, changes: Mapping[str, Any]) -> Workspace:
        """Change the given settings (X4).

        Raises:
            ValidationFailed: the sending window ends before it begins.
        """
        window = changes.get("sending_window")
        if window is not None and window.end <= window.start:
            raise ValidationFailed.on("sendingWindow.end", "Must be later than start, on the same day")
        return self._workspaces.change(self._workspaces.get_for_update(self._unit.context.workspace), **changes)


def founding_unit(environment: Environment, *, workspace: str | None = None, actor: Actor = NOBODY) -> UnitOfWork:
    """Open a unit of work in a workspace that does not exist yet; the caller creates it there and commits.

    Example::

        with founding_unit(kit.environment) as unit:
            unit[Workspaces].create(name="Harbor & Pine")
    """
    return UnitOfWork(environment, Context(workspace=workspace or new_workspace_id(), actor=actor))


def all_workspaces(environment: Environment) -> tuple[Workspace, ...]:
    """Return every workspace of the installation, oldest first: for the command line and rare administrative questions."""
    found = [located.record for located in environment.storage.locate(WORKSPACE, "installation", "this")]
    return tuple(sorted(found, key=lambda workspace: (workspace.created_at, workspace.id)))
