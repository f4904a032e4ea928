"""Who is who: sign-ins, tokens, and what neither gets past."""
