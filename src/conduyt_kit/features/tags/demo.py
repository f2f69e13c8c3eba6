"""Sample tags for `conduyt demo`."""

from typing import Any

from conduyt_kit.features.tags.service import Tags
from conduyt_kit.kernel.unit_of_work import UnitOfWork

_TAGS = (("lead", "#7C8CF8"), ("customer", "#2BB673"), ("vip", "#F5A524"), ("newsletter", "#3AA6D0"), ("churn risk", "#E5484D"))


def fill(unit: UnitOfWork, shared: dict[str, Any]) -> None:
    """Create a few tags; leaves their names in ``shared["tags"]``."""
    shared["tags"] = [unit[Tags].create(name=name, color=color).name for name, color in _TAGS]
