"""Planted leaks: small sabotages of the walls, each of which some test must catch; `python -m tests.planted` does it.

A test that can't fail proves nothing: this is where the tests are tested.
"""
