"""Contract suites: subclass the suite of a port, override its fixture, and see whether an implementation keeps the promises.

PYTEST_DONT_REWRITE: this module makes the assertions of the suites explain themselves, and has none of its own.
"""

import pytest

pytest.register_assert_rewrite(__name__)
