"""Speed and memory of labsim, beside the reference engine and the machine's memory bandwidth."""
