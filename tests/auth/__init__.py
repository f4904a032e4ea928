"""Authentication: sign-ins, tokens and their limits."""
