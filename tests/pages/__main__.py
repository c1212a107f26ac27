"""Recompute every number of the pages of results folders: ``python -m tests.pages RESULTS...``."""

from __future__ import annotations

import argparse
import sys

from tests.pages.checking import check

MOST = 40  # lines of a list that are printed


def main() -> int:
    """Print the counts of every page, and what disagrees; return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="RESULTS")
    failed = False
    for folder in parser.parse_args().folders:
        verdict = check(folder)
        failed |= bool(verdict.wrong or verdict.unknown)
        sys.stdout.write(f"{folder}: {verdict.line}\n")
        lists = (("disagrees", verdict.wrong), ("no formula", verdict.unknown), ("no mark", verdict.unmarked))
        for title, lines in lists:
            for line in lines[:MOST]:
                sys.stdout.write(f"  {title}: {line}\n")
            if len(lines) > MOST:
                sys.stdout.write(f"  {title}: {len(lines) - MOST} more\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
