"""Sweeps: scenarios by a design by seeds, 10³ to 10⁶ runs, on a laptop or a cluster; nothing computed is ever lost."""
