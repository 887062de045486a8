"""Labelled results and their files."""
