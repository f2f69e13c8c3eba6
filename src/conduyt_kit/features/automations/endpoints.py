"""The documented endpoints of automations, and those of X21."""

from typing import Any

from conduyt_kit.features.automations.entities import AUTOMATION_RUN
from conduyt_kit.features.automations.inputs import AutomationChanges, AutomationInput, CustomEventInput
from conduyt_kit.features.automations.service import Automations
from conduyt_kit.features.automations.views import (
    AutomationView,
    CustomEventView,
    RunView,
    SingleAutomationView,
    run_view,
    single_view,
    view,
)
from conduyt_kit.kernel.context import Scope
from conduyt_kit.kernel.decoding import given
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Listing
from conduyt_kit.kernel.listing import PageQuery, list_records
from conduyt_kit.kernel.query import where

SECTION = "Automations"
READ_ONLY = frozenset({"id", "lastTriggered", "runCount", "runs"})


def list_automations(call: Call[None, None]) -> list[AutomationView]:
    return [view(automation) for automation in call.unit[Automations].all()]


def create_automation(call: Call[None, AutomationInput]) -> AutomationView:
    body = call.body
    return view(call.unit[Automations].create(name=body.name, trigger=body.trigger, webhook_url=body.webhook_url, active=body.active))


def get_automation(call: Call[None, None]) -> SingleAutomationView:
    automations = call.unit[Automations]
    automation = automations.get(call.path["id"])
    return single_view(automation, automations.latest_runs(automation.id))


def update_automation(call: Call[None, Any]) -> SingleAutomationView:
    automations = call.unit[Automations]
    automation = automations.update(call.path["id"], given(call.body))
    return single_view(automation, automations.latest_runs(automation.id))


def delete_automation(call: Call[None, None]) -> None:
    call.unit[Automations].delete(call.path["id"])


def list_runs(call: Call[PageQuery, None]) -> Listing:
    automation = call.unit[Automations].get(call.path["id"])
    return list_records(call, AUTOMATION_RUN, lambda found: run_view(found.record), where(automation_id=automation.id))


def fire_event(call: Call[None, CustomEventInput]) -> CustomEventView:
    triggered = call.unit[Automations].fire(call.body.event, call.body.payload)
    return CustomEventView(event=call.body.event, status="accepted", triggered=triggered)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/automations",
        section=SECTION,
        summary="List all automation configurations.",
        operation=list_automations,
        scope=Scope.READ,
        envelope=Envelope.LIST,
        reply=AutomationView,
    ),
    Endpoint(
        method="POST",
        path="/automations",
        section=SECTION,
        summary="Create a new automation with a webhook trigger.",
        operation=create_automation,
        scope=Scope.WRITE,
        reply=AutomationView,
        status=201,
        body=AutomationInput,
        errors=(409, 422),
    ),
    Endpoint(
        method="GET",
        path="/automations/:id",
        section=SECTION,
        summary="Retrieve automation details and run history.",
        operation=get_automation,
        scope=Scope.READ,
        reply=SingleAutomationView,
        errors=(404,),
        entity="automation",
    ),
    Endpoint(
        method="PATCH",
        path="/automations/:id",
        section=SECTION,
        summary="Update an automation, or switch it on and off.",
        operation=update_automation,
        scope=Scope.WRITE,
        reply=SingleAutomationView,
        body=AutomationChanges,
        ignored=READ_ONLY,
        errors=(404, 422),
        extension=True,
        entity="automation",
    ),
    Endpoint(
        method="DELETE",
        path="/automations/:id",
        section=SECTION,
        summary="Delete an automation with its run history.",
        operation=delete_automation,
        scope=Scope.WRITE,
        envelope=Envelope.NONE,
        status=204,
        errors=(404,),
        extension=True,
        entity="automation",
    ),
    Endpoint(
        method="GET",
        path="/automations/:id/runs",
        section=SECTION,
        summary="List the runs of an automation, newest first.",
        operation=list_runs,
        scope=Scope.READ,
        envelope=Envelope.PAGE,
        reply=RunView,
        query=PageQuery,
        errors=(404,),
        extension=True,
    ),
    Endpoint(
        method="POST",
        path="/automations/events",
        section=SECTION,
        summary="Fire a custom event to trigger any automations listening for it.",
        operation=fire_event,
        scope=Scope.WRITE,
        envelope=Envelope.BARE,
        reply=CustomEventView,
        status=202,
        body=CustomEventInput,
        errors=(422,),
    ),
)
