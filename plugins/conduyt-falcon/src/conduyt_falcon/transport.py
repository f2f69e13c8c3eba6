"""The transport that this plugin provides."""

from typing import TYPE_CHECKING

from conduyt_kit.kit import Kit

if TYPE_CHECKING:
    from conduyt_falcon.edge import Edge


class FalconTransport:
    """Serves a kit's endpoints with Falcon, on granian."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def application(self) -> "Edge":
        """Return the WSGI application; see `conduyt_falcon.wsgi`."""
        from conduyt_falcon.application import application_of

        return application_of(self._kit)

    def serve(self, *, host: str | None = None, port: int | None = None, workers: int | None = None) -> None:
        """Serve until SIGTERM or SIGINT; then running requests and jobs finish, within 25 seconds with the default settings.

        Must be called in the main thread, in a process of which the server may own the signal handlers and the logging. The kit is built
        again in each server process.

        Args:
            host, port, workers: instead of the settings ``http.host``, ``http.port`` and ``http.workers``.

        Raises:
            SettingsError: the kit holds plugins that cannot be loaded by name, or memory storage is to be served by several processes.
        """
        from conduyt_falcon.server import Server

        Server(self._kit, host=host, port=port, workers=workers).run()
