"""What the endpoints take."""

import attrs

from conduyt_kit.features.workspaces.entities import SendingWindow, TaxRate
from conduyt_kit.kernel.decoding import patch_of
from conduyt_kit.kernel.values import Currency, Name, TimeZone


@attrs.frozen(kw_only=True)
class WorkspaceInput:
    """The settings of a workspace that its admins may change."""

    name: Name
    currency: Currency
    timezone: TimeZone
    default_tax_rate: TaxRate
    track_engagement: bool
    stop_sequences_on_reply: bool
    sending_window: SendingWindow | None


WorkspaceChanges = patch_of(WorkspaceInput)
