"""The documented endpoints of webhooks, and those of X6."""

from typing import Any

from conduyt_kit.features.webhooks.entities import WEBHOOK_DELIVERY
from conduyt_kit.features.webhooks.inputs import DeliveryQuery, RedeliverInput, WebhookChanges, WebhookInput
from conduyt_kit.features.webhooks.ping import TEST_EVENT, ping
from conduyt_kit.features.webhooks.redelivery import REDELIVER
from conduyt_kit.features.webhooks.service import Webhooks
from conduyt_kit.features.webhooks.views import (
    DeliveryView,
    RedeliveryView,
    SingleDeliveryView,
    SingleWebhookView,
    TestView,
    WebhookView,
    delivery_view,
    single_delivery_view,
    single_view,
    view,
)
from conduyt_kit.kernel.context import NOBODY, Context, Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.jobs import NewJob
from conduyt_kit.kernel.listing import list_records
from conduyt_kit.kernel.query import both, where

SECTION = "Webhooks"
READ_ONLY = frozenset({"id", "secret", "createdAt", "lastDelivery", "lastStatus", "deliveries"})


def list_webhooks(call: Call[None, None]) -> list[WebhookView]:
    return [view(webhook) for webhook in call.unit[Webhooks].all()]


def create_webhook(call: Call[None, WebhookInput]) -> WebhookView:
    body = call.body
    webhook = call.unit[Webhooks].create(url=body.url, events=body.events, active=body.active)
    return view(webhook, secret=webhook.signing_secret)


def get_webhook(call: Call[None, None]) -> SingleWebhookView:
    webhooks = call.unit[Webhooks]
    webhook = webhooks.get(call.path["id"])
    return single_view(webhook, webhooks.latest_deliveries(webhook.id))


def update_webhook(call: Call[None, Any]) -> SingleWebhookView:
    webhooks = call.unit[Webhooks]
    webhook = webhooks.update(call.path["id"], given(call.body))
    return single_view(webhook, webhooks.latest_deliveries(webhook.id))


def delete_webhook(call: Call[None, None]) -> None:
    call.unit[Webhooks].delete(call.path["id"])


def test_webhook(call: Call[None, None]) -> TestView:
    identity = call.identity
    assert identity is not None  # noqa: S101 - the endpoint has a scope
    context = Context(workspace=identity.workspace, actor=identity.actor or NOBODY, correlation_id=call.request.id)
    reply = ping(call.environment, context, call.path["id"])
    return TestView(success=True, status_code=reply.status, response_time=reply.duration, event=TEST_EVENT)


def rotate_secret(call: Call[None, None]) -> WebhookView:
    webhook = call.unit[Webhooks].rotate_secret(call.path["id"])
    return view(webhook, secret=webhook.signing_secret)


def list_deliveries(call: Call[DeliveryQuery, None]) -> Listing:
    webhook = call.unit[Webhooks].get(call.path["id"])
    asked = call.query
    condition = both(
        where(webhook_id=webhook.id),
        where(status=asked.status) if asked.status else None,
        where(event_name=asked.event) if asked.event else None,
    )
    return list_records(call, WEBHOOK_DELIVERY, lambda found: delivery_view(found.record), condition)


def get_delivery(call: Call[None, None]) -> SingleDeliveryView:
    return single_delivery_view(call.unit[Webhooks].delivery(call.path["id"], call.path["deliveryId"]))


def redeliver(call: Call[None, None]) -> DeliveryView:
    return delivery_view(call.unit[Webhooks].redeliver(call.path["id"], call.path["deliveryId"]))


def redeliver_since(call: Call[None, RedeliverInput]) -> RedeliveryView:
    webhook = call.unit[Webhooks].require_active(call.path["id"])
    args = {"webhook": webhook.id, "since": call.body.text, "onlyFailed": call.body.only_failed}
    call.unit.enqueue(NewJob(kind=REDELIVER, args=args))
    return RedeliveryView(status="accepted")


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/webhooks",
        section=SECTION,
        summary="List all registered webhook endpoints.",
        operation=list_webhooks,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=WebhookView,
    ),
    Endpoint(
        method="POST",
        path="/webhooks",
        section=SECTION,
        summary="Register a new webhook endpoint. Only this answer and that of a rotation show the whole secret.",
        operation=create_webhook,
        scope=Scope.WRITE,
        reply=WebhookView,
        status=201,
        body=WebhookInput,
        errors=(409, 422),
        secret_reply=True,
    ),
    Endpoint(
        method="GET",
        path="/webhooks/:id",
        section=SECTION,
        summary="Retrieve webhook details including delivery history.",
        operation=get_webhook,
        scope=Scope.READ,
        reply=SingleWebhookView,
        errors=(404,),
        entity="webhook",
    ),
    Endpoint(
        method="PATCH",
        path="/webhooks/:id",
        section=SECTION,
        summary="Update webhook URL, events, or active status.",
        operation=update_webhook,
        scope=Scope.WRITE,
        reply=SingleWebhookView,
        body=WebhookChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        entity="webhook",
    ),
    Endpoint(
        method="DELETE",
        path="/webhooks/:id",
        section=SECTION,
        summary="Delete a webhook registration. No further events will be delivered.",
        operation=delete_webhook,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        entity="webhook",
    ),
    Endpoint(
        method="POST",
        path="/webhooks/:id/test",
        section=SECTION,
        summary="Send a test payload to the webhook URL and wait for its answer.",
        operation=test_webhook,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=TestView,
        errors=(404, 429, 502),
    ),
    Endpoint(
        method="POST",
        path="/webhooks/:id/rotate-secret",
        section=SECTION,
        summary="Make a new signing secret; the old one signs as well for 24 hours.",
        operation=rotate_secret,
        scope=Scope.WRITE,
        reply=WebhookView,
        errors=(404,),
        extension=True,
        secret_reply=True,
    ),
    Endpoint(
        method="GET",
        path="/webhooks/:id/deliveries",
        section=SECTION,
        summary="List the deliveries to a webhook, newest first.",
        operation=list_deliveries,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=DeliveryView,
        query=DeliveryQuery,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="GET",
        path="/webhooks/:id/deliveries/:deliveryId",
        section=SECTION,
        summary="Retrieve a delivery with its body and the latest requests and responses.",
        operation=get_delivery,
        scope=Scope.READ,
        reply=SingleDeliveryView,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/webhooks/:id/deliveries/:deliveryId/redeliver",
        section=SECTION,
        summary="Deliver an event again, with the same id and body and a new round of attempts.",
        operation=redeliver,
        scope=Scope.WRITE,
        reply=DeliveryView,
        status=202,
        errors=(404, 409),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/webhooks/:id/redeliver",
        section=SECTION,
        summary="Deliver everything since a time again, with what happened while the webhook was inactive.",
        operation=redeliver_since,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=RedeliveryView,
        status=202,
        body=RedeliverInput,
        errors=(404, 409, 422),
        extension=True,
    ),
)
