"""Field metadata: what an entity class says about its fields beyond their types.

The type annotation carries what a value may be (``Annotated[str, Meta(max_length=200)]``); the metadata made here carries what
storage, audit and transports must know: references, secrecy, who may write it.
"""

import enum
from collections.abc import Mapping
from typing import Any

import attrs

METADATA_KEY = "conduyt"


class OnDelete(enum.Enum):
    """What happens to a row when the row it refers to is deleted. The kernel applies it, inside the same unit of work."""

    CASCADE = "cascade"
    """The referring row is deleted as well, and logged as deleted."""
    SET_NULL = "set_null"
    """The reference becomes null, and the change is logged."""
    RESTRICT = "restrict"
    """The deletion is refused with a conflict."""


CASCADE = OnDelete.CASCADE
SET_NULL = OnDelete.SET_NULL
RESTRICT = OnDelete.RESTRICT


@attrs.frozen(kw_only=True)
class Ref:
    """A reference to another entity of the same workspace, by its id."""

    entity: str
    on_delete: OnDelete
    timeline: bool = False
    """Whether activity entries of the referring record are also found from the referred one (A28)."""


@attrs.frozen(kw_only=True)
class FieldOptions:
    """Everything `stored` can say of one field."""

    ref: Ref | None = None
    read_only: bool = False
    """Never accepted as input: set by the kernel or by a service."""
    secret: bool = False
    """Never in an output, an activity entry, an event or a log: hashes and tokens."""
    hidden: bool = False
    """Internal: never in an output, an activity entry or an event (normalised keys, for example)."""
    personal: bool = False
    """Personal data, for exports and erasure."""
    places: int = 0
    """Decimal places kept, for `decimal.Decimal` fields."""
    description: str = ""


def stored(
    *,
    ref: Ref | None = None,
    read_only: bool = False,
    secret: bool = False,
    hidden: bool = False,
    personal: bool = False,
    places: int = 0,
    description: str = "",
) -> Mapping[str, Any]:
    """Return the ``metadata`` for an ``attrs.field`` of an entity class.

    Example::

        @attrs.frozen(kw_only=True)
        class Note:
            id: str
            content: LongText
            contact_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("contact", on_delete=CASCADE, timeline=True)))
    """
    options = FieldOptions(
        ref=ref, read_only=read_only, secret=secret, hidden=hidden, personal=personal, places=places, description=description
    )
    return {METADATA_KEY: options}


def ref(entity: str, *, on_delete: OnDelete, timeline: bool = False) -> Ref:
    """Declare a reference to the entity of that name (``"contact"``) in the same workspace.

    The referred entity may belong to another feature or plugin: it is named, not imported.
    """
    return Ref(entity=entity, on_delete=on_delete, timeline=timeline)
