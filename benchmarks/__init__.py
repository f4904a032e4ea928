"""Benchmarks on large generated databases: how much slower OSIT gets as its history grows."""
