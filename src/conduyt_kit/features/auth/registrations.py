"""Holding an address while it is being registered.

Every registration makes a workspace of its own, so no uniqueness rule of the database sees two of them for one address at the same
moment (a form sent twice, for example). What they have in common is a row here, in the system workspace.
"""

import datetime as dt

import attrs

from conduyt_kit.features.users.one_time_tokens import hashed
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE
from conduyt_kit.kernel.unit_of_work import UnitOfWork

HELD_FOR = dt.timedelta(seconds=15)
"""Much longer than a registration takes; after it, the account itself stands in the way of a second one."""


@attrs.frozen(kw_only=True)
class Registration:
    """An address that a request is registering; `id` is the hash of the folded address."""

    id: str
    holder: str
    created_at: dt.datetime


REGISTRATION: EntitySpec[Registration] = entity(
    Registration, name="registration", indexes=[("created_at",)], events=False, audited=False, counted=False
)


def hold_address(environment: Environment, email: str, holder: str) -> None:
    """Hold an address for the request `holder`, in a transaction of its own; repeating it for the same request changes nothing.

    Raises:
        ValidationFailed: another request is registering the address right now.
    """
    with UnitOfWork(environment, Context(workspace=SYSTEM_WORKSPACE)) as unit:
        registrations, id_ = unit.repository(REGISTRATION), hashed(ids.fold(email))
        unit.lock(f"registration:{id_}")
        held = registrations.find(id_)
        if held is None:
            registrations.create(id=id_, holder=holder)
        elif held.holder != holder:
            if held.created_at > unit.now - HELD_FOR:
                raise ValidationFailed.on("email", "This address is being registered right now; log in, or try again in a moment")
            registrations.change(held, holder=holder, created_at=unit.now)
