"""Reports: what maintenance costs, what keeps coming back, how tickets flow."""
