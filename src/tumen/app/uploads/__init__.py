"""Scenarios and worlds that somebody sends: checked in a process of their own, kept when good."""
