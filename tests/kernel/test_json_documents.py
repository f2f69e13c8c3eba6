import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit.kernel.errors import InvalidRequest
from conduyt_kit.kernel.json_documents import DEEPEST, parse


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'{"a": 1} x', "not valid JSON"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 9223372036854775808}', "outside 64 bits"),
        (b'{"a": -9223372036854775809}', "outside 64 bits"),
        (b'{"a": ' + b"9" * 5000 + b"}", "outside 64 bits"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' appears twice"),
        (b'{"x": {"a": 1, "a": 1}}', "'a' appears twice"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\\udc00x"}', "surrogate"),
        (b'{"a": "\x00"}', "not valid JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b"[" * 33 + b"]" * 33, "nested deeper"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
    ],
)
def test_what_two_readers_or_a_database_would_take_differently_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse(document)


def test_what_is_allowed_arrives_unchanged() -> None:
    assert parse('{"a": "é 😀 \\ud83d\\ude00 \\u00e9", "n": [9223372036854775807, -0.5, null, true]}'.encode()) == {
        "a": "é 😀 😀 é",
        "n": [9223372036854775807, -0.5, None, True],
    }


def test_nesting_as_deep_as_allowed_is_taken() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)


def test_byte_order_mark_is_ignored() -> None:
    assert parse(b"\xef\xbb\xbf{}") == {}


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_crash_the_reader(document: bytes) -> None:
    with contextlib.suppress(InvalidRequest):
        parse(document)
