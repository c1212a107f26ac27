"""``python -m sim``: the command ``hinterland``, as ``python -m hinterland`` is wherever another ``sim`` may lie."""

from sim.cli import main

if __name__ == "__main__":
    main()
