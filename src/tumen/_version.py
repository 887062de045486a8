"""The version of the code, stamped on every result."""

__version__ = "0.1.0"
