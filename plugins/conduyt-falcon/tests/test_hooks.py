from typing import Any

import pytest

import conduyt_falcon
from conduyt_kit.extension import KitPlugin
from conduyt_kit.kernel.errors import PluginError
from conduyt_kit.kit import Kit


class Stamp:
    def __init__(self, name: Any, seen: Any) -> None:
        self.name = name
        self.seen = seen

    def process_request(self, req: Any, resp: Any) -> None:
        self.seen.append(f"{self.name} in")

    def process_response(self, req: Any, resp: Any, resource: Any, req_succeeded: Any) -> None:
        self.seen.append(f"{self.name} out")
        resp.set_header("X-Stamp", self.name)


def stamping(name: Any, seen: Any) -> Any:
    class Stamping(KitPlugin, conduyt_falcon.FalconHooks):
        def conduyt_falcon_middleware(self, kit: Kit) -> Any:
            return [Stamp(f"{name} of {type(kit).__name__}", seen)]

    Stamping.name = name
    return Stamping()


def test_middleware_of_plugins_wraps_requests_in_the_order_of_the_plugins(build: Any, api_of: Any) -> None:
    seen: list[str] = []
    api = api_of(build(plugins=[stamping("first", seen), stamping("second", seen)]))
    answer = api.simulate_get("/api/v1/companies")
    assert seen == ["first of Kit in", "second of Kit in", "second of Kit out", "first of Kit out"]
    assert answer.headers["x-stamp"] == "first of Kit"


def test_middleware_sees_unknown_paths_too(build: Any, api_of: Any) -> None:
    seen: list[str] = []
    api = api_of(build(plugins=[stamping("first", seen)]))
    assert api.simulate_get("/nope").status_code == 404
    assert seen == ["first of Kit in", "first of Kit out"]


def test_hook_that_fails_names_its_plugin(build: Any, api_of: Any) -> None:
    class Failing(KitPlugin, conduyt_falcon.FalconHooks):
        name = "failing"

        def conduyt_falcon_middleware(self, kit: Kit) -> Any:
            raise ValueError("no")

    with pytest.raises(PluginError, match="'failing' failed in conduyt_falcon_middleware"):
        api_of(build(plugins=[Failing()]))


def test_misspelt_hook_is_refused(build: Any) -> None:
    class Misspelt(KitPlugin, conduyt_falcon.FalconHooks):
        name = "misspelt"

        def conduyt_falcon_midleware(self, kit: Kit) -> Any:
            return []

    with pytest.raises(PluginError, match="misspelt"):
        build(plugins=[Misspelt()])
