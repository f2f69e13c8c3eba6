"""The settings of messages."""

from typing import Literal

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, setting


@attrs.frozen(kw_only=True)
class MessageSettings:
    """What becomes of messages whose sending was interrupted, and who may write to us and in which name."""

    after_crash: Literal["unknown", "resend"] = attrs.field(
        default="unknown",
        metadata=setting(
            "A message that may have been sent when its process died or the provider's answer was lost: unknown marks it as failed with"
            " that reason and never sends it twice; resend sends it again, under the same Message-ID."
        ),
    )
    unknown_senders: Literal["create", "ignore"] = attrs.field(
        default="create", metadata=setting("A message from somebody who is no contact: create makes the contact, ignore drops the message.")
    )
    sender_domains: tuple[str, ...] = attrs.field(
        default=(),
        metadata=setting("The mail domains in which workspaces may have sender identities; empty for that of mail_from only."),
    )


MESSAGE_SETTINGS = SettingsSpec(name="messages", cls=MessageSettings, description="Sending and receiving e-mail and SMS.")
