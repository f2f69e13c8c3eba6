from typing import Any

import attrs
import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.endpoints import Endpoint
from conduyt_kit.kernel.naming import camel
from tests.features.accounts import Office, running_kit
from tests.features.calls import Api

KIT = Kit.build()
NEVER = ("workspaceId", "workspace_id", "isAdmin", "passwordHash", "keyHash", "hash", "deletedAt")


def hidden_fields(entity: str) -> list[str]:
    return [camel(field.name) for field in KIT.assembly.entities[entity].fields if not field.visible]


def taking_bodies() -> list[Endpoint]:
    return [e for e in KIT.endpoints if e.body is not None and e.scope is not None and e.method in ("POST", "PATCH")]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_kit(tmp_path_factory.mktemp("kit")) as kit:
        yield Office(kit).register()


@pytest.mark.parametrize("endpoint", taking_bodies(), ids=lambda e: f"{e.method} {e.path}")
def test_no_operation_takes_fields_it_does_not_document(api: Api, endpoint: Endpoint) -> None:
    assert endpoint.body is not None
    known = {camel(field.name) for field in attrs.fields(endpoint.body)} | endpoint.ignored
    names = [*NEVER, *(name for entity in KIT.assembly.entities for name in hidden_fields(entity))]
    path = "/".join("any" if part.startswith(":") else part for part in endpoint.path.split("/"))

    for name in dict.fromkeys(name for name in names if name not in known):
        answer = api.call(endpoint.method, path, {name: "x"})

        assert answer.status == 422, (name, answer)
        assert name in {detail["field"] for detail in answer.body["error"]["details"]}


@pytest.mark.parametrize("name", ["id", "createdAt", "updatedAt", "email_key", "emailKey", "company_key"])
def test_contact_is_never_made_with_fields_of_the_kit(api: Api, name: str) -> None:
    answer = api.post("/contacts", {"firstName": "A", "lastName": "B", name: "x"})

    assert (answer.status, [d["field"] for d in answer.body["error"]["details"]]) == (422, [name])
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_no_output_class_has_a_field_that_is_secret() -> None:
    secret = {field.name for spec in KIT.assembly.entities.values() for field in spec.fields if field.options.secret} - {"body"}
    shown = {
        (e.path, field.name)
        for e in KIT.endpoints
        if isinstance(e.reply, type) and attrs.has(e.reply)
        for field in attrs.fields(e.reply)
        if field.name in secret
    }

    assert shown == set()
