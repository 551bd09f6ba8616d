"""``python -m labsim`` is ``labsim``."""

from labsim.cli import app

if __name__ == "__main__":
    app(prog_name="labsim")
