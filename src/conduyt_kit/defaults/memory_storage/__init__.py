"""Storage in the process's memory: for tests, try-outs and embedders' own test suites. Nothing survives the process."""

from conduyt_kit.defaults.memory_storage.storage import MemoryStorage

__all__ = ["MemoryStorage"]
