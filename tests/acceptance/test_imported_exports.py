import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from conduyt_kit import Kit
from conduyt_kit.features.contacts.entities import CONTACT
from conduyt_kit.features.workspaces import all_workspaces
from conduyt_kit.kernel.query import query
from tests.acceptance.csv_exports import REGION, SOURCE, TAG, Export, Exports, as_json
from tests.cli.conftest import Conduyt
from tests.features.calls import Api

ROWS = 2000
PER_REQUEST = 1000

Counts = tuple[int, int, int, int]


@pytest.fixture(scope="module")
def exports() -> Exports:
    return Exports(ROWS)


@pytest.fixture
def api(conduyt: Conduyt) -> Api:
    """Call the API of the command line's kit, in a workspace with a custom field for notes."""
    conduyt.create_user()
    api = Api(conduyt.kit, conduyt("api-key", "create", "--user", "ann@example.com").out.strip())
    assert api.post("/custom-fields", {"name": "Notes", "key": "notes", "type": "text", "entity": "contact"}).status == 201
    return api


def stored(kit: Kit) -> list[dict[str, Any]]:
    [workspace] = all_workspaces(kit.environment)
    found: list[dict[str, Any]] = []
    with kit.unit_of_work(workspace.id, write=False) as unit:
        for item in unit.repository(CONTACT).page(query(CONTACT, sort=("created_at",), include=("tags",), limit=ROWS)).items:
            contact = item.record
            names = sorted(tag.name for tag in item.related["tags"])
            found.append(
                {
                    "firstName": contact.first_name,
                    "lastName": contact.last_name,
                    "email": contact.email,
                    "phone": contact.phone,
                    "company": contact.company,
                    "source": contact.source,
                    "tags": names,
                    "notes": contact.custom_fields.get("notes"),
                }
            )
    return sorted(found, key=str)


def expected(exports: Exports) -> list[dict[str, Any]]:
    return sorted(({**attrs.asdict(person), "tags": sorted(person.tags)} for person in exports.people), key=str)


def by_command(conduyt: Conduyt, api: Api, file: Export, folder: Path) -> tuple[Counts, list[tuple[int, str]]]:
    path = folder / f"{file.style.name}.csv"
    path.write_bytes(file.content())
    ended = conduyt("import", "contacts", str(path), "--tags", TAG, "--source", SOURCE, "--default-region", REGION)
    assert ended.code == 0, ended
    with path.with_name(f"{path.name}.errors.csv").open(encoding="utf-8-sig", newline="") as report:
        wrong = [(int(row["row"]), row["field"]) for row in csv.DictReader(report) if row["row"]]
    [line] = [line for line in ended.out.splitlines() if " rows: " in line]
    total, created, updated, errors = (int(word) for word in line.replace(",", "").split() if word.isdigit())
    return (total, created, updated, errors), wrong


def _finished(api: Api, accepted: dict[str, Any]) -> tuple[Counts, list[tuple[int, str]]]:
    assert (accepted["created"], accepted["updated"], accepted["errors"]) == (0, 0, 0)
    done = api.get(f"/contacts/import/{accepted['importId']}").body
    assert done["status"] == "completed"
    wrong = [(detail["row"], detail["field"]) for detail in done["errorDetails"] if detail["row"]]
    return (done["total"], done["created"], done["updated"], done["errors"]), wrong


def by_csv_requests(conduyt: Conduyt, api: Api, file: Export, folder: Path) -> tuple[Counts, list[tuple[int, str]]]:
    def send(start: int) -> dict[str, Any]:
        body = file.content(start, start + PER_REQUEST)
        path = f"/contacts/import?tags={TAG}&source={SOURCE.replace(' ', '+')}&defaultRegion={REGION}"
        reply = api.send("POST", path, body, {"content-type": "text/csv"})
        assert reply.status == 202, reply.body
        return msgspec.json.decode(reply.body)  # type: ignore[no-any-return]

    return _summed(api, file, send)


def by_json_requests(conduyt: Conduyt, api: Api, file: Export, folder: Path) -> tuple[Counts, list[tuple[int, str]]]:
    def send(start: int) -> dict[str, Any]:
        contacts = list(as_json(file, start, start + PER_REQUEST))
        answer = api.post("/contacts/import", {"contacts": contacts, "tags": [TAG], "source": SOURCE, "defaultRegion": REGION})
        assert answer.status == 202, answer.body
        return answer.body  # type: ignore[no-any-return]

    return _summed(api, file, send)


def _summed(api: Api, file: Export, send: Callable[[int], dict[str, Any]]) -> tuple[Counts, list[tuple[int, str]]]:
    parts = [(start, _finished(api, send(start))) for start in range(0, len(file.rows), PER_REQUEST)]
    total, created, updated, errors = (sum(part[0][position] for _, part in parts) for position in range(4))
    return (total, created, updated, errors), [(start + row, field) for start, part in parts for row, field in part[1]]


@pytest.mark.parametrize("importing", [by_command, by_csv_requests, by_json_requests])
def test_exports_of_other_programs_arrive_field_by_field_and_bad_rows_are_named(
    conduyt: Conduyt, api: Api, exports: Exports, importing: Any, tmp_path: Path
) -> None:
    for file in exports.files:
        counts, wrong = importing(conduyt, api, file, tmp_path)
        assert counts == (len(file.rows), file.created, file.updated, len(file.wrong))
        assert wrong == file.wrong

    assert exports.total == ROWS
    assert stored(conduyt.kit) == expected(exports)


def test_the_same_exports_again_change_nothing_but_add_the_rows_without_an_address(
    conduyt: Conduyt, api: Api, exports: Exports, tmp_path: Path
) -> None:
    for file in exports.files:
        by_command(conduyt, api, file, tmp_path)

    again = [by_command(conduyt, api, file, tmp_path)[0] for file in exports.files]

    nameless = sum(person.email is None for person in exports.people)
    addressed = len(exports.people) - nameless + sum(file.updated for file in exports.files)
    assert tuple(map(sum, zip(*again, strict=True))) == (ROWS, nameless, addressed, sum(len(file.wrong) for file in exports.files))
    assert api.get("/contacts?limit=1").body["meta"]["total"] == len(exports.people) + nameless
