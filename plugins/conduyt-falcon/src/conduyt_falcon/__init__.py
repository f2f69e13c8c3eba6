"""REST transport for Conduyt Kit on Falcon.

`wsgi` returns the application of a kit, to be mounted in any WSGI server; ``conduyt serve`` runs it on granian.
"""

from typing import TYPE_CHECKING

from conduyt_falcon.hooks import FalconHooks
from conduyt_falcon.logs import JsonLines, RequestIdFilter
from conduyt_falcon.plugin import FalconPlugin
from conduyt_falcon.settings import HttpSettings

if TYPE_CHECKING:
    from conduyt_falcon.edge import Edge
    from conduyt_kit.kit import Kit

__all__ = ["FalconHooks", "FalconPlugin", "HttpSettings", "JsonLines", "RequestIdFilter", "wsgi"]


def wsgi(kit: "Kit") -> "Edge":
    """Return the WSGI application that serves a kit; mount it in any WSGI server.

    The caller starts and stops the kit (`Kit.start`, `Kit.stop`). Tables must exist when the first request comes.

    Raises:
        SpecError: the kit lacks the plugin ``falcon``.
        PluginError: nobody provides a port that serving needs, such as the authentication.
    """
    # The command line loads this package for every command; Falcon is needed by those that serve only.
    from conduyt_falcon.application import application_of

    return application_of(kit)
