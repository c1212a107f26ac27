"""Indicators, inequality and paired differences, from results only."""

from sim.analysis.groups import group_mask, group_text, groups, judged
from sim.analysis.indicators import available, evaluate, welfare_equivalent
from sim.analysis.inequality import (
    beta,
    cv,
    gini,
    inverse_distance,
    krugman,
    location_quotient,
    morans_i,
    sigma,
    theil,
    theil_decomposition,
)
from sim.analysis.interaction import interaction
from sim.analysis.mechanisms import additionality, reported
from sim.analysis.paired import (
    HEADLINE,
    cost_effectiveness,
    headline_indicators,
    headline_table,
    pair_differences,
    paired,
    years_of,
)
from sim.analysis.provenance import (
    appraisal_of,
    baseline_of,
    baselines_of,
    comparable,
    config_of,
    has_pairs,
    mechanisms_of,
    members_of,
    of_variant,
    other_arms,
    reference_of,
)
from sim.analysis.regions import is_averaged, known_selectors, over, select_regions, target_mask
from sim.analysis.sweep import Measured, effects, is_grid, key_title, measure, summary, value_text, varying
from sim.analysis.tuning import Tuned, lever_text, read_tuning
from sim.analysis.units import aligned, number, readable, signed, summed_unit, years_text
from sim.analysis.variants import between_variants, by_variant
from sim.analysis.zones import exchange
from sim.groups import Group
from sim.indicators import INDICATORS, Indicator

__all__ = [
    "HEADLINE",
    "INDICATORS",
    "Group",
    "Indicator",
    "Measured",
    "Tuned",
    "additionality",
    "aligned",
    "appraisal_of",
    "available",
    "is_averaged",
    "baseline_of",
    "baselines_of",
    "beta",
    "between_variants",
    "by_variant",
    "comparable",
    "config_of",
    "cost_effectiveness",
    "cv",
    "effects",
    "evaluate",
    "exchange",
    "gini",
    "group_mask",
    "group_text",
    "groups",
    "has_pairs",
    "headline_indicators",
    "headline_table",
    "select_regions",
    "interaction",
    "inverse_distance",
    "is_grid",
    "judged",
    "key_title",
    "known_selectors",
    "krugman",
    "location_quotient",
    "lever_text",
    "measure",
    "mechanisms_of",
    "members_of",
    "morans_i",
    "number",
    "of_variant",
    "other_arms",
    "over",
    "pair_differences",
    "paired",
    "readable",
    "read_tuning",
    "reference_of",
    "reported",
    "sigma",
    "signed",
    "summary",
    "summed_unit",
    "target_mask",
    "theil",
    "theil_decomposition",
    "value_text",
    "varying",
    "welfare_equivalent",
    "years_of",
    "years_text",
]
