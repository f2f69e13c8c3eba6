"""The providers' callbacks: public endpoints whose raw body goes to the channel, which checks that it is the provider's."""

from typing import Any

from conduyt_kit.features.messages import delivery
from conduyt_kit.features.messages.receiving import workspace_for
from conduyt_kit.features.messages.service import Messages
from conduyt_kit.kernel.endpoints import ANY_TYPE, Call, Endpoint, Envelope, Request
from conduyt_kit.kernel.errors import NotFound, Unsupported
from conduyt_kit.kernel.jobs import SYSTEM_WORKSPACE, NewJob
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.messages import EMAIL_CHANNEL, SMS_CHANNEL, Callback, ChannelName, MessageChannel

SECTION = "Messages"


def receive_message(call: Call[Any, bytes]) -> None:
    channel_name, channel = _channel(call)
    try:
        incoming = channel.read_incoming(_callback(call))
    except Unsupported as error:
        raise NotFound(error.message) from error
    workspace = workspace_for(call.environment, channel_name, incoming)
    if workspace is None:
        raise NotFound("No workspace receives messages at this address")
    call.open(workspace)[Messages].received(channel_name, channel.provider, incoming)


def receive_status(call: Call[Any, bytes]) -> None:
    _, channel = _channel(call)
    try:
        update = channel.read_status(_callback(call))
    except Unsupported as error:
        raise NotFound(error.message) from error
    if update is None:
        return
    workspace = delivery.find_workspace(call.environment, channel.provider, update.provider_id)
    if workspace is not None:
        delivery.apply(call.open(workspace), channel.provider, update)
        return
    # The provider may be quicker than the commit that writes its id down. A report that comes twice is looked into once.
    key = f"{channel.provider}:{update.provider_id}:{update.status}"
    call.open(SYSTEM_WORKSPACE).enqueue(NewJob(kind=delivery.APPLY_STATUS, key=key, args=delivery.as_args(channel.provider, update)))


def _channel(call: Call[Any, bytes]) -> tuple[ChannelName, MessageChannel]:
    providers = call.environment.providers
    channels: tuple[tuple[ChannelName, MessageChannel], ...] = (
        ("email", providers.provider(EMAIL_CHANNEL)),
        ("sms", providers.provider(SMS_CHANNEL)),
    )
    wanted = call.path["provider"]
    for name, channel in channels:
        if channel.provider == wanted:
            return name, channel
    raise NotFound(f"No channel of this server uses a provider called {wanted!r}")


def raw_body(request: Request) -> bytes:
    """Return the body as it came; only the channel knows its form."""
    return request.body


def _callback(call: Call[Any, bytes]) -> Callback:
    request = call.request
    public_url = call.environment.settings.section(KitSettings).public_url.rstrip("/")
    return Callback(
        url=public_url + request.target,
        headers=request.headers,
        body=call.body,
        parameters={name: values[-1] for name, values in request.query.items() if values},
    )


CALLBACK_ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/messages/inbound/:provider",
        section=SECTION,
        summary="Take a message that a provider received for us.",
        operation=receive_message,
        scope=None,
        envelope=Envelope.NONE,
        status=204,
        # Named beside any type, so that a transport lets a whole mail through as it does other uploads.
        accepts={"message/rfc822": raw_body, ANY_TYPE: raw_body},
        errors=(403, 404),
        extension=True,
        description="Called by the provider, in its own form; verified by its signature. A message that comes twice is kept once.",
    ),
    Endpoint(
        method="POST",
        path="/messages/status/:provider",
        section=SECTION,
        summary="Take a provider's report on a message that it was given.",
        operation=receive_status,
        scope=None,
        envelope=Envelope.NONE,
        status=204,
        accepts={ANY_TYPE: raw_body},
        errors=(403, 404),
        extension=True,
        description="Called by the provider, in its own form; verified by its signature.",
    ),
)
