"""Authentication: passwords, sessions, API tokens and OpenID Connect."""
