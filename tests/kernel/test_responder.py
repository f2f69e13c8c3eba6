import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.endpoints import Request


@pytest.mark.parametrize("id", ["a\x00b", "\ud800"])
def test_id_that_no_database_takes_is_not_found(id: str) -> None:
    kit = Kit.build({"rate_limit": "off"})

    reply = kit.responders["GET", "/api/v1/contacts/:id"](Request(method="GET", target="/x", path={"id": id}, id="r"))

    assert reply.status == 404
