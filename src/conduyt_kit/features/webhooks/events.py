"""What webhooks tell."""

from typing import ClassVar

import attrs

from conduyt_kit.kernel.events import Event


@attrs.frozen(kw_only=True)
class WebhookDisabled(Event):
    name: ClassVar[str] = "webhook.disabled"
    description: ClassVar[str] = "A webhook was switched off because its receiver is gone or does not answer."
    entity: ClassVar[str | None] = "webhook"

    webhook_id: str
    url: str
    reason: str


@attrs.frozen(kw_only=True)
class TestPing(Event):
    """In the catalogue because receivers meet it; it goes to the tested webhook alone and is never recorded (R80)."""

    __test__: ClassVar[bool] = False
    name: ClassVar[str] = "test.ping"
    description: ClassVar[str] = "A webhook is being tested."
    entity: ClassVar[str | None] = "webhook"

    webhook_id: str
