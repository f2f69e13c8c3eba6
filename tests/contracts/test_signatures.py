import datetime as dt
import hashlib
import hmac

import pytest

from conduyt_kit.kernel.errors import SignatureInvalid
from conduyt_kit.ports.signatures import sign, verify

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
BODY = b"\xff raw \x00 bytes"


def test_signature_is_hmac_sha256_of_time_and_body() -> None:
    expected = hmac.new(b"secret", b"1772357400." + BODY, hashlib.sha256).hexdigest()

    assert sign("secret", BODY, NOW) == f"t=1772357400,v1={expected}"


def test_own_signature_is_taken() -> None:
    verify(sign("secret", BODY, NOW), "secret", BODY, NOW, provider="x")


def test_spaces_unknown_schemes_and_further_signatures_do_not_matter() -> None:
    time, _, good = sign("secret", BODY, NOW).partition(",")

    verify(f"{time}, v0=abc, v1=wrong, {good}", "secret", BODY, NOW, provider="x")


def test_nobody_can_sign_with_an_empty_secret() -> None:
    with pytest.raises(SignatureInvalid):
        verify(sign("", BODY, NOW), "", BODY, NOW, provider="x")


@pytest.mark.parametrize(
    "signature", [None, "", "t=", "t=1", "v1=x", "t=1772357400", "t=1772357400,v1=", "t=1772357400,v1=\ud800", "=,=,="]
)
def test_malformed_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        verify(signature, "secret", BODY, NOW, provider="x")

    assert caught.value.provider == "x"
