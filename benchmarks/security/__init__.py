"""Measurements for docs/security.md: each module has a `main()` that prints its figures."""
