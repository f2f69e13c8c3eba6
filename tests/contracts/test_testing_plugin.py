import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "examples"))

from ships_plugin import ShipsPlugin  # type: ignore[import-not-found]

from conduyt_kit.testing.plugin import CallEndpoint, KitFactory

pytest_plugins: list[str] = []


def test_fixtures_are_enough_to_try_a_plugin(kit_factory: KitFactory, call: CallEndpoint, drain: Any) -> None:
    kit = kit_factory(plugins=[ShipsPlugin()])

    status, body = call(kit, "POST", "/ships", {"name": "Aurora"})
    assert status == 201
    assert call(kit, "GET", f"/ships/{body['data']['id']}")[1] == body
    assert call(kit, "GET", "/ships", workspace="ws_other")[1]["meta"]["total"] == 0
    assert call(kit, "POST", "/ships", {"name": ""})[0] == 422
    assert drain(kit) == 0
