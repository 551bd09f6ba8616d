"""labsim.indicators."""
