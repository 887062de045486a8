"""The equations: pure functions of arrays, without labels, input or output."""
