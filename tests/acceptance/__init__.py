"""Long trials of an installation as its operators run it. `make acceptance` runs them, `make test` does not."""
