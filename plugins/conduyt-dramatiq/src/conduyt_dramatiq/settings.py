"""The settings section ``[broker]``."""

import attrs

from conduyt_kit.kernel.settings import Secret, SettingsSpec, setting

SCHEMES = ("redis", "rediss", "amqp", "amqps")


def _is_broker_url(_: object, __: "attrs.Attribute[Secret]", value: Secret) -> None:
    scheme, separator, _rest = value.reveal().partition("://")
    if value and (not separator or scheme not in SCHEMES):
        raise ValueError(f"must be empty or a URL that begins with {', '.join(f'{name}://' for name in SCHEMES)}")


@attrs.frozen(kw_only=True)
class BrokerSettings:
    """Where and how jobs run."""

    url: Secret = attrs.field(
        default=Secret(""),
        metadata=setting("The broker that carries hints between processes: redis://..., amqp://..., or empty to work in process."),
        validator=_is_broker_url,
    )
    queue: str = attrs.field(
        default="conduyt", metadata=setting("The queue's name; give each installation its own if several share a broker.")
    )
    threads: int = attrs.field(
        default=4, metadata=setting("How many jobs a working process runs at once, at least 1."), validator=attrs.validators.ge(1)
    )
    sweep_interval: float = attrs.field(
        default=0.0,
        metadata=setting(
            "Seconds between two looks for due jobs; 0 for 1 in process and 4 with a broker. At most 5 keeps the takeover time."
        ),
        validator=attrs.validators.ge(0),
    )
    oldest_due: float = attrs.field(
        default=120.0,
        metadata=setting("Seconds after which a due job that nobody has run makes the doctor complain."),
        validator=attrs.validators.ge(0),
    )

    @property
    def in_process(self) -> bool:
        """Whether there is no broker: jobs run in the processes that share the database."""
        return not self.url

    @property
    def sweep_seconds(self) -> float:
        """Return the longest pause between two sweeps."""
        return self.sweep_interval or (1.0 if self.in_process else 4.0)


BROKER_SETTINGS = SettingsSpec(name="broker", cls=BrokerSettings, description="Where and how jobs run.")
