"""Private words: terms that only this project used, each with the field's term to write instead.

``python tests/docs/test_words.py`` prints how many are left in each folder; with a path, where they are.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Pattern -> what to write instead. In Python files underscores count as spaces, so identifiers are read as well.
WORDS: dict[str, str] = {
    r"wears? off|wearing off": "depreciates, decays, fades",
    r"told apart|tells? apart": "distinguished, distinguishes",
    r"told(?! apart)": "reported, stated, given",
    r"tells?(?! (?:(?:\w+ ){0,3})apart)": "reports, explains",
    r"luck|unlucky": "random draws, sampling noise",
    r"nobody|nobodys": "no one, none",
    r"so many": "up to n, that number",
    r"(?<!here )(?<!here, )(?:is|are|was|were) no(?! (?:longer|less|more|better|worse|larger|smaller|later)\b)(?= \w)":
        "is not a, is not an, no such",
    r"ways": "links, edges, routes",
    r"(?:the|a|one|other|new|faster|added) way (?:between|of the network|opens)": "link, edge",
    r"places": "regions, locations, positions",
    r"words? (?:mean|means|that name|that names|and sets|or sets?)": "selectors",
    r"(?:a|the) word, or a set|without a word|too many words": "selector; by default; too many arguments",
    r"whole runs?": "complete runs, simulation runs",
    r"(?:written|moves?|moved|moving|is|are|firms) whole": "in one piece, entirely, complete",
    r"of (?:one's|your|its|their) own|of one s own": "user-defined, custom, separate",
    r"(?:an|your|users?|user's) own (?:world|model|sectors|kind|one)s?|own worlds?|own ones?": "user-defined, custom",
    r"runs own|run.s own": "of the run",
    r"what is there|what there is|that (?:is|are) there": "existing, available",
    r"(?:first|last|every|each|next|one|a) look|looks(?= (?:has|at the runs|taken|are|is|so far))": "interim analysis",
    r"lanes?": "chunks, partitions",
    r"asked": "requested, specified",
    r"held(?! (?:fixed|constant|out|by)\b)": "compared, kept, tested",
    r"hold(?:s|ing)? (?:\w+ ){0,4}against": "compare with, validate against",
    r"go(?:es)? on(?! to\b)": "continue, persist",
    r"broken off|breaks? off": "interrupted",
    r"anew": "again, from scratch",
    r"faults?": "errors, problems",
    r"faulty": "invalid, wrong",
    r"beside": "next to, alongside, compared with",
    r"stands? (?:in|on|beside|here|there|side)": "is in",
    r"alike": "equally, in the same way",
    r"upon which": "at which",
    r"sift(?:s|ed|ing)?": "screen, filter",
    r"spared?s?": "saves",
    r"resting|comes? to rest": "equilibrium, steady state",
    r"in small": "small, reduced",
    r"at work": "employed; running, active",
    r"(?:the )?same bits": "bit-identical results",
    r"books": "accounts",
    r"seams?": "interface",
    r"on trial": "speculatively",
    r"judged": "evaluated, checked",
    r"out of all proportion": "implausible",
    r"first day": "base year, initial",
    r"settle[sd]?|settling": "clear, solve, pay, record: one verb for each meaning",
    r"whole people": "integer flows",
    r"not yet here|not here yet": "not yet implemented",
    r"do(?:es)? without(?! a (?:baseline|network))": "has no, omits",
    r"such a one|upon itself": "one",
}  # fmt: skip
PATTERN = {
    re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE): term for pattern, term in WORDS.items()
}

# (files, what stands around the word, why it may stay). Files are a prefix; the context is searched in the line.
ALLOWED: list[tuple[str, str, str]] = [
    ("docs/", r"`settle`|\*\*settle\*\*", "the phase of the year in which all payments are recorded"),
    ("docs/estimation.md", r"`places`|`birthplace_\d+_places`", "a config key and names of bundled experiments"),
    ("experiments/birthplace", r"(?:^|\bbirthplace_)places\b|birthplace_\d+_places", "a config key, a table, names"),
    (
        "sim/cli/keeping.py",
        r"found\.faults|\"faults\"",
        "an attribute of `sim.results.verify`, a key of its JSON answer",
    ),
    (
        "CONTRIBUTING.md",
        r"`settle`|\*\*settle\*\*|def settle",
        "the phase of the year in which all payments are recorded",
    ),
    ("sim/cli/planning.py", r"\"settle\"|\.settle\b", "the phase of the year in which all payments are recorded"),
    ("sim/testing/", r"`settle`|\"settle\"", "the phase of the year in which all payments are recorded"),
    ("sim/config/", r"\"places\"|`places`|\bplaces: str|of the table places", "a config key"),
    ("sim/results/status.py", r"found\.faults|^    faults ?:", "an attribute, a key of the JSON answer of `verify`"),
    ("sim/results/exporting.py", r"``places``|\"places\"", "the name of an exported table"),
    ("sim/batch/", r"study\.tell", "a method of Optuna"),
    ("sim/batch/profiling.py", r"def settle|\.settle\b", "the phase of the year in which all payments are recorded"),
    (
        "sim/estimation/",
        r"config\.places|\"zero_places\"|places=\"birthplace_places\"",
        "a config key, a key of results",
    ),
    ("sim/batch/estimation.py", r"config\.places", "a config key"),
    ("sim/world/china/transport.py", r"kind\[\"places\"\]", "a key of the definitions of worlds"),
    ("sim/validation/drift.py", r"\bplaces\b", "a column of the table"),
    (
        "sim/economy/",
        r"`settle`|\"settle\"|\bdef settle|\bsettle: Closing|mechanism\.settle\(",
        "the phase of the year in which all payments are recorded",
    ),
    (
        "sim/model.py",
        r"year\.settle import settle|call\(settle,|latest\.settle\.",
        "the phase of the year in which all payments are recorded",
    ),
    (
        "sim/policy/",
        r"`settle`|\"settle\"|\bdef settle",
        "the phase of the year in which all payments are recorded",
    ),
    ("sim/mechanisms/", r"\bdef settle|super\(\)\.settle", "the phase of the year in which all payments are recorded"),
]


class Use(NamedTuple):
    """A private word in a file."""

    file: str
    line: int
    word: str
    term: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: '{self.word}'; write: {self.term}"


def texts() -> list[Path]:
    """Return the files that are read: documents, sources, bundled configs."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "sim").rglob("*.py")]
    return sorted([*found, *(ROOT / "configs").rglob("*.yaml"), *(ROOT / "experiments").rglob("*.yaml")])


def uses(file: Path) -> Iterator[Use]:
    """Yield the private words of a file, without those that are allowed there."""
    name = file.relative_to(ROOT).as_posix()
    allowed = [re.compile(context) for prefix, context, _ in ALLOWED if name.startswith(prefix)]
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        spans = [found.span() for context in allowed for found in context.finditer(line)]
        read = line.replace("_", " ") if file.suffix == ".py" else line
        for pattern, term in PATTERN.items():
            for found in pattern.finditer(read):
                if not any(first <= found.start() and found.end() <= last for first, last in spans):
                    yield Use(name, number, found.group(), term)


def folder_of(name: str) -> str:
    """Return the folder that a file is counted with: the first two parts of its path."""
    parts = name.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else name if parts[0] == "sim" else parts[0]


@pytest.mark.parametrize("file", texts(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_only_terms_of_the_field(file: Path):
    assert not (found := [str(use) for use in uses(file)]), "\n".join(found)


def test_allowed_uses_exist():
    for prefix, context, reason in ALLOWED:
        files = [file for file in texts() if file.relative_to(ROOT).as_posix().startswith(prefix)]
        assert reason and any(re.search(context, file.read_text(encoding="utf-8")) for file in files), (prefix, context)


def main(arguments: list[str]) -> None:
    """Print the private words left: counts by folder, or each of them in the files that start with a path."""
    left = [use for file in texts() for use in uses(file)]
    if arguments:
        print(*(use for use in left if use.file.startswith(tuple(arguments))), sep="\n")
        return
    counts = Counter(folder_of(use.file) for use in left)
    for folder, count in sorted(counts.items()):
        print(f"{count:5}  {folder}")
    print(f"{len(left):5}  in all")


if __name__ == "__main__":
    main(sys.argv[1:])
