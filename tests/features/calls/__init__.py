"""Calls of the API without HTTP, through the kit's responders; beside them the tests of the feature of that name: phone calls."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import msgspec

from conduyt_kit import Kit
from conduyt_kit.kernel.endpoints import API_ROOT, Reply, Request


class Answer(NamedTuple):
    """What a test looks at; `body` is the JSON value, ``None`` without a body."""

    status: int
    body: Any


class Api:
    """Calls endpoints by method and path, as the bearer of `token`."""

    def __init__(self, kit: Kit, token: str) -> None:
        self.kit = kit
        self.token = token
        self._routes = [
            (method, re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", route) + r"\Z"), route)
            for method, route in sorted(kit.responders, key=lambda key: key[1].replace(":", "~"))
        ]

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, json: Any = None) -> Answer:
        return self.call("POST", path, json)

    def patch(self, path: str, json: Any) -> Answer:
        return self.call("PATCH", path, json)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def call(self, method: str, path: str, json: Any = None) -> Answer:
        body = b"" if json is None else msgspec.json.encode(json)
        reply = self.send(method, path, body, {"content-type": "application/json"})
        return Answer(reply.status, msgspec.json.decode(reply.body) if reply.body else None)

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send raw bytes, for other content types and headers, and return the raw reply."""
        target, _, query = path.partition("?")
        target = target if target.startswith(API_ROOT) else API_ROOT + target
        for known, pattern, route in self._routes:
            found = pattern.match(target) if known == method else None
            if found:
                request = Request(
                    method=method,
                    target=target,
                    path={name: unquote(value) for name, value in found.groupdict().items()},
                    query=parse_qs(query, keep_blank_values=True),
                    headers={"authorization": f"Bearer {self.token}", **headers},
                    body=body,
                    remote="127.0.0.1",
                    id="req_test",
                )
                return self.kit.responders[method, route](request)
        raise LookupError(f"No endpoint {method} {target}")
