import pytest

from conduyt_kit.features.users.common_passwords import COMMON_PASSWORDS
from conduyt_kit.features.users.passwords import check_new_password, refuse_own_words
from conduyt_kit.kernel import ids
from conduyt_kit.kernel.errors import ValidationFailed


def test_common_passwords_are_folded_and_long_enough_to_matter() -> None:
    assert len(COMMON_PASSWORDS) >= 700
    assert all(ids.fold(word) == word and len(word) >= 8 for word in COMMON_PASSWORDS)


@pytest.mark.parametrize(
    "password", ["password", "PASSWORD1", "Passw0rd", "12345678", "qwertyuiop", "iloveyou1", "abababab", "\uff50assword1"]
)
def test_passwords_tried_first_are_refused(password: str) -> None:
    with pytest.raises(ValueError, match="choose another"):
        check_new_password(password)


def test_letters_are_counted_after_normalisation() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        check_new_password("a\u0301b\u0301c\u0301d\u0301")
    assert check_new_password("e\u0301tude des e\u0301toiles") == "\u00e9tude des \u00e9toiles"


def test_bytes_are_what_the_upper_limit_counts() -> None:
    with pytest.raises(ValueError, match="at most 1024 bytes"):
        check_new_password("\u20ac2x" * 205)
    assert len(check_new_password("\u20ac2x" * 204)) == 612


@pytest.mark.parametrize("password", ["ann@example.org", "ANN@EXAMPLE.ORG", "Ann Marsh", "annmarsh", "example.org"])
def test_own_name_and_address_are_refused(password: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        refuse_own_words(password, name="Ann Marsh", email="ann@example.org")

    assert [detail.field for detail in refused.value.details] == ["password"]


def test_own_name_inside_a_longer_password_is_fine() -> None:
    refuse_own_words("Ann Marsh walks home", name="Ann Marsh", email="ann@example.org")
