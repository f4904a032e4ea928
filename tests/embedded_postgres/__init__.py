"""The embedded PostgreSQL, for real: every test starts its own."""
