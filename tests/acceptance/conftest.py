from tests.cli.conftest import conduyt, make_conduyt

__all__ = ["conduyt", "make_conduyt"]
