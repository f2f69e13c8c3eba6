"""A kit that lacks the messages of the CRM and has bare ones, with just what the dashboard counts."""

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, Literal

import attrs

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import FeatureSpec
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.clock import Clock
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.fields import CASCADE, ref, stored
from tests.features.conftest import TestAuthPlugin

FEATURES = ("workspaces", "users", "custom_fields", "tags", "companies", "contacts", "pipelines", "deals", "tasks", "dashboard")


@attrs.frozen(kw_only=True)
class Letter:
    id: str
    contact_id: str | None = attrs.field(metadata=stored(ref=ref("contact", on_delete=CASCADE)))
    direction: Literal["inbound", "outbound"]
    sent_at: dt.datetime | None


LETTER: EntitySpec[Letter] = entity(
    Letter, name="message", new_id=ids.sortable("msg_"), indexes=[("sent_at",)], sort=("id",), events=False, audited=False
)


class LettersPlugin(KitPlugin):
    name: ClassVar[str] = "letters"

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return [FeatureSpec(name="letters", description="Bare messages", entities=(LETTER,))]


def kit_with_letters(clock: Clock, *plugins: KitPlugin) -> Kit:
    options = {"rate_limit": "off", "providers": {"authentication": "test"}, "features": [*FEATURES, "letters"]}
    return Kit.build(options, plugins=[TestAuthPlugin(), LettersPlugin(), *plugins], clock=clock)
