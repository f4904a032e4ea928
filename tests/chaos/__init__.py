"""Faults on a whole installation under clients that write with idempotency keys. `make chaos` runs all of them."""
