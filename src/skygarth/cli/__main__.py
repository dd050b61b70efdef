"""``python -m skygarth.cli``: the same as ``skygarth``."""

from skygarth.cli.main import run

if __name__ == "__main__":
    run()
