"""The settings section ``typst``."""

from pathlib import Path
from typing import Any

import attrs

from conduyt_kit.extension import SettingsSpec, setting


def _folder(_: Any, __: Any, value: str) -> None:
    if value and not Path(value).is_dir():
        raise ValueError(f"must be a folder with fonts; {value} is none")


@attrs.frozen(kw_only=True)
class TypstSettings:
    """How invoices look."""

    font: str = attrs.field(
        default="Libertinus Serif", metadata=setting("The font of the text; others are used for characters that it does not have.")
    )
    fonts: str = attrs.field(
        default="", validator=_folder, metadata=setting("A folder with further fonts, searched beside those of the system.")
    )


TYPST_SETTINGS = SettingsSpec(name="typst", cls=TypstSettings, description="Invoices as PDF.")
