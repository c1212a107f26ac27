"""Words for probabilities, as the Intergovernmental Panel on Climate Change uses them (Mastrandrea et al. 2010)."""

from __future__ import annotations

# From the least probability at which a word is used, highest first.
SCALE = (
    (0.99, "virtually certain"),
    (0.95, "extremely likely"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.0, "very unlikely"),
)
NOTE = (
    "Words of certainty (Mastrandrea et al. 2010, IPCC): "
    + ", ".join(f"{word} from {100 * least:.0f} %" for least, word in SCALE[:5])
    + "; below that unlikely, below 10 % very unlikely."
)


def word_of(probability: float) -> str:
    """Return the word for a probability.

    Examples
    --------
    >>> word_of(0.97), word_of(0.84), word_of(0.5), word_of(0.02)
    ('extremely likely', 'likely', 'about as likely as not', 'very unlikely')
    """
    return next(word for least, word in SCALE if probability >= least)
