import io
from typing import Any

import pytest

from conduyt_falcon.gate import OpenGate
from conduyt_falcon.reading import Headers, client_address, parse_query, read_body
from conduyt_kit.kernel.errors import InvalidRequest, PayloadTooLarge
from conduyt_kit.kit import Kit


def environ(body: Any = b"", *, length: Any = None, **others: Any) -> Any:
    return {"wsgi.input": io.BytesIO(body), **({"CONTENT_LENGTH": length} if length is not None else {}), **others}


def read(environ: Any, limit: Any = 10) -> Any:
    return read_body(environ, limit, OpenGate())


class Dribble:
    """A body that comes in pieces, as sockets deliver it."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = list(pieces)

    def read(self, _: Any) -> Any:
        return self.pieces.pop(0) if self.pieces else b""


class Broken:
    def read(self, _: Any) -> None:
        raise ConnectionResetError


def test_body_of_the_announced_length_is_read() -> None:
    assert read(environ(b"0123456789rest", length="10")) == b"0123456789"


def test_body_in_pieces_is_put_together() -> None:
    assert read({"wsgi.input": Dribble(b"01", b"234", b"5"), "CONTENT_LENGTH": "6"}) == b"012345"


def test_no_length_and_no_transfer_encoding_is_no_body() -> None:
    assert read(environ(b"ignored")) == b""


def test_body_over_the_limit_is_refused_unread() -> None:
    taken = environ(b"x" * 11, length="11")
    with pytest.raises(PayloadTooLarge):
        read(taken)
    assert taken["wsgi.input"].tell() == 0


@pytest.mark.parametrize("length", ["-1", "1e3", "０", "1,1", "+5", " 5", "9" * 400])
def test_lying_length_is_refused(length: str) -> None:
    with pytest.raises((InvalidRequest, PayloadTooLarge)):
        read(environ(b"x" * 5, length=length))


def test_body_shorter_than_announced_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="ended before its announced length"):
        read(environ(b"xx", length="5"))


def test_broken_connection_is_the_clients_failure() -> None:
    with pytest.raises(InvalidRequest, match="connection broke"):
        read({"wsgi.input": Broken(), "CONTENT_LENGTH": "5"})


def test_chunked_body_is_read_to_its_end() -> None:
    chunked = environ(b"0123456789", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input_terminated": True})
    assert read(chunked) == b"0123456789"


@pytest.mark.parametrize("content_type", ["application/json", "Multipart/Form-Data; boundary=x"])
def test_chunked_body_that_shows_its_end_is_read(content_type: str) -> None:
    chunked = environ(b"0123456789", HTTP_TRANSFER_ENCODING="chunked", CONTENT_TYPE=content_type, **{"wsgi.input_terminated": True})
    assert read(chunked) == b"0123456789"


def test_chunked_file_that_may_be_cut_off_is_refused_unread() -> None:
    chunked = environ(b"firstName\nAna\n", HTTP_TRANSFER_ENCODING="chunked", CONTENT_TYPE="text/csv", **{"wsgi.input_terminated": True})
    with pytest.raises(InvalidRequest, match="Content-Length"):
        read(chunked)
    assert chunked["wsgi.input"].tell() == 0


def test_chunked_body_over_the_limit_is_refused_and_not_read_further() -> None:
    chunked = environ(b"x" * 1000, HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input_terminated": True})
    with pytest.raises(PayloadTooLarge):
        read(chunked)
    assert chunked["wsgi.input"].tell() == 11


def test_chunked_body_on_a_server_that_cannot_end_it_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="Content-Length"):
        read(environ(b"x", HTTP_TRANSFER_ENCODING="chunked"))


def test_query_keeps_all_values_in_order() -> None:
    assert parse_query("a=1&b=x+y&a=%C3%A9&&c", 100) == {"a": ["1", "é"], "b": ["x y"], "c": [""]}


@pytest.mark.parametrize(
    "query",
    ["a=%", "a=%4", "a=%zz", "a=%00", "%00=a", "a=%ff", "a=%ED%A0%80", "a=%C3", "a=\xff", "x" * 101, "&".join(["a"] * 300)],
)
def test_malformed_query_is_refused(query: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_query(query, 100 if len(query) < 200 else 1000)


def test_malformed_query_answers_400_in_the_envelope(api: Any) -> None:
    answer = api.simulate_get("/api/v1/companies", query_string="search=%ff")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_request")


def test_query_reaches_the_operation_decoded(api: Any) -> None:
    assert api.simulate_get("/api/v1/probe/query", query_string="b=2&a=%2B&b=3").json == {"data": {"text": "{'b': ['2', '3'], 'a': ['+']}"}}


def test_long_query_is_refused(api: Any) -> None:
    assert api.simulate_get("/api/v1/companies", query_string="search=" + "a" * 10_000).status_code == 400


def test_json_body_over_the_limit_is_refused_and_nothing_is_written(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"body_limit": 200}))
    answer = api.simulate_post("/api/v1/companies", json={"name": "Acme", "domain": "x" * 300})
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "payload_too_large")
    assert api.companies() == []


def test_imports_have_a_limit_of_their_own(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"body_limit": 10, "upload_limit": 1000}))
    send = api.simulate_post
    assert send("/api/v1/probe/upload", body=b"x" * 1000, content_type="Text/CSV; charset=utf-8").json == {"data": {"text": "1000"}}
    assert send("/api/v1/probe/upload", body=b"x" * 1001, content_type="text/csv").status_code == 413


def test_upload_limit_is_not_for_other_content_types(build: Any, api_of: Any) -> None:
    api = api_of(build(http={"body_limit": 10, "upload_limit": 1000}))
    assert api.simulate_post("/api/v1/probe/upload", body=b"x" * 11, content_type="text/plain").status_code == 415
    assert api.simulate_post("/api/v1/companies", body=b"x" * 11, content_type="application/json").status_code == 413


def test_body_of_an_unknown_caller_is_not_read(kit: Kit, api_of: Any) -> None:
    stream = io.BytesIO(b'{"name": "Acme"}')
    answer = api_of(kit, None).simulate_post("/api/v1/companies", extras={"wsgi.input": stream, "CONTENT_LENGTH": "16"})
    assert (answer.status_code, stream.tell()) == (401, 0)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, [2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "1.1.1.1:8080", "1.1.1.1"),
        (1, "1.1.1.1, unknown", "9.9.9.9"),
        (1, "<script>", "9.9.9.9"),
        (1, "", "9.9.9.9"),
    ],
)
def test_client_address_is_what_trusted_proxies_saw(proxies: int, forwarded: str, expected: str) -> None:
    assert client_address({"REMOTE_ADDR": "9.9.9.9", "HTTP_X_FORWARDED_FOR": forwarded}, proxies) == expected


def test_headers_are_found_by_lower_case_names() -> None:
    headers = Headers({"CONTENT_TYPE": "a/b", "CONTENT_LENGTH": "", "HTTP_IF_MATCH": '"x"', "PATH_INFO": "/"})
    assert dict(headers) == {"content-type": "a/b", "if-match": '"x"'}
    assert (headers.get("path-info"), headers.get("x-none", "-"), len(headers)) == (None, "-", 2)
