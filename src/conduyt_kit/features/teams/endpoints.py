"""The endpoints of teams (X7)."""

from typing import Any

import attrs

from conduyt_kit.features.teams.entities import TEAM
from conduyt_kit.features.teams.inputs import TeamChanges, TeamInput
from conduyt_kit.features.teams.service import Teams
from conduyt_kit.features.teams.views import TeamView, listed, view
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records

SECTION = "Teams"


def list_teams(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, TEAM, listed)


def create_team(call: Call[None, TeamInput]) -> TeamView:
    return view(call.unit[Teams].create(**attrs.asdict(call.body, recurse=False)))


def get_team(call: Call[None, None]) -> TeamView:
    return view(call.unit[Teams].get(call.path["id"]))


def update_team(call: Call[None, Any]) -> TeamView:
    return view(call.unit[Teams].update(call.path["id"], given(call.body)))


def delete_team(call: Call[None, None]) -> None:
    call.unit[Teams].delete(call.path["id"])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/teams",
        section=SECTION,
        summary="List all teams of the workspace.",
        operation=list_teams,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=TeamView,
        query=PageQuery,
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/teams",
        section=SECTION,
        summary="Create a team of users.",
        operation=create_team,
        scope=Scope.WRITE,
        reply=TeamView,
        status=201,
        body=TeamInput,
        errors=(422,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path="/teams/:id",
        section=SECTION,
        summary="Retrieve a single team by ID.",
        operation=get_team,
        scope=Scope.READ,
        reply=TeamView,
        errors=(404,),
        entity="team",
        extension=True,
    ),
    Endpoint(
        method="PATCH",
        path="/teams/:id",
        section=SECTION,
        summary="Update the name or the members of a team.",
        operation=update_team,
        scope=Scope.WRITE,
        reply=TeamView,
        body=TeamChanges,
        ignored=frozenset({"id", "createdAt", "updatedAt"}),
        errors=(404, 422),
        entity="team",
        extension=True,
    ),
    Endpoint(
        method="DELETE",
        path="/teams/:id",
        section=SECTION,
        summary="Delete a team. Its users stay.",
        operation=delete_team,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="team",
        extension=True,
    ),
)
