"""Planted leaks: small sabotages of visibility and row-level security, each of which some test has to catch.

A test that cannot fail proves nothing. `python -m tests.planted` plants each leak and runs its tests.
"""
