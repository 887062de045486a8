"""The programming interface under /api/v1; the pages use it too."""
