import pytest

from conduyt_kit.defaults.hmac_links import HmacLinks
from conduyt_kit.kernel.errors import NotFound
from conduyt_kit.ports.signed_links import SignedRecord


def links(key: str = "k" * 32) -> HmacLinks:
    return HmacLinks(lambda: key, "https://crm.example/")


def test_token_names_its_record_for_its_purpose() -> None:
    token = links().token("invoice", workspace="ws_1", id="inv_é/1")

    assert links().read(token, "invoice") == SignedRecord(workspace="ws_1", id="inv_é/1")


def test_link_stands_under_the_public_url() -> None:
    token = links().token("invoice", workspace="ws_1", id="inv_1")

    assert links().url("/i/{token}", "invoice", workspace="ws_1", id="inv_1") == f"https://crm.example/i/{token}"


def test_token_is_refused_for_another_purpose_or_by_another_installation() -> None:
    token = links().token("invoice", workspace="ws_1", id="inv_1")

    with pytest.raises(NotFound):
        links().read(token, "calendar")
    with pytest.raises(NotFound):
        links("x" * 32).read(token, "invoice")


def test_every_change_to_a_token_is_refused() -> None:
    token = links().token("invoice", workspace="ws_1", id="inv_1")
    changed = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token) - 1)]

    for text in [*changed, token[:-1], token + "A", "", "=", "é", "../" * 5]:
        with pytest.raises(NotFound):
            links().read(text, "invoice")
