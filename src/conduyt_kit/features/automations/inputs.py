"""What the endpoints take."""

from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Name


@attrs.frozen(kw_only=True)
class AutomationInput:
    """A new automation; it is started from now on."""

    name: Annotated[Name, Meta(description="Automation name")]
    trigger: Annotated[str, Meta(max_length=200, description="Event that triggers this automation")]
    webhook_url: Annotated[str, Meta(max_length=2000, description="n8n webhook URL to call")]
    active: Annotated[bool, Meta(description="Whether the automation is active (default: true)")] = True


AutomationChanges = patch_of(AutomationInput)


@attrs.frozen(kw_only=True)
class CustomEventInput:
    """An event that the caller makes up; everybody who listens is told."""

    event: Annotated[str, Meta(max_length=200, description='Custom event name (e.g., "custom.lead_scored")')]
    payload: Annotated[dict[str, Any], Meta(description="Arbitrary JSON payload passed to the automation")] = attrs.field(factory=dict)
