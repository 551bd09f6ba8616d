"""labsim.behaviour."""
