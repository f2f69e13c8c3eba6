"""send_webhook: post the event, or a payload of the workflow's own, to an address."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
from msgspec import Meta

from conduyt_kit.extension.records import ActionSpec
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import Rejected, Temporary
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.kernel.values import Url
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP

_TRY_AGAIN = (408, 425, 429)


@attrs.frozen(kw_only=True)
class SendWebhook:
    """Where to, and what instead of the event's data."""

    url: Url
    payload: Annotated[dict[str, Any], Meta(description="The body; the event's data when omitted")] | None = None


def run(unit: UnitOfWork, config: SendWebhook, context: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        unit.provider(OUTGOING_HTTP).check(config.url)
    except ValueError as error:
        raise Rejected(f"url: {error}") from error
    event = {key: value for key, value in context.items() if key != "run"}
    caller = context["run"]
    return {
        "url": config.url,
        "body": json.dumps(event if config.payload is None else config.payload, separators=(",", ":")),
        "id": f"{caller['id']}_{caller['number']}",
        "workspace": unit.context.workspace,
    }


def call(environment: Environment, prepared: Mapping[str, Any]) -> Mapping[str, Any]:
    http = environment.providers.provider(OUTGOING_HTTP)
    headers = {"Content-Type": "application/json", "User-Agent": "Conduyt-Workflows/1", "Idempotency-Key": prepared["id"]}
    with http.turn(prepared["workspace"], prepared["url"]):
        reply = http.post(prepared["url"], prepared["body"].encode(), headers)
    if reply.succeeded:
        return {"status": reply.status, "durationMs": reply.duration}
    refused = f"The other side answered with the status {reply.status}"
    if reply.status < 500 and reply.status not in _TRY_AGAIN:
        raise Rejected(refused)
    raise Temporary(refused, retry_after=_retry_after(reply.headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    given = headers.get("retry-after", "")
    return min(float(given), 3600.0) if given.isdecimal() else None


SEND_WEBHOOK = ActionSpec(
    name="send_webhook", description="Post the event or a payload to an address.", config=SendWebhook, run=run, call=call
)
