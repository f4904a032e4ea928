"""The contract's queries."""
