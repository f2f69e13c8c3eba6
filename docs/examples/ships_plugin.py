"""A plugin that declares one entity, and has everything else for that."""

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, Literal

import attrs

from conduyt_kit.extension import FeatureSpec, KitPlugin, crud_endpoints
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import entity
from conduyt_kit.kernel.fields import SET_NULL, ref, stored
from conduyt_kit.kernel.values import Name


@attrs.frozen(kw_only=True)
class Ship:
    """A ship of the fleet."""

    id: str
    name: Name
    kind: Literal["tug", "tanker", "ferry"] = "tug"
    in_service: bool = True
    owner_id: str | None = attrs.field(default=None, metadata=stored(ref=ref("company", on_delete=SET_NULL)))
    created_at: dt.datetime = attrs.field(metadata=stored(read_only=True))
    updated_at: dt.datetime = attrs.field(metadata=stored(read_only=True))


SHIP = entity(Ship, name="ship", new_id=ids.sortable("ship_"), indexes=[("-created_at",)], search=["name"], sort=("-created_at",))


class ShipsPlugin(KitPlugin):
    """Ships, beside contacts and companies."""

    name: ClassVar[str] = "ships"

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [FeatureSpec(name="ships", description="The fleet", entities=(SHIP,), endpoints=crud_endpoints(SHIP, section="Ships"))]
