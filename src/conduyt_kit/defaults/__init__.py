"""A working provider for every port, so that a kit runs with nothing else installed."""
