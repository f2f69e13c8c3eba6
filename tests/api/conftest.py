from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.features.accounts import Office, running_kit
from tests.features.calls import Api


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """People of a kit, on each storage in turn."""
    monkeypatch.setenv("CONDUYT_TEST_STORAGE", request.param)
    with running_kit(tmp_path) as kit:
        yield Office(kit)


@pytest.fixture
def api(office: Office) -> Api:
    """Call the API as the admin of a new workspace."""
    return office.register()
