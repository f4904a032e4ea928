"""The contract's mutations: each one transaction, each refusal an answer."""
