"""The schema's mutations. Each runs in one transaction; a refusal is a payload with user errors."""
