import datetime as dt
from typing import Any

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.entities import EntitySpec, NoOverlap, entity
from conduyt_kit.kernel.errors import Conflict, SpecError

NOON = dt.datetime(2026, 3, 16, 12, tzinfo=dt.UTC)
TAKEN = "The room is taken at that time"


@attrs.frozen(kw_only=True)
class Stay:
    id: str
    room: str
    begins: dt.datetime
    ends: dt.datetime


def stay_spec(**rule: Any) -> EntitySpec[Stay]:
    whole = {"start": "begins", "end": "ends", "within": ("room",), "message": TAKEN, **rule}
    return entity(Stay, name="stay", new_id=ids.sortable("stay_"), no_overlap=NoOverlap(**whole))


STAY = stay_spec()


class HotelPlugin(KitPlugin):
    name = "hotel"

    def conduyt_features(self) -> list[FeatureSpec]:
        return [FeatureSpec(name="stays", description="Stays", entities=(STAY,))]


@pytest.mark.parametrize("rule", [{"start": "room"}, {"end": "nothing"}, {"within": ("nothing",)}, {"only": {"nothing": 1}}])
def test_rule_over_fields_that_cannot_bound_time_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        stay_spec(**rule)


def test_overlap_on_creation_is_a_conflict_with_the_rules_sentence() -> None:
    with Kit.build({}, plugins=[HotelPlugin()]) as kit:
        with kit.unit_of_work("ws") as unit:
            unit.repository(STAY).create(room="1", begins=NOON, ends=NOON + dt.timedelta(hours=2))
        with pytest.raises(Conflict, match=TAKEN), kit.unit_of_work("ws") as unit:
            unit.repository(STAY).create(room="1", begins=NOON + dt.timedelta(hours=1), ends=NOON + dt.timedelta(hours=3))

        with kit.unit_of_work("ws", write=False) as unit:
            assert unit.repository(STAY).count() == 1


def test_overlap_on_change_is_a_conflict_with_the_rules_sentence() -> None:
    with Kit.build({}, plugins=[HotelPlugin()]) as kit:
        with kit.unit_of_work("ws") as unit:
            stays = [unit.repository(STAY).create(room=room, begins=NOON, ends=NOON + dt.timedelta(hours=2)) for room in "12"]
        with pytest.raises(Conflict, match=TAKEN), kit.unit_of_work("ws") as unit:
            unit.repository(STAY).change(unit.repository(STAY).get_for_update(stays[1].id), room="1")

        with kit.unit_of_work("ws", write=False) as unit:
            assert unit.repository(STAY).get(stays[1].id).room == "2"
