"""The server: what it is made of, what it guards, and how it starts."""
