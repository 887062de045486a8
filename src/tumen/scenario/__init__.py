"""Scenarios: shocks, evidence, and the shipped cases."""
