"""How fast tumen is, and compared with what: run `python -m benchmarks`."""
