"""The hook that this plugin publishes for other plugins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from conduyt_kit.extension import hookspec

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


class FalconHooks:
    """Base class, beside `KitPlugin`, of plugins that reach into the Falcon application.

    Example::

        class TracingPlugin(KitPlugin, FalconHooks):
            name = "tracing"

            def conduyt_falcon_middleware(self, kit: Kit) -> Iterable[object]:
                return [TracingMiddleware()]
    """

    @hookspec
    def conduyt_falcon_middleware(self, kit: "Kit") -> Iterable[Any]:
        """Return Falcon middleware objects. Called once per application; the first plugin's middleware is the outermost."""
        return ()
