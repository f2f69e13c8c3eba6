"""A kit with the plugin, one workspace, and what its people do with invoices."""

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any, ClassVar

import pypdf

from conduyt_kit import Actor, Kit
from conduyt_kit.extension import KitPlugin, ProviderSpec
from conduyt_kit.features.contacts import Contacts
from conduyt_kit.features.invoices import Invoices
from conduyt_kit.features.workspaces import Workspaces, founding_unit
from conduyt_kit.kernel.context import Identity, Scope
from conduyt_kit.kernel.endpoints import Reply, Request
from conduyt_kit.kernel.errors import Unauthenticated
from conduyt_kit.ports.authentication import AUTHENTICATOR
from conduyt_typst.plugin import TypstPlugin

ROUTE = "/api/v1/invoices/:id/pdf"
LINE: dict[str, Any] = {"description": "Mooring", "quantity": Decimal(2), "unit_price": Decimal("1200.50")}


class TokenIsWorkspace:
    def authenticate(self, token: str) -> Identity:
        if not token.startswith("ws_"):
            raise Unauthenticated("Not a token of these tests")
        return Identity(workspace=token, actor=Actor(id="usr_1", name="Ada"), scopes=frozenset({Scope.READ}), credential=f"key:{token}")


class TokensPlugin(KitPlugin):
    name: ClassVar[str] = "tokens"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=AUTHENTICATOR, name="tokens", make=lambda _: TokenIsWorkspace())]


class Desk:
    """Makes invoices in the workspace ``ws_1`` and reads their PDF."""

    def __init__(self, **settings: Any) -> None:
        self.kit = Kit.build({"providers": {"authentication": "tokens"}, **settings}, plugins=[TokensPlugin(), TypstPlugin()])
        with founding_unit(self.kit.environment, workspace="ws_1") as unit:
            unit[Workspaces].create(name="Fjord & Söhne")

    def invoice(self, *lines: dict[str, Any], first_name: str = "Mira", last_name: str = "Solberg", **more: Any) -> str:
        """Create a draft and return its id."""
        with self.kit.unit_of_work("ws_1") as unit:
            contact = unit[Contacts].create(first_name=first_name, last_name=last_name)
            return unit[Invoices].create(contact_id=contact.id, items=lines or [LINE], **more).id

    def send(self, id: str) -> None:
        with self.kit.unit_of_work("ws_1") as unit:
            unit[Invoices].send(id)

    def void(self, id: str) -> None:
        with self.kit.unit_of_work("ws_1") as unit:
            unit[Invoices].void(id)

    def pay(self, id: str, amount: str, **more: Any) -> None:
        with self.kit.unit_of_work("ws_1") as unit:
            unit[Invoices].record_payment(id, amount=Decimal(amount), **more)

    def reply(self, id: str, token: str = "ws_1") -> Reply:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        request = Request(method="GET", target=ROUTE.replace(":id", id), path={"id": id}, headers=headers, remote="127.0.0.1", id="req_1")
        return self.kit.responders["GET", ROUTE](request)

    def text(self, id: str) -> str:
        """Return what stands on all pages, without the marks that say where words and amounts may break."""
        reply = self.reply(id)
        assert reply.status == 200, reply
        text = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(reply.body)).pages)
        return text.replace("\u200b", "").replace("\xa0", " ")
