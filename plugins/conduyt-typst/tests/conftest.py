from collections.abc import Iterator

import pytest

from .desk import Desk


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.kit:
        yield desk
