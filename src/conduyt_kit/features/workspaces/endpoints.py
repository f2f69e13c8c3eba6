"""The workspace's settings (X4) and the catalogue of events that can happen in it (X5)."""

from typing import Any

from conduyt_kit.features.workspaces.inputs import WorkspaceChanges
from conduyt_kit.features.workspaces.service import Workspaces
from conduyt_kit.features.workspaces.views import EventView, WorkspaceView, view
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope

SECTION = "Workspace"


def get_workspace(call: Call[None, None]) -> WorkspaceView:
    return view(call.unit[Workspaces].current())


def update_workspace(call: Call[None, Any]) -> WorkspaceView:
    return view(call.unit[Workspaces].update(given(call.body)))


def list_events(call: Call[None, None]) -> list[EventView]:
    return [
        EventView(name=spec.name, description=spec.description, version=spec.version, entity=spec.entity, fields=dict(spec.fields))
        for spec in call.environment.events.specs.values()
    ]


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/workspace",
        section=SECTION,
        summary="Retrieve the current workspace and its settings.",
        operation=get_workspace,
        scope=Scope.READ,
        reply=WorkspaceView,
        extension=True,
    ),
    Endpoint(
        method="PATCH",
        path="/workspace",
        section=SECTION,
        summary="Update the settings of the workspace. Requires admin scope.",
        operation=update_workspace,
        scope=Scope.ADMIN,
        reply=WorkspaceView,
        body=WorkspaceChanges,
        ignored=frozenset({"id", "plan", "createdAt", "updatedAt"}),
        errors=(403, 422),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path="/events",
        section=SECTION,
        summary="List every event that webhooks, automations and workflows can listen to.",
        operation=list_events,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=EventView,
        extension=True,
    ),
)
