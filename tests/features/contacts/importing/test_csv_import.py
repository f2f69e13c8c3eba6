import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduyt_kit import Kit
from conduyt_kit.features.contacts.entities import CONTACT
from conduyt_kit.features.contacts.importing import ImportOptions, Outcome, import_csv
from conduyt_kit.kernel.errors import ValidationFailed
from conduyt_kit.kernel.query import EVERYTHING
from tests.features.calls import Api
from tests.features.contacts.importing.test_json_import import by_name, counts
from tests.features.contacts.test_contacts import create
from tests.features.records import ADA, WORKSPACE

BASIC = "firstName,lastName,email\n"


def send(api: Api, content: bytes, content_type: str = "text/csv", query: str = "") -> tuple[int, dict[str, Any]]:
    reply = api.send("POST", f"/contacts/import{query}", content, {"content-type": content_type})
    return reply.status, json.loads(reply.body)


def run(api: Api, content: bytes | str, content_type: str = "text/csv", query: str = "") -> dict[str, Any]:
    status, body = send(api, content.encode() if isinstance(content, str) else content, content_type, query)
    assert status == 202, body
    progress: dict[str, Any] = api.get(f"/contacts/import/{body['importId']}").body
    assert progress["status"] == "completed"
    assert sum(counts(progress)) == progress["total"] == body["total"]
    return progress


ODD_FILES: list[tuple[str, bytes | str, dict[str, Any]]] = [
    ("names of the API", "firstName,lastName,email\nAna,Ruiz,a@example.com\n", {"lastName": "Ruiz", "email": "a@example.com"}),
    ("spoken names", "First Name,Last Name,E-mail\nAna,Ruiz,a@example.com\n", {"lastName": "Ruiz", "email": "a@example.com"}),
    ("snake case", "first_name,last_name\nAna,Ruiz\n", {"lastName": "Ruiz"}),
    ("upper case and spaces", " FIRST NAME , LAST NAME \n Ana , Ruiz \n", {"lastName": "Ruiz"}),
    ("no newline at the end", "firstName,lastName\nAna,Ruiz", {"lastName": "Ruiz"}),
    ("windows line ends", "firstName,lastName\r\nAna,Ruiz\r\n", {"lastName": "Ruiz"}),
    ("old mac line ends", "firstName,lastName\rAna,Ruiz\r", {"lastName": "Ruiz"}),
    ("byte order mark", b"\xef\xbb\xbffirstName,lastName\nAna,Ru\xc3\xadz\n", {"lastName": "Ruíz"}),
    ("utf-16 little", "\ufefffirstName,lastName\nAna,Ruíz\n".encode("utf-16-le"), {"lastName": "Ruíz"}),
    ("utf-16 big", "\ufefffirstName,lastName\nAna,Ruíz\n".encode("utf-16-be"), {"lastName": "Ruíz"}),
    ("windows western", "firstName,lastName\nAna,Núñez\n".encode("cp1252"), {"lastName": "Núñez"}),
    ("windows western quotes", "firstName,lastName\nAna,“O’Hara”\n".encode("cp1252"), {"lastName": "“O’Hara”"}),
    ("windows cyrillic", "firstName,lastName,company\nAna,Петров,Северный ветер\n".encode("cp1251"), {"lastName": "Петров"}),
    ("japanese", "firstName,lastName,company\nAna,田中太郎,株式会社テスト\n".encode("shift_jis"), {"lastName": "田中太郎"}),
    ("semicolons", "firstName;lastName;company\nAna;Ruiz;A, B\n", {"company": "A, B"}),
    ("tabs", "firstName\tlastName\nAna\tRuiz\n", {"lastName": "Ruiz"}),
    ("pipes", "firstName|lastName\nAna|Ruiz\n", {"lastName": "Ruiz"}),
    ("declared separator", "sep=;\nfirstName;lastName\nAna;Ruiz\n", {"lastName": "Ruiz"}),
    ("declared tab", "SEP=\t\r\nfirstName\tlastName\r\nAna\tRuiz\r\n", {"lastName": "Ruiz"}),
    ("delimiter inside quotes of the header", '"firstName",lastName,"a;b;c;d"\nAna,Ruiz,x\n', {"lastName": "Ruiz"}),
    ("quoted newline", 'firstName,lastName,company\nAna,Ruiz,"A\nB"\n', {"company": "A\nB"}),
    ("doubled quotes", 'firstName,lastName,company\nAna,Ruiz,"The ""A"" Co"\n', {"company": 'The "A" Co'}),
    ("space before a quote", 'firstName, lastName\nAna, "Ruiz, Gil"\n', {"lastName": "Ruiz, Gil"}),
    ("empty lines", "\n\nfirstName,lastName\n\n,\n  ,  \nAna,Ruiz\n\n", {"lastName": "Ruiz"}),
    ("short rows", "firstName,lastName,email,phone\nAna,Ruiz\n", {"phone": None}),
    ("trailing delimiters", "firstName,lastName\nAna,Ruiz,,,\n", {"lastName": "Ruiz"}),
    ("guarded formula", "firstName,lastName,phone\nAna,Ruiz,'+14155552671\n", {"phone": "+14155552671"}),
    ("apostrophe that guards nothing", "firstName,lastName\nAna,'t Hooft\n", {"lastName": "'t Hooft"}),
    ("two columns of one field", "firstName,lastName,Mobile Phone,Work Phone\nAna,Ruiz,,+14155552671\n", {"phone": "+14155552671"}),
    ("tags by semicolon", "firstName,lastName,tags\nAna,Ruiz,a; b ;;A\n", {"tags": ["a", "b"]}),
    ("tags by comma", 'firstName,lastName,Labels\nAna,Ruiz,"b,a"\n', {"tags": ["a", "b"]}),
    ("full name", "Name,Email\nAna Maria Ruiz,a@example.com\n", {"lastName": "Ruiz"}),
    ("reversed full name", 'Full Name\n"Ruiz Gil, Ana"\n', {"lastName": "Ruiz Gil"}),
    ("one word as a name", "Contact Name\nAna\n", {"lastName": ""}),
    ("full name beside parts", "Name,First Name,Last Name\nX Y,Ana,Ruiz\n", {"lastName": "Ruiz"}),
    ("columns of an export", "id,firstName,lastName,createdAt,updatedAt\n1,Ana,Ruiz,x,y\n", {"lastName": "Ruiz"}),
    ("google", "Given Name,Family Name,E-mail 1 - Value,Organization 1 - Name\nAna,Ruiz,a@example.com,ACo\n", {"company": "ACo"}),
    ("lead export", "Account Name,Lead Source,First Name,Last Name\nACo,Fair,Ana,Ruiz\n", {"company": "ACo", "source": "Fair"}),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in ODD_FILES], ids=[case[0] for case in ODD_FILES])
def test_odd_file_is_understood(api: Api, content: bytes | str, expected: dict[str, Any]) -> None:
    progress = run(api, content)
    assert (counts(progress), [entry for entry in progress["errorDetails"] if entry["row"]]) == ((1, 0, 0), [])
    (contact,) = api.get("/contacts").body["data"]
    assert contact["firstName"].startswith("Ana")
    assert {key: contact[key] for key in expected} == expected


def test_encoding_is_found_out_where_the_first_accent_is_late_in_the_file(kit: Kit, tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    file.write_bytes(BASIC.encode() + b"Ana,Ruiz,\n" + b"\n" * 300_000 + "Bo,Núñez,\n".encode("cp1252"))

    outcome = import_csv(lambda: kit.unit_of_work(WORKSPACE, actor=ADA), file)

    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        names = sorted(contact.last_name for contact in unit.repository(CONTACT).all(EVERYTHING))
    assert (outcome.created, names) == (2, ["Núñez", "Ruiz"])


def test_letter_on_the_border_of_two_blocks_is_no_sign_of_another_encoding(kit: Kit, tmp_path: Path) -> None:
    file = tmp_path / "border.csv"
    head = BASIC.encode() + b"Ana,Ruiz,\n"
    file.write_bytes(head + b"\n" * (256 * 1024 - len(head) - 5) + "Bo,Éß,\n".encode())

    import_csv(lambda: kit.unit_of_work(WORKSPACE, actor=ADA), file)

    with kit.unit_of_work(WORKSPACE, write=False) as unit:
        assert sorted(contact.last_name for contact in unit.repository(CONTACT).all(EVERYTHING)) == ["Ruiz", "Éß"]


def test_damaged_utf8_is_refused_where_it_is_damaged_and_not_garbled(api: Api) -> None:
    rows = "".join(f"Ana,Núñez {number},\n" for number in range(20)).encode()

    status, body = send(api, BASIC.encode() + rows + b"Bo,Mu\xf1oz,\n")

    assert (status, api.get("/contacts").body["meta"]["total"]) == (422, 0)
    assert "is not in the file's encoding" in body["error"]["message"]


HOSTILE_FILES: list[tuple[str, bytes | str, str]] = [
    ("nothing", "", "empty"),
    ("only blank lines", "\n \n,,\n", "empty"),
    ("no header", "Ana,Ruiz,a@example.com\n", "none of its names is known"),
    ("picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10", "NUL"),
    ("zip", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "NUL"),
    ("NUL in a field", BASIC + "Ana,Ru\0iz,\n", "Row 1 (line 2) holds a NUL"),
    ("NUL in a later row", BASIC + "Ana,Ruiz,\nBo,L\0i,\n", "Row 2 (line 3) holds a NUL"),
    ("utf-16 without mark", "firstName,lastName\nAna,Ruiz\n".encode("utf-16-le"), "NUL"),
    ("too many columns", BASIC + "x," * 500 + "x\n", "Row 1 (line 2) has more than 500 columns"),
    ("too many names", "firstName," * 501 + "\n", "more than 500 columns"),
    ("large field", BASIC + f'Ana,"{"x" * 100_001}",\n', "Row 1 (line 2) has a field of more than 100000"),
    ("huge field over lines", BASIC + 'Ana,"' + "x\n" * 80_000 + '",\n', "Row 1 (line 2) has a field of more than 100000"),
    ("huge line", BASIC + "x" * 1_000_001, "has more than 1000000 characters"),
    ("open quote", BASIC + 'Ana,Ruiz,\nBo,"Li,\nCy,Oh,\n', "Row 2 (line 3) has a quotation mark"),
    ("stray quote", BASIC + 'Ana,"Ru"iz,\n', "Row 1 (line 2) has a quotation mark"),
    ("quote bomb", BASIC + '"' * 50_001, "quotation mark"),
    ("1001 rows", BASIC + "Ana,Ruiz,\n" * 1001, "at most 1000 rows"),
]


@pytest.mark.parametrize(("content", "message"), [case[1:] for case in HOSTILE_FILES], ids=[case[0] for case in HOSTILE_FILES])
def test_hostile_file_is_refused_as_a_whole(api: Api, content: bytes | str, message: str) -> None:
    status, body = send(api, content.encode() if isinstance(content, str) else content)
    assert (status, body["error"]["code"]) == (422, "validation_failed")
    (detail,) = body["error"]["details"]
    assert detail["field"] == "file"
    assert message in detail["message"]
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_declared_charset_is_respected(api: Api) -> None:
    run(api, "firstName,lastName\nŁukasz,Wąsik\n".encode("cp1250"), "text/csv; charset=windows-1250")
    assert by_name(api)["Łukasz"]["lastName"] == "Wąsik"


@pytest.mark.parametrize(("charset", "message"), [("klingon", "unknown"), ("rot13", "unknown"), ("utf-8", "from line 1 on")])
def test_wrong_charset_is_refused(api: Api, charset: str, message: str) -> None:
    status, body = send(api, "firstName,lastName\nAna,Núñez\n".encode("cp1252"), f"text/csv; charset={charset}")
    assert status == 422
    assert message in body["error"]["details"][0]["message"]


@pytest.mark.parametrize("text", [rb"firstName\n\ud800", rb"firstName\n\x00", rb"first\ud800,lastName"])
def test_charset_that_spells_what_cannot_be_stored_is_refused(api: Api, text: bytes) -> None:
    status, body = send(api, text, "text/csv; charset=unicode_escape")
    assert (status, [detail["field"] for detail in body["error"]["details"]]) == (422, ["file"])


PIECES = [
    b"firstName",
    b"lastName",
    b"name",
    b"email",
    b"a@example.com",
    b",",
    b";",
    b"\n",
    b"\r",
    b'"',
    b"\x00",
    b"\xe9",
    b"\xff\xfe",
    b"sep=;\n",
    b"'=",
    b" ",
]
CHARSETS = [
    "",
    "; charset=",
    "; charset=\x00",
    "; charset=utf-16",
    "; charset=utf-7",
    "; charset=idna",
    "; charset=base64",
    "; charset=unicode_escape",
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=20), charset=st.sampled_from(CHARSETS))
def test_any_bytes_are_imported_or_refused(api: Api, pieces: list[bytes], charset: str) -> None:
    assert send(api, b"".join(pieces), f"text/csv{charset}")[0] in (202, 422)


def test_bad_rows_are_named_by_row_and_line(api: Api) -> None:
    progress = run(api, 'firstName,lastName,email\nAna,"Ruiz\nGil",bad\n\nBo,Li,b@example.com\nCy,,\nDi,Oh,,extra\n')
    assert counts(progress) == (1, 0, 3)
    assert [(entry["row"], entry["line"], entry["field"]) for entry in progress["errorDetails"]] == [
        (1, 2, "email"),
        (3, 6, "lastName"),
        (4, 7, ""),
    ]


def test_unknown_columns_are_remarked_once_and_no_error(api: Api) -> None:
    progress = run(api, "firstName,lastName,Shoe Size,\nAna,Ruiz,42,\nBo,Li,43,\n")
    assert counts(progress) == (2, 0, 0)
    assert progress["errorDetails"] == [{"row": None, "field": "Shoe Size", "message": "Unknown column, not imported"}]


def test_custom_fields_are_columns_by_key_and_name(api: Api) -> None:
    for key, kind in (("score", "number"), ("member", "boolean"), ("since", "date"), ("plan", "select"), ("likes", "multi_select")):
        options = ["a", "b"] if "select" in kind else None
        body = {"name": f"The {key}", "key": key, "type": kind, "entity": "contact", "options": options}
        assert api.post("/custom-fields", body).status == 201
    header = "firstName,lastName,score,The member,customFields.since,the PLAN,likes\n"
    progress = run(api, header + "Ana,Ruiz,-1.5,Yes,2026-01-02,a,b; a\nBo,Li,many,maybe,1/2/2026,c,d\n")
    assert counts(progress) == (1, 0, 1)
    contact = api.get(f"/contacts/{by_name(api)['Ana']['id']}").body["data"]
    assert contact["customFields"] == {"score": -1.5, "member": True, "since": "2026-01-02", "plan": "a", "likes": ["b", "a"]}
    assert {entry["field"] for entry in progress["errorDetails"]} == {
        f"customFields.{key}" for key in ("score", "member", "since", "plan", "likes")
    }


def test_options_are_query_parameters(api: Api) -> None:
    run(api, "name,phone\nAna Ruiz,415 555 2671\n", query="?tags=a,b&tags=c&source=fair&defaultRegion=US")
    contact = by_name(api)["Ana"]
    assert (contact["tags"], contact["source"], contact["phone"]) == (["a", "b", "c"], "fair", "+14155552671")


def test_known_address_is_updated_and_blank_cells_clear_nothing(api: Api) -> None:
    known = create(api, email="mia@example.com", source="ad", phone="+14155552671")
    assert counts(run(api, "Email,First Name,Source,Phone\nMIA@example.com,Maria,,\n")) == (0, 1, 0)
    assert api.get(f"/contacts/{known['id']}").body["data"] == {**known, "firstName": "Maria"}


def form(*parts: tuple[str, bytes], boundary: str = "b0undary") -> tuple[bytes, str]:
    body = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary.encode(), name.encode(), value) for name, value in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


FILE = 'name="file"; filename="a.csv"\r\nContent-Type: text/csv'


def test_form_with_a_file_is_imported(api: Api) -> None:
    content, content_type = form(
        (FILE, b"name\r\nAna Ruiz\r\n"), ('name="tags"', b"a, b"), ('name="tags"', b"c"), ('name="source"', b"fair")
    )
    assert counts(run(api, content, content_type)) == (1, 0, 0)
    assert (by_name(api)["Ana"]["tags"], by_name(api)["Ana"]["source"]) == (["a", "b", "c"], "fair")


def test_form_file_may_be_of_any_encoding(api: Api) -> None:
    mark = "name\r\nAna Núñez\r\n".encode("utf-16")
    run(api, *form((FILE, mark)))
    run(api, *form((FILE + "; charset=windows-1250", "name\r\nBea Wąsik\r\n".encode("cp1250"))))
    assert {contact["lastName"] for contact in by_name(api).values()} == {"Núñez", "Wąsik"}


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (*form(('name="data"', b"name\nAna\n")), 422),
        (*form((FILE, b"name\nAna\n"), ('name="tags"', b"\xff")), 400),
        (*form((FILE, b"name\nAna\n"), ('name="tags"', b"x" * 201)), 422),
        (*form((FILE, b"name\nAna\n"), ('name="defaultRegion"', b"Mars")), 422),
        (b"--b0undary\r\n\r\nx", "multipart/form-data", 400),
        (form((FILE, b"name\nAna\n"))[0][:-6], "multipart/form-data; boundary=b0undary", 400),
        (b"", "multipart/form-data; boundary=b0undary", 400),
        (b"--b0undary\r\nno head\r\n--b0undary--", "multipart/form-data; boundary=b0undary", 400),
        (b"--b0undary\r\nContent-Type: text/csv\r\n\r\nname\r\n--b0undary--", "multipart/form-data; boundary=b0undary", 400),
        (*form(*[('name="x"', b"")] * 200), 400),
        (b"name\nAna\n", "application/xml", 415),
    ],
)
def test_malformed_upload_is_refused(api: Api, content: bytes, content_type: str, status: int) -> None:
    assert send(api, content, content_type)[0] == status
    assert api.get("/contacts").body["meta"]["total"] == 0


def test_file_of_any_size_is_imported_in_batches(kit: Kit, api: Api, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    rows = "".join(f"P{number},X,p{number % 1000}@example.com,{'' if number % 10 else 'bad'}\n" for number in range(1200))
    path.write_text("firstName,lastName,email,phone,Extra\n" + rows)
    seen: list[int] = []
    outcome = import_csv(
        lambda: kit.unit_of_work(WORKSPACE, actor=ADA),
        path,
        ImportOptions(tags=["big"]),
        progress=lambda outcome: seen.append(outcome.total),
    )
    assert (outcome.created, outcome.updated, outcome.errors) == (900, 180, 120)
    assert seen == [500, 1000, 1200]
    assert (outcome.details[0].row, outcome.details[0].field) == (None, "Extra")
    assert api.get("/contacts?tag=big&limit=1").body["meta"]["total"] == 900


def test_broken_file_keeps_what_was_imported_before(kit: Kit, api: Api, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("firstName,lastName\n" + "Ana,Ruiz\n" * 500 + 'Bo,"Li\n')
    outcomes: list[Outcome] = []
    with pytest.raises(ValidationFailed, match=r"Row 501 \(line 502\)"):
        import_csv(lambda: kit.unit_of_work(WORKSPACE), path, progress=outcomes.append)
    assert outcomes[0].created == 500
    assert api.get("/contacts?limit=1").body["meta"]["total"] == 500
