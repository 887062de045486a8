"""Tidy tables to one consistent world economy."""
