"""labsim.policy."""
