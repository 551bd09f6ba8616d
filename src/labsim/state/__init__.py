"""labsim.state."""
