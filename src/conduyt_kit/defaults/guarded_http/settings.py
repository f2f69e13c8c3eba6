"""The settings section ``[webhooks]``: what webhooks and automations may call, and how."""

import attrs

from conduyt_kit.kernel.settings import SettingsSpec, setting


@attrs.frozen(kw_only=True)
class WebhookSettings:
    """What may be called, for how long, how much at once."""

    allow_private_networks: bool = attrs.field(
        default=False,
        metadata=setting("Also call private and loopback addresses, any port, and http: for development and self-hosted receivers."),
    )
    ports: tuple[int, ...] = attrs.field(default=(80, 443, 8443), metadata=setting("The ports that may be called."))
    timeout: float = attrs.field(
        default=10.0, metadata=setting("Seconds that a call may take as a whole."), validator=attrs.validators.gt(0)
    )
    per_endpoint: int = attrs.field(
        default=2, metadata=setting("Calls to one address at once, per working process."), validator=attrs.validators.ge(1)
    )
    per_workspace: int = attrs.field(
        default=3, metadata=setting("Calls of one workspace at once, per working process."), validator=attrs.validators.ge(1)
    )
    ca_file: str = attrs.field(
        default="", metadata=setting("A PEM file of certificate authorities to trust instead of the system's; for a private one.")
    )


WEBHOOK_SETTINGS = SettingsSpec(name="webhooks", cls=WebhookSettings, description="What webhooks and automations may call.")
