"""What docs/security.md promises, measured: a module is a measurement, whose `main()` prints its figures."""
