"""The plugin ``typst``: serves invoices as PDF."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from conduyt_kit.extension import Endpoint, KitPlugin, ProviderSpec, SettingsSpec
from conduyt_typst.endpoint import INVOICE_PDF
from conduyt_typst.rendering import INVOICE_RENDERER, TypstRenderer
from conduyt_typst.settings import TYPST_SETTINGS, TypstSettings

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


class TypstPlugin(KitPlugin):
    """Invoices as PDF."""

    name: ClassVar[str] = "typst"

    def conduyt_settings(self) -> Iterable[SettingsSpec]:
        return [TYPST_SETTINGS]

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=INVOICE_RENDERER, name="typst", make=_renderer, default=True)]

    def conduyt_endpoints(self) -> Iterable[Endpoint]:
        return [INVOICE_PDF]


def _renderer(kit: "Kit") -> TypstRenderer:
    return TypstRenderer(kit.settings.section(TypstSettings))
