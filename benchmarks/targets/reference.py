"""The reference: what the API costs when written by hand with Falcon on the driver, with the same rows read and written.

It looks tokens up by their SHA-256 and remembers them for one second, as the kit does. It checks what it must and no more.
"""

import hashlib
import time
from typing import Any

import falcon
import msgspec

from benchmarks.targets.postgres_data import PostgresData
from benchmarks.targets.records import PAGE, ContactPatch, NewContact
from benchmarks.targets.settings import TargetSettings
from benchmarks.targets.sqlite_data import SqliteData

Data = SqliteData | PostgresData
Identity = tuple[str, str, str]

_REMEMBERED = 1.0


class Bearer:
    """Finds out who calls."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._known: dict[str, tuple[float, Identity]] = {}

    def identity(self, req: falcon.Request) -> Identity:
        scheme, _, token = (req.get_header("Authorization") or "").partition(" ")
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        found = self._data.identity(digest) if scheme == "Bearer" else None
        if found is None:
            raise falcon.HTTPUnauthorized
        self._known[digest] = (time.monotonic() + _REMEMBERED, found)
        return found


class Contacts:
    """``/api/v1/contacts``."""

    def __init__(self, data: Data, bearer: Bearer) -> None:
        self._data = data
        self._bearer = bearer

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        workspace = self._bearer.identity(req)[0]
        cursor, text = req.get_param("cursor"), req.get_param("search")
        if cursor is not None:
            at, _, id_ = cursor.partition("~")
            found, following = self._data.after(workspace, at, id_)
            answer(resp, {"data": found, "meta": {"limit": PAGE, "nextCursor": following or None}})
            return
        page = req.get_param_as_int("page") or 1
        found, total = self._data.search(workspace, text) if text else self._data.page(workspace, page)
        answer(resp, {"data": found, "meta": {"page": page, "limit": PAGE, "total": total, "totalPages": -(-total // PAGE)}})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        identity = self._bearer.identity(req)
        resp.status = falcon.HTTP_201
        answer(resp, {"data": self._data.create(identity, body(req, NewContact))})


class Contact:
    """``/api/v1/contacts/{id}``."""

    def __init__(self, data: Data, bearer: Bearer) -> None:
        self._data = data
        self._bearer = bearer

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        answer(resp, {"data": existing(self._data.get(self._bearer.identity(req)[0], id))})

    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        identity = self._bearer.identity(req)
        answer(resp, {"data": existing(self._data.patch(identity, id, body(req, ContactPatch)))})


class Alive:
    """``/healthz``."""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        answer(resp, {"status": "ok"})


def answer(resp: falcon.Response, document: Any) -> None:
    resp.content_type = "application/json"
    resp.data = msgspec.json.encode(document)


def existing(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        raise falcon.HTTPNotFound
    return found


def body(req: falcon.Request, cls: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.json.decode(req.stream.read(req.content_length or 0), type=cls)
    except msgspec.ValidationError as error:
        raise falcon.HTTPBadRequest(description=str(error)) from error


def create() -> "falcon.App[Any, Any]":
    """Return the application; granian calls it in each server process."""
    settings = TargetSettings.of_process()
    file = settings.sqlite_file
    data: Data = PostgresData(settings.postgres_address) if file is None else SqliteData(file)
    bearer = Bearer(data)
    application = falcon.App()
    application.add_route("/healthz", Alive())
    application.add_route("/api/v1/contacts", Contacts(data, bearer))
    application.add_route("/api/v1/contacts/{id}", Contact(data, bearer))
    return application
