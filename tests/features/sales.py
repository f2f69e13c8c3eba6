"""What tests of the sales features start with: workspaces with a record, a pipeline, a contact, a deal, an invoice."""

from typing import Any

from conduyt_kit import Kit
from conduyt_kit.features.workspaces import Workspaces, founding_unit
from tests.features.calls import Api

STAGES = [
    {"name": "Lead", "probability": 0.1},
    {"name": "Offer", "probability": 0.6},
    {"name": "Signed", "probability": 1.0},
]
LINE = {"description": "Mooring", "quantity": 1, "unitPrice": 100}


def found(kit: Kit, *workspaces: str) -> Kit:
    """Make the records of workspaces, so that they have a currency and a tax rate; return the kit."""
    for workspace in workspaces:
        with founding_unit(kit.environment, workspace=workspace) as unit:
            unit[Workspaces].create(name="Marsh & Co")
    return kit


def made(api: Api, path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Create a record and return it as the API shows it."""
    status, answer = api.post(path, {**body, **more})
    assert status == 201, answer
    record = answer["data"]
    assert isinstance(record, dict)
    return record


def add_contact(api: Api, **more: Any) -> dict[str, Any]:
    return made(api, "/contacts", {"firstName": "Mira", "lastName": "Solberg"}, **more)


def add_pipeline(api: Api, name: str = "Charter", **more: Any) -> dict[str, Any]:
    """Create a pipeline with the stages Lead, Offer and Signed, of which Signed wins."""
    return made(api, "/pipelines", {"name": name, "stages": STAGES}, **more)


def add_deal(api: Api, pipeline: dict[str, Any], stage: int = 0, **more: Any) -> dict[str, Any]:
    body = {"name": "Summer charter", "value": 42000, "pipelineId": pipeline["id"], "stageId": pipeline["stages"][stage]["id"]}
    return made(api, "/deals", body, **more)


def add_invoice(api: Api, **more: Any) -> dict[str, Any]:
    """Create a draft over 100.00 without tax, for a new contact unless told otherwise."""
    contact = more.pop("contactId", None) or add_contact(api)["id"]
    return made(api, "/invoices", {"contactId": contact, "items": [LINE]}, **more)


def refused(answer: Any) -> tuple[int, list[str]]:
    """Return the status of a refusal and the fields it names."""
    return answer.status, [detail["field"] for detail in answer.body["error"].get("details", [])]
