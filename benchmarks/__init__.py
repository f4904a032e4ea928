"""How fast OSIT stays as its history grows: a generator of large databases, and what is measured on them."""
