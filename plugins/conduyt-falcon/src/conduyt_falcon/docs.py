"""The API reference: the OpenAPI document and Swagger UI, which is shipped with this plugin and loads nothing from elsewhere."""

import functools
import gzip
from collections.abc import Callable
from importlib import resources

import attrs
import falcon
import msgspec

import conduyt_kit
from conduyt_falcon.pages import Page
from conduyt_kit.kernel.endpoints import API_ROOT
from conduyt_kit.kernel.openapi import openapi_document
from conduyt_kit.kernel.responder import etag
from conduyt_kit.kit import Kit

DOCUMENT = f"{API_ROOT}/openapi.json"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HTML = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript. The OpenAPI document is at <a href="api/v1/openapi.json">api/v1/openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

# `validatorUrl` is what Swagger UI would otherwise send the document to.
_START = b"""window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: new URL("api/v1/openapi.json", document.baseURI).href,
    dom_id: "#reference",
    validatorUrl: null,
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
  });
});
"""


@attrs.frozen(kw_only=True)
class Asset:
    """A file that is the same for everybody as long as the process lives."""

    content: bytes
    content_type: str
    policy: str | None = None

    def show(self, req: falcon.Request, resp: falcon.Response) -> None:
        tag = etag(self.content)
        resp.set_header("ETag", tag)
        resp.set_header("Cache-Control", "no-cache")
        resp.set_header("Vary", "Accept-Encoding")
        if self.policy:
            resp.set_header("Content-Security-Policy", self.policy)
        if tag in (req.get_header("If-None-Match") or ""):
            resp.status = falcon.HTTP_304
            return
        resp.content_type = self.content_type
        if "gzip" in (req.get_header("Accept-Encoding") or "") and len(self.content) > 1000:
            resp.set_header("Content-Encoding", "gzip")
            resp.data = _compressed(self.content)
        else:
            resp.data = self.content


@functools.lru_cache(maxsize=16)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def docs_pages(kit: Kit) -> dict[str, Page]:
    """Return the pages of the reference by path."""
    found: dict[str, Page] = {DOCUMENT: _Document(kit).show}
    found["/docs"] = _without_slash(Asset(content=_HTML, content_type=falcon.MEDIA_HTML, policy=POLICY).show)
    found["/docs/start.js"] = Asset(content=_START, content_type="text/javascript; charset=utf-8").show
    folder = resources.files("conduyt_falcon") / "swagger_ui"
    for name, kind in _FILES.items():
        found[f"/docs/{name}"] = _File(folder.joinpath(name).read_bytes, kind).show
    return found


_FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
    "LICENSE": "text/plain; charset=utf-8",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
    "NOTICE": "text/plain; charset=utf-8",
}


def _without_slash(page: Page) -> Page:
    """Return the page, which refers to its parts relatively, for the address without a final slash only."""

    def show(req: falcon.Request, resp: falcon.Response) -> None:
        if req.env["PATH_INFO"].endswith("/"):
            raise falcon.HTTPPermanentRedirect("../docs")
        page(req, resp)

    return show


class _File:
    """A file of the plugin, read when it is first asked for."""

    def __init__(self, read: Callable[[], bytes], content_type: str) -> None:
        self._read = read
        self._content_type = content_type

    @functools.cached_property
    def _asset(self) -> Asset:
        return Asset(content=self._read(), content_type=self._content_type)

    def show(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._asset.show(req, resp)


class _Document:
    """The OpenAPI document, generated when it is first asked for."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    @functools.cached_property
    def _asset(self) -> Asset:
        document = openapi_document(self._kit.endpoints, version=conduyt_kit.__version__)
        return Asset(content=msgspec.json.encode(document), content_type=falcon.MEDIA_JSON)

    def show(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._asset.show(req, resp)
