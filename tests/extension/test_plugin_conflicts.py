"""Every refusal names the plugin, the cause and the remedy; nothing is overridden silently, and load order decides nothing."""

import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from conduyt_kit import Kit, Scope
from conduyt_kit.extension import (
    ActionSpec,
    Endpoint,
    FeatureSpec,
    JobSpec,
    KitPlugin,
    Port,
    ProviderSpec,
    Schedule,
    SettingsSpec,
    Subscription,
)
from conduyt_kit.extension import manager as plugin_manager
from conduyt_kit.extension.manager import findable, load_plugins
from conduyt_kit.kernel.entities import EntitySpec, entity
from conduyt_kit.kernel.errors import PluginError
from conduyt_kit.kernel.events import AFTER, Event

COLORS: Port[str] = Port("colors", "which color everything has")


@attrs.frozen(kw_only=True)
class Lamp:
    id: str


@attrs.frozen(kw_only=True)
class LampLit(Event):
    name: ClassVar[str] = "lamp.lit"

    id: str


@attrs.frozen(kw_only=True)
class LampSettings:
    color: str = "white"


def run(_: Any) -> None: ...


def lamp(name: str = "lamp") -> EntitySpec[Lamp]:
    return entity(Lamp, name=name, new_id=lambda: "lamp_1")


def endpoint(path: str = "/lamps/:id", method: Any = "GET") -> Endpoint:
    return Endpoint(method=method, path=path, section="Lamps", summary="", operation=run, scope=Scope.READ)


class Offering(KitPlugin):
    """Offers whatever a test wants."""

    def __init__(self, name: str = "one", *, feature: str | None = None, **records: Any) -> None:
        self.name = name  # type: ignore[misc]
        self._hooks = {hook: records.pop(hook, ()) for hook in ("providers", "endpoints", "subscriptions", "actions", "settings")}
        known = {field.name for field in attrs.fields(FeatureSpec)}
        in_feature = {key.removeprefix("feature_"): value for key, value in records.items()}
        assert set(in_feature) <= known
        self._features = [FeatureSpec(name=feature or f"feature of {name}", description="", **in_feature)]

    def conduyt_features(self) -> Iterable[FeatureSpec]:
        return self._features

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return self._hooks["providers"]  # type: ignore[no-any-return]

    def conduyt_endpoints(self) -> Iterable[Endpoint]:
        return self._hooks["endpoints"]  # type: ignore[no-any-return]

    def conduyt_subscriptions(self) -> Iterable[Subscription]:
        return self._hooks["subscriptions"]  # type: ignore[no-any-return]

    def conduyt_actions(self) -> Iterable[ActionSpec]:
        return self._hooks["actions"]  # type: ignore[no-any-return]

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return self._hooks["settings"]  # type: ignore[no-any-return]


def refusal(*plugins: Any, **settings: Any) -> str:
    with pytest.raises(PluginError) as caught:
        Kit.build(settings, plugins=plugins)
    return caught.value.message


def color(name: str, *, default: bool = False, enabled: bool = True) -> ProviderSpec[str]:
    return ProviderSpec(port=COLORS, name=name, make=lambda _: name, default=default, enabled=lambda _: enabled)


SUBSCRIPTION = Subscription(event="company.created", handler=lambda *_: None, when=AFTER, name="lamps.companies")
ACTION = ActionSpec(name="light", description="", config=LampSettings, run=lambda *_: {})

TWICE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "entity": ({"entities": (lamp(),)}, {"entities": (lamp(),)}, "entity 'lamp'"),
    "job": ({"jobs": (JobSpec(kind="lamps.oil", run=run),)}, {"jobs": (JobSpec(kind="lamps.oil", run=run),)}, "kind of job 'lamps.oil'"),
    "event": ({"events": (LampLit,)}, {"events": (LampLit,)}, "event 'lamp.lit'"),
    "schedule": (
        {"schedules": (Schedule(name="lamps.oil", cron="* * * * *", job="x"),)},
        {"schedules": (Schedule(name="lamps.oil", cron="* * * * *", job="y"),)},
        "schedule 'lamps.oil'",
    ),
    "feature": ({"feature": "lamps"}, {"feature": "lamps"}, "feature 'lamps'"),
    "endpoint": ({"endpoints": (endpoint(),)}, {"endpoints": (endpoint(),)}, "endpoint 'GET /api/v1/lamps/:'"),
    "endpoint with another parameter name": (
        {"endpoints": (endpoint("/lamps/:id"),)},
        {"endpoints": (endpoint("/lamps/:lamp"),)},
        "endpoint 'GET /api/v1/lamps/:'",
    ),
    "endpoint of a feature": (
        {"endpoints": (endpoint("/lamps"),)},
        {"feature_endpoints": (endpoint("/lamps"),)},
        "endpoint 'GET /api/v1/lamps'",
    ),
    "subscription": ({"subscriptions": (SUBSCRIPTION,)}, {"subscriptions": (SUBSCRIPTION,)}, "subscription 'lamps.companies'"),
    "action": ({"actions": (ACTION,)}, {"actions": (ACTION,)}, "workflow action 'light'"),
    "settings section": (
        {"settings": (SettingsSpec(name="lamps", cls=LampSettings),)},
        {"feature_settings": (SettingsSpec(name="lamps", cls=LampSettings),)},
        "settings section 'lamps'",
    ),
}


@pytest.mark.parametrize("what", TWICE)
def test_a_record_registered_by_two_plugins_stops_the_start(what: str) -> None:
    first, second, named = TWICE[what]

    for plugins in ((Offering("one", **first), Offering("two", **second)), (Offering("two", **second), Offering("one", **first))):
        message = refusal(*plugins)
        assert f"The {named} is registered by the plugins" in message
        assert "'one'" in message
        assert "'two'" in message
        assert message.endswith("; rename or remove one")


def test_a_record_registered_twice_by_one_plugin_names_that_plugin() -> None:
    message = refusal(Offering("one", endpoints=(endpoint(), endpoint())))

    assert message == "The endpoint 'GET /api/v1/lamps/:' is registered twice by the plugin 'one'; rename or remove one"


def test_an_entity_of_the_kit_cannot_be_taken() -> None:
    assert "The entity 'company' is registered by the plugins 'crm' and 'one'" in refusal(Offering("one", entities=(lamp("company"),)))
    assert "The entity 'job' is registered by the plugins 'kernel' and 'one'" in refusal(Offering("one", entities=(lamp("job"),)))


def test_an_event_cannot_be_that_of_an_entity() -> None:
    @attrs.frozen(kw_only=True)
    class Taken(Event):
        name: ClassVar[str] = "company.created"

    assert "The event 'company.created' is registered by the plugins 'crm' and 'one'" in refusal(Offering("one", events=(Taken,)))


def test_other_methods_of_a_path_are_no_conflict() -> None:
    kit = Kit.build(plugins=[Offering("one", endpoints=(endpoint(),)), Offering("two", endpoints=(endpoint(method="DELETE"),))])

    assert [e.method for e in kit.endpoints if e.section == "Lamps"] == ["GET", "DELETE"]


def test_a_literal_segment_is_no_conflict_with_a_parameter() -> None:
    Kit.build(plugins=[Offering("one", endpoints=(endpoint("/lamps/:id"), endpoint("/lamps/all")))])


# Features


def test_an_unknown_feature_is_refused_with_those_there_are() -> None:
    message = refusal(features=("companies", "compnies"))

    assert message.startswith("No plugin offers the feature 'compnies' (there are: ")
    assert "companies" in message


def test_a_feature_without_one_that_it_requires_is_refused() -> None:
    assert refusal(features=("companies",)) == "The feature 'companies' requires 'custom_fields'; enable it or leave both out"


# Providers


def built(*plugins: KitPlugin, **settings: Any) -> Kit:
    return Kit.build(settings, plugins=plugins)


def test_two_providers_need_a_choice() -> None:
    kit = built(Offering("one", providers=(color("red"),)), Offering("two", providers=(color("blue"),)))

    with pytest.raises(PluginError) as caught:
        kit.provider(COLORS)

    assert caught.value.message == (
        "Both 'red' (plugin one) and 'blue' (plugin two) provide 'colors'; choose one with `providers = {colors = ...}`"
    )


def test_the_settings_choose_a_provider() -> None:
    plugins = (Offering("one", providers=(color("red"),)), Offering("two", providers=(color("blue"),)))

    assert built(*plugins, providers={"colors": "blue"}).provider(COLORS) == "blue"


def test_a_choice_that_names_no_provider_is_refused_with_those_there_are() -> None:
    kit = built(Offering("one", providers=(color("red"),)), providers={"colors": "pink"})

    with pytest.raises(PluginError, match=r"No provider of 'colors' is called 'pink' \(there are: red\); correct `providers`"):
        kit.provider(COLORS)


def test_a_port_without_provider_is_refused() -> None:
    with pytest.raises(PluginError, match=r"Nothing provides 'colors' \(which color everything has\); add a plugin that does"):
        built().provider(COLORS)


def test_a_provider_replaces_a_default_without_a_choice() -> None:
    plugins = (Offering("one", providers=(color("white", default=True),)), Offering("two", providers=(color("blue"),)))

    assert built(*plugins).provider(COLORS) == "blue"
    assert built(plugins[0]).provider(COLORS) == "white"


def test_a_provider_that_is_not_configured_leaves_the_port_to_the_default() -> None:
    plugins = (Offering("one", providers=(color("white", default=True),)), Offering("two", providers=(color("blue", enabled=False),)))

    assert built(*plugins).provider(COLORS) == "white"
    with pytest.raises(PluginError, match="blue"):
        built(*plugins, providers={"colors": "blue"}).provider(COLORS)


# Plugins


def test_two_plugins_of_one_name_are_refused() -> None:
    assert refusal(Offering("one"), Offering("one")) == "Two plugins are called 'one'; remove one from the list of plugins"


def test_a_plugin_without_a_name_is_refused() -> None:
    class Nameless(KitPlugin): ...

    assert refusal(Nameless()) == "The plugin class Nameless has no name; set the class attribute `name`"


@pytest.mark.parametrize("version", [0, 2])
def test_a_plugin_of_another_api_version_is_refused(version: int) -> None:
    class Stranger(KitPlugin):
        name: ClassVar[str] = "stranger"
        requires_api: ClassVar[int] = version

    message = refusal(Stranger())

    assert message == (
        f"The plugin 'stranger' was written for version {version} of the plugin API, this kit has version 1; install a release of the"
        " plugin that fits"
    )


def test_a_misspelt_hook_is_refused() -> None:
    class Misspelt(KitPlugin):
        name: ClassVar[str] = "misspelt"

        def conduyt_endpoint(self) -> None: ...

    message = refusal(Misspelt())

    assert "The plugin 'misspelt' has a hook that nobody calls" in message
    assert "conduyt_endpoint" in message
    assert message.endswith("check its spelling")


def test_a_default_argument_in_a_hook_is_refused() -> None:
    class Lazy(KitPlugin):
        name: ClassVar[str] = "lazy"

        def conduyt_started(self, kit: Any = None) -> None: ...

    assert refusal(Lazy()) == "The plugin 'lazy' gives an argument of conduyt_started a default value; hooks take none"


def test_a_hook_that_raises_is_named() -> None:
    class Raising(KitPlugin):
        name: ClassVar[str] = "raising"

        def conduyt_features(self) -> Iterable[FeatureSpec]:
            raise RuntimeError("out of oil")

    assert refusal(Raising()) == "The plugin 'raising' failed in conduyt_features: out of oil"


def test_a_hook_that_fails_while_it_is_read_is_named() -> None:
    class Generating(KitPlugin):
        name: ClassVar[str] = "generating"

        def conduyt_features(self) -> Iterable[FeatureSpec]:
            yield FeatureSpec(name="first", description="")
            raise RuntimeError("out of oil")

    assert refusal(Generating()) == "The plugin 'generating' failed in conduyt_features: out of oil"


@pytest.mark.parametrize("returned", ["lamps", endpoint(), FeatureSpec])
def test_a_record_of_the_wrong_kind_is_refused(returned: Any) -> None:
    class Odd(KitPlugin):
        name: ClassVar[str] = "odd"

        def conduyt_features(self) -> Any:
            return [returned]

    assert refusal(Odd()) == f"The plugin 'odd' returned {returned!r} from conduyt_features, which takes no such record"


def test_a_record_outside_a_list_is_refused() -> None:
    class Bare(KitPlugin):
        name: ClassVar[str] = "bare"

        def conduyt_endpoints(self) -> Any:
            return endpoint()

    assert refusal(Bare()) == f"The plugin 'bare' returned {endpoint()!r} from conduyt_endpoints; return a list of records"


def test_an_object_that_is_no_plugin_is_refused() -> None:
    with pytest.raises(PluginError, match=r"is not a plugin; derive its class from conduyt_kit\.extension\.KitPlugin"):
        plugin_manager.PluginManager([object()])  # type: ignore[list-item]


# Installed plugins


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution with one plugin, as far as this process can tell."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(distribution: str, name: str, code: str) -> None:
        module = f"{distribution}_module_of_a_test"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{distribution}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[conduyt_kit]\n{name} = {module}:Plugin\n")

    return install


PLUGIN = """
    from conduyt_kit.extension import KitPlugin
    class Plugin(KitPlugin):
        name = {name!r}
"""


def test_an_installed_plugin_runs_when_it_is_listed_and_only_then(install: Callable[..., None]) -> None:
    install("lampworks", "lamps_of_a_test", PLUGIN.format(name="lamps_of_a_test"))

    listed = Kit.build({"plugins": ("lamps_of_a_test",)})
    unlisted = Kit.build()

    assert "lamps_of_a_test" in [plugin.name for plugin in listed.manager.plugins]
    assert "lamps_of_a_test" not in [plugin.name for plugin in unlisted.manager.plugins]


def test_a_plugin_that_is_not_installed_is_refused_with_those_that_are(install: Callable[..., None]) -> None:
    install("lampworks2", "lamps_two", PLUGIN.format(name="lamps_two"))

    message = refusal("lmaps")

    assert message.startswith("The plugin 'lmaps' is not installed (installed: ")
    assert "lamps_two" in message
    assert message.endswith("install it or remove it from `plugins`")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        ("raise RuntimeError('out of glass')", "out of glass"),
        ("class Plugin:\n    def __init__(self): raise ValueError('no wick')", "no wick"),
    ],
)
def test_a_plugin_that_fails_on_import_is_named_with_its_distribution(install: Callable[..., None], code: str, cause: str) -> None:
    distribution = f"wreck{len(code)}"
    install(distribution, "wreck", code)

    with pytest.raises(PluginError) as caught:
        load_plugins(["wreck"])

    assert caught.value.message == f"The plugin 'wreck' ({distribution} 1.2) cannot be loaded: {cause}"


def test_two_distributions_that_claim_a_name_are_refused(install: Callable[..., None]) -> None:
    install("lampworks3", "lamps_three", PLUGIN.format(name="lamps_three"))
    install("lampworks4", "lamps_three", PLUGIN.format(name="lamps_three"))

    with pytest.raises(PluginError) as caught:
        findable()

    assert "Two distributions claim the plugin name 'lamps_three'" in caught.value.message
    assert {"lampworks3 1.2", "lampworks4 1.2"} <= set(caught.value.message.replace(";", " and").replace(": ", " and ").split(" and "))
    assert caught.value.message.endswith("uninstall one")
