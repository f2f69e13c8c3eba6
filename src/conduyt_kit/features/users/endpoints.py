"""The documented endpoints of users, and X3."""

from typing import Any

import attrs

from conduyt_kit.features.users.entities import USER
from conduyt_kit.features.users.inputs import InvitationInput, UserChanges
from conduyt_kit.features.users.service import Users
from conduyt_kit.features.users.views import UserView, listed, view
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records

SECTION = "Users"
READ_ONLY = frozenset({"id", "email", "status", "lastActiveAt", "createdAt"})


def list_users(call: Call[PageQuery, None]) -> Listing:
    return list_records(call, USER, listed)


def invite_user(call: Call[None, InvitationInput]) -> UserView:
    return view(call.unit[Users].invite(**attrs.asdict(call.body, recurse=False)))


def get_user(call: Call[None, None]) -> UserView:
    return view(call.unit[Users].get(call.path["id"]))


def update_user(call: Call[None, Any]) -> UserView:
    return view(call.unit[Users].update(call.path["id"], given(call.body)))


def delete_user(call: Call[None, None]) -> None:
    call.unit[Users].remove(call.path["id"])


def resend_invitation(call: Call[None, None]) -> UserView:
    return view(call.unit[Users].resend_invitation(call.path["id"]))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/users",
        section=SECTION,
        summary="List all users in the workspace.",
        operation=list_users,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=UserView,
        query=PageQuery,
    ),
    Endpoint(
        method="POST",
        path="/users/invite",
        section=SECTION,
        summary="Invite somebody to the workspace by mail. Requires admin scope.",
        operation=invite_user,
        scope=Scope.ADMIN,
        reply=UserView,
        status=201,
        body=InvitationInput,
        errors=(403, 409, 422),
    ),
    Endpoint(
        method="GET",
        path="/users/:id",
        section=SECTION,
        summary="Retrieve a single user by ID.",
        operation=get_user,
        scope=Scope.READ,
        reply=UserView,
        errors=(404,),
        entity="user",
    ),
    Endpoint(
        method="PATCH",
        path="/users/:id",
        section=SECTION,
        summary="Update a user's role or name. Requires admin scope.",
        operation=update_user,
        scope=Scope.ADMIN,
        reply=UserView,
        body=UserChanges,
        ignored=READ_ONLY,
        errors=(403, 404, 409, 422),
        entity="user",
    ),
    Endpoint(
        method="DELETE",
        path="/users/:id",
        section=SECTION,
        summary="Remove a user. Their contacts and deals become unassigned. Requires admin scope.",
        operation=delete_user,
        scope=Scope.ADMIN,
        envelope=Envelope.NONE,
        status=204,
        errors=(403, 404, 409),
        entity="user",
    ),
    Endpoint(
        method="POST",
        path="/users/:id/resend-invitation",
        section=SECTION,
        summary="Send an invitation again; earlier links stop working. Requires admin scope.",
        operation=resend_invitation,
        scope=Scope.ADMIN,
        reply=UserView,
        errors=(403, 404, 409),
        extension=True,
    ),
)
