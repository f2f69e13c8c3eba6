"""The test of a webhook: one signed request, now, whose outcome is the answer (R80)."""

import msgspec

from conduyt_kit.features.webhooks.entities import WEBHOOK, Webhook
from conduyt_kit.features.webhooks.events import TestPing
from conduyt_kit.features.webhooks.exchanges import Exchange, exchange
from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.encoding import timestamp
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import DeliveryFailed, RateLimited, Temporary
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.query import where
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.outgoing_http import OUTGOING_HTTP, HttpReply

TEST_EVENT = TestPing.name


def ping(environment: Environment, context: Context, id: str) -> HttpReply:
    """Send a test to a webhook, active or not, and return the answer of its receiver.

    No unit of work is open while the receiver is waited for.

    Raises:
        NotFound: no such webhook.
        DeliveryFailed: the receiver did not answer with a status of success.
        RateLimited: too many calls to it are in flight.
    """
    with UnitOfWork(environment, context, write=False) as unit:
        webhook = unit.repository(WEBHOOK).get(id)
    http = environment.providers.provider(OUTGOING_HTTP)
    try:
        with http.turn(context.workspace, webhook.id):
            found = _exchange(environment, context.workspace, webhook)
    except Temporary as busy:
        raise RateLimited("Deliveries to this webhook are under way; try again in a moment", 1) from busy
    with UnitOfWork(environment, context) as unit:
        unit.repository(WEBHOOK).update_where(where(id=webhook.id), last_delivery=found.at, last_status=found.status_code)
    if found.reply is None or not found.succeeded:
        raise DeliveryFailed(f"The test was not taken: {found.problem}")
    return found.reply


def _exchange(environment: Environment, workspace: str, webhook: Webhook) -> Exchange:
    at = environment.clock.now()
    id = EVENT.new_id() if EVENT.new_id else ""
    data = {"webhookId": webhook.id}
    body = msgspec.json.encode({"id": id, "type": TEST_EVENT, "timestamp": timestamp(at), "workspaceId": workspace, "data": data})
    return exchange(environment.providers.provider(OUTGOING_HTTP), webhook, message_id=f"{id}_{webhook.id}", body=body, at=at)
