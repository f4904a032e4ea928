"""What client teams run, run here: the public audits, and the tools of examples/client."""
