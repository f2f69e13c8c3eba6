"""A mail server that says whatever a test wants, and hangs up when told."""

import socketserver
from typing import Any


class Script(socketserver.ThreadingTCPServer):
    """Answers each command with the line of `says`, with 250 where it says nothing; hangs up at a line of None.

    At a command of `silent` it says nothing at all, until the client leaves.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.says: dict[str, str | None] = {}
        self.silent: set[str] = set()
        self.heard: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: Script

    def handle(self) -> None:
        if not self._say("CONNECT", "220 mail.example.org"):
            return
        while line := self.rfile.readline():
            command = line.decode("latin-1").split()[0].upper() if line.strip() else ""
            self.server.heard.append(command)
            if command == "DATA" and self._say("DATA", "354 Go on"):
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                command = "END"
            elif command == "DATA":
                return
            if command == "QUIT" or not self._say(command, "250-mail.example.org\r\n250 AUTH PLAIN" if command == "EHLO" else "250 OK"):
                return

    def _say(self, command: str, usual: str) -> bool:
        answer = self.server.says.get(command, usual)
        if command in self.server.silent:
            self.rfile.read()
            return False
        if answer is None:
            return False
        self.wfile.write(answer.encode() + b"\r\n")
        return command != "DATA" or answer.startswith("354")
