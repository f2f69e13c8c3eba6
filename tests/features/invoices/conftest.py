import pytest

from conduyt_kit import Kit
from tests.features.sales import found


@pytest.fixture
def kit(kit: Kit) -> Kit:
    """A kit whose workspaces have a record: deals and invoices take their currency from it."""
    return found(kit, "ws_a", "ws_b")
