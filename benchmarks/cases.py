"""The matrix: what is asked of every target, and what a right answer looks like."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import attrs

from benchmarks.databases import WRITTEN_NAME
from benchmarks.dataset import RARE_NAME, Dataset
from benchmarks.load import COUNTER, Shot
from benchmarks.servers import OURS, REFERENCE, Server

API = "/api/v1/contacts"
_PAGES_BY_CURSOR = 100


@attrs.frozen(kw_only=True)
class Case:
    """One row of the matrix.

    `targets` are those that offer it; ``None`` for all. `status` and `rows` are what a right answer has; no `rows` for single records.
    """

    name: str
    shots: Callable[[Server, Dataset], Sequence[Shot]]
    status: int = 200
    rows: int | None = None
    writes: bool = False
    targets: tuple[str, ...] | None = None


def cases(dataset: Dataset) -> tuple[Case, ...]:
    """Return the matrix for some data; what writes comes last."""
    found = min(50, len(range(7, dataset.total, 200)))
    return (
        Case(name="const", shots=lambda *_: [Shot(method="GET", path="/healthz")]),
        Case(name="get by id", shots=_gets),
        Case(name="list of 50, tags, exact total", shots=lambda *_: [Shot(method="GET", path=f"{API}?limit=50")], rows=50),
        Case(name="keyset page", shots=_keyset, rows=50, targets=(OURS, REFERENCE)),
        Case(name="deep page by number", shots=_deep, rows=50),
        Case(name="search", shots=lambda *_: [Shot(method="GET", path=f"{API}?search={RARE_NAME.lower()}")], rows=found),
        Case(name="create", shots=_creations, status=201, writes=True),
        Case(name="patch", shots=_patches, writes=True),
    )


def check(server: Server, case: Case, dataset: Dataset) -> None:
    """Ask once, with and without a token.

    Raises:
        RuntimeError: an answer is not the right one.
    """
    shot = case.shots(server, dataset)[0]
    status, document = ask(server, shot, dataset.token)
    if status != case.status:
        raise RuntimeError(f"{server.name} answers {case.name!r} with {status}: {str(document)[:500]}")
    if case.rows is not None and len(document["data"]) != case.rows:
        raise RuntimeError(f"{server.name} answers {case.name!r} with {len(document['data'])} rows instead of {case.rows}")
    if case.rows is not None and not case.writes and any(len(row["tags"]) != 3 for row in document["data"]):
        raise RuntimeError(f"{server.name} answers {case.name!r} with contacts without their tags")
    if "total" in case.name and document["meta"]["total"] != dataset.total:
        raise RuntimeError(f"{server.name} counts {document['meta']['total']} contacts instead of {dataset.total}")
    if shot.path.startswith(API) and ask(server, shot, "cdy_wrong")[0] != 401:
        raise RuntimeError(f"{server.name} answers {case.name!r} without a valid token")


def ask(server: Server, shot: Shot, token: str) -> tuple[int, Any]:
    """Send one request and return the status and the document."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{shot.path}",
        data=shot.body.replace(COUNTER, "first").encode() or None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=shot.method,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def _gets(_: Server, dataset: Dataset) -> Sequence[Shot]:
    return [Shot(method="GET", path=f"{API}/{id_}") for id_ in dataset.contacts]


def _deep(_: Server, dataset: Dataset) -> Sequence[Shot]:
    return [Shot(method="GET", path=f"{API}?limit=50&page={max(2, dataset.total * 9 // 10 // 50)}")]


def _keyset(server: Server, dataset: Dataset) -> Sequence[Shot]:
    """Walk by cursor to a page far from the first one."""
    cursor = ""
    for _ in range(min(_PAGES_BY_CURSOR, dataset.total // 50 - 2)):
        _, document = ask(server, Shot(method="GET", path=f"{API}?limit=50&cursor={quote(cursor)}"), dataset.token)
        cursor = document["meta"]["nextCursor"]
    return [Shot(method="GET", path=f"{API}?limit=50&cursor={quote(cursor)}")]


def _creations(*_: object) -> Sequence[Shot]:
    body = {"firstName": WRITTEN_NAME, "lastName": "Bench", "email": f"load.{COUNTER}@example.com", "source": "bench", "customFields": {}}
    return [Shot(method="POST", path=API, body=json.dumps(body))]


def _patches(_: Server, dataset: Dataset) -> Sequence[Shot]:
    body = json.dumps({"source": f"patch {COUNTER}"})
    return [Shot(method="PATCH", path=f"{API}/{id_}", body=body) for id_ in dataset.contacts]
