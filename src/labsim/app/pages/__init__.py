"""The pages beside the comparison."""
