"""REST transport for Conduyt Kit on Falcon.

`wsgi` returns the application of a kit, to be mounted in any WSGI server; ``conduyt serve`` runs it on granian.
"""

from conduyt_falcon.application import wsgi
from conduyt_falcon.hooks import FalconHooks
from conduyt_falcon.logs import JsonLines, RequestIdFilter
from conduyt_falcon.plugin import FalconPlugin
from conduyt_falcon.settings import HttpSettings

__all__ = ["FalconHooks", "FalconPlugin", "HttpSettings", "JsonLines", "RequestIdFilter", "wsgi"]
