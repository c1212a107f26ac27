"""``python -m sim``: the command ``hinterland``, for launchers that start modules."""

from sim.cli import main

if __name__ == "__main__":
    main()
