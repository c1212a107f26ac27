"""Fonts: one of the library for Latin text, and those of the machine for the characters that it lacks."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import xarray as xr
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

MAIN = "DejaVu Sans"  # comes with the library, so that figures look the same everywhere
# Fonts with the characters of Chinese, Japanese and Korean names, and of symbols; the first that is installed counts.
FALLBACKS = (
    ("Noto Sans CJK SC", "Noto Sans SC", "Noto Sans CJK JP", "Noto Sans CJK TC", "Source Han Sans SC",
     "Source Han Sans CN", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei",
     "WenQuanYi Zen Hei", "Heiti SC", "SimHei", "SimSun", "Droid Sans Fallback", "Arial Unicode MS"),
    ("Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic"),
    ("Noto Emoji", "Noto Sans Symbols2", "Noto Sans Symbols 2", "Symbola", "Segoe UI Symbol", "Apple Symbols"),
)  # fmt: skip
SHOWN = 12  # characters that a note lists


@lru_cache(maxsize=1)
def families() -> list[str]:
    """Return the fonts of figures: for each character the first that has it is used."""
    installed = {entry.name for entry in fontManager.ttflist}
    chosen = [next((name for name in names if name in installed), None) for names in FALLBACKS]
    return [MAIN, *(name for name in chosen if name is not None)]


@lru_cache(maxsize=8)
def code_points(name: str) -> frozenset[int]:
    """Return the characters that a font has, as numbers."""
    return frozenset(FT2Font(findfont(FontProperties(family=name))).get_charmap())


def undrawable(text: str) -> str:
    """Return the printable characters of a text that no font of figures has, each once.

    Examples
    --------
    >>> undrawable("Ostrava, Łódź")
    ''
    """
    rest = [c for c in dict.fromkeys(text) if c.isprintable()]
    for name in families():
        rest = [c for c in rest if ord(c) not in code_points(name)] if rest else []
    return "".join(rest)


def note(text: str) -> str:
    """Return a sentence about the characters of a text that figures cannot show; empty if there are none."""
    lacking = undrawable(text)
    if not lacking:
        return ""
    some = lacking[:SHOWN] + (" ..." if len(lacking) > SHOWN else "")
    return (
        f"no font of this machine has {some}: figures show boxes in place of these characters; "
        f"install one that has them, such as {FALLBACKS[0][0]}"
    )


def font_note(ds: xr.Dataset) -> str:
    """Return `note` of the labels of results: names of regions, groups, arms and of what is varied."""
    drawn = (c for name, c in ds.coords.items() if name != "name_zh" and c.ndim == 1 and c.dtype.kind in "OU")
    labels = (c.values.tolist() for c in drawn)
    return note(" ".join(str(label) for column in labels for label in column))


def outlines(text: str) -> bool:
    """Return whether a text needs another font than `MAIN`, of a format that not every reader of PDF files takes."""
    return any(ord(c) not in code_points(MAIN) for c in text)


@contextmanager
def quiet() -> Iterator[None]:
    """Draw without a warning for each missing character or weight: `note` says what matters, once."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            yield
    finally:
        log.setLevel(level)
