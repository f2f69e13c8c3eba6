import csv
from pathlib import Path

import pytest

from conduyt_kit.cli.importing import safe_cell
from conduyt_kit.features.workspaces import all_workspaces
from tests.cli.conftest import Conduyt
from tests.features.calls import Api


@pytest.fixture
def api(conduyt: Conduyt) -> Api:
    """Call the API of the command line's kit as an admin of its workspace."""
    conduyt.create_user()
    return Api(conduyt.kit, conduyt("api-key", "create", "--user", "ann@example.com").out.strip())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    rows = [
        "First Name,Last Name,Email,Phone,Shoe Size",
        "Bo,Ek,bo@example.com,+14155552671,43",
        "Cy,Fox,cy@example,,",
        "Di,Gum,,415 555 2672,",
    ]
    file.write_text("\n".join(rows) + "\n", "utf-8")
    return file


def test_good_rows_become_contacts_and_bad_ones_are_reported(conduyt: Conduyt, api: Api, file: Path) -> None:
    ended = conduyt("import", "contacts", str(file), "--tags", "Fair, VIP", "--source", "fair")

    assert ended.code == 0
    lines = ended.out.splitlines()
    report = file.with_name("people.csv.errors.csv")
    assert lines[lines.index("3 rows: 1 created, 0 updated, 2 with errors") :] == [
        "3 rows: 1 created, 0 updated, 2 with errors",
        "  the file: Shoe Size: Unknown column, not imported",
        "  row 2 (line 3): email: Must be a valid email address",
        "  row 3 (line 4): phone: Must be a phone number in E.164 form, such as +14155552671",
        f"  all in {report}",
    ]
    with report.open(encoding="utf-8-sig", newline="") as text:
        assert [row[:3] for row in csv.reader(text)] == [
            ["row", "line", "field"],
            ["", "", "Shoe Size"],
            ["2", "3", "email"],
            ["3", "4", "phone"],
        ]
    [contact] = api.get("/contacts").body["data"]
    assert (contact["firstName"], contact["email"], contact["source"]) == ("Bo", "bo@example.com", "fair")
    assert sorted(contact["tags"]) == ["Fair", "VIP"]


def test_a_default_region_completes_phone_numbers(conduyt: Conduyt, api: Api, file: Path) -> None:
    ended = conduyt("import", "contacts", str(file), "--default-region", "US")

    assert "3 rows: 2 created, 0 updated, 1 with errors" in ended.out
    assert "+14155552672" in [contact["phone"] for contact in api.get("/contacts").body["data"]]


def test_the_same_file_again_updates_what_has_an_address(conduyt: Conduyt, api: Api, file: Path) -> None:
    conduyt("import", "contacts", str(file))

    ended = conduyt("import", "contacts", str(file))

    assert "3 rows: 0 created, 1 updated, 2 with errors" in ended.out
    assert api.get("/contacts").body["meta"]["total"] == 1


def test_without_mistakes_there_is_no_report(conduyt: Conduyt, api: Api, file: Path) -> None:
    file.write_text("firstName,lastName\nBo,Ek\n")

    ended = conduyt("import", "contacts", str(file))

    assert (ended.code, ended.out.splitlines()[-1]) == (0, "1 rows: 1 created, 0 updated, 0 with errors")
    assert not file.with_name("people.csv.errors.csv").exists()
    assert api.get("/activities?entityType=contact").body["data"][0]["userName"] == "conduyt command line"


def test_only_the_first_errors_are_shown_and_all_are_written(conduyt: Conduyt, api: Api, file: Path) -> None:
    file.write_text("firstName,lastName,email\n" + "Bo,Ek,nowhere\n" * 25)

    ended = conduyt("import", "contacts", str(file))

    report = file.with_name("people.csv.errors.csv")
    assert ended.out.splitlines()[-1] == f"  15 more, all in {report}"
    assert len(report.read_text("utf-8-sig").splitlines()) == 26
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_a_file_that_is_no_csv_with_known_columns_is_refused(conduyt: Conduyt, api: Api, file: Path) -> None:
    file.write_text("Shoe Size,Hat\n43,L\n")

    ended = conduyt("import", "contacts", str(file))

    assert ended.code == 1
    assert "0 rows: 0 created, 0 updated, 0 with errors" in ended.out
    assert "people.csv could not be read to its end: The first row must name the columns" in ended.err
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_rows_before_a_broken_one_stay_and_the_break_is_told(conduyt: Conduyt, api: Api, file: Path) -> None:
    file.write_text("firstName,lastName\n" + "Bo,Ek\n" * 600 + 'Cy,"Fo\n')

    ended = conduyt("import", "contacts", str(file))

    assert ended.code == 1
    assert "500 rows: 500 created, 0 updated, 0 with errors" in ended.out
    assert "has a quotation mark that is not closed" in ended.err
    assert api.get("/contacts").body["meta"]["total"] == 500


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--default-region", "USA"), 1, "defaultRegion"),
        (("--workspace", "Nowhere"), 2, "No workspace has the id or name 'Nowhere'"),
        (("--charset", "klingon"), 1, "The encoding 'klingon' is unknown"),
    ],
)
def test_wrong_options_are_refused_and_nothing_is_imported(
    conduyt: Conduyt, api: Api, file: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    ended = conduyt("import", "contacts", str(file), *arguments)

    assert ended.code == code
    assert message in ended.err
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_without_a_workspace_the_remedy_is_told(conduyt: Conduyt, file: Path) -> None:
    ended = conduyt("import", "contacts", str(file))

    assert (ended.code, ended.out) == (2, "")
    assert "There is no workspace yet; `conduyt user create` makes one" in ended.err
    assert all_workspaces(conduyt.kit.environment) == ()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_guarded(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "cell"), [("Ann", "Ann"), ("a=b", "a=b"), (7, "7"), (None, ""), ("", "")])
def test_every_other_cell_is_written_as_it_is(value: object, cell: str) -> None:
    assert safe_cell(value) == cell
