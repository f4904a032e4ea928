"""The embedded PostgreSQL: every test starts its own server."""
