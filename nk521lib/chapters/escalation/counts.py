"""Result rows of this chapter: what a page may show as a number, with the subjects behind it.

Contract: spec outputs.md section 5.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.outlook import Chances
from nk521lib.chapters.escalation.pathways import Pathways
from nk521lib.cut import Cut
from nk521lib.results import Number
from nk521lib.standards.designs import Node, OperatingCharacteristics
from nk521lib.standards.designs.posterior import prob_rate_above
from nk521lib.standards.proportions import clopper_pearson, clopper_pearson_upper
from nk521lib.terms import DltStatus

CHAPTER, THIRD = "escalation", 1 / 3
_COUNTED = {"n": (DltStatus.DLT, DltStatus.CLEAR), "x": (DltStatus.DLT,), "m": (DltStatus.PENDING, DltStatus.CANDIDATE),
            "replaced": (DltStatus.NONEVAL,)}  # fmt: skip
COSTS = {"mean.n": "mean subjects at the end", "p.over.cap": "needs more than its cap", "p.none": "no level selected",
         "months": "mean months still to come, at the pace of windows and spacing"}  # fmt: skip
DAYS_A_MONTH = 365.25 / 12
_LABEL = {"n": "assessment complete", "x": "with a DLT", "m": "open", "replaced": "not evaluable"}


@dataclass(frozen=True)
class LevelNumbers:
    """One level of one group: counts, exact limits and posterior; the last three are empty while n = 0."""

    level: int
    state: str
    n: Number
    x: Number
    m: Number
    replaced: Number
    low: Number
    high: Number
    upper: Number
    above_third: Number


def count_levels(found: Escalation, group: str) -> list[LevelNumbers]:
    """Counts per level of a group, in the order of the ladder."""
    review = found.groups[group]
    mine = found.status[found.status["GROUP"].eq(group).fillna(False)]
    made = []
    for level, (counts, state) in enumerate(zip(review.history.levels, review.recommendation.states, strict=True), 1):
        here = mine[mine["LEVELCNT"].eq(level).fillna(False)]
        ids = {name: tuple(sorted(here.loc[here["STATUS"].isin(s), "USUBJID"])) for name, s in _COUNTED.items()}
        where = dict(
            chapter=CHAPTER,
            population="DLT",
            group1="GROUP",
            group1_level=group,
            group2="LEVEL",
            group2_level=str(level),
        )

        def count(name, ids=ids, where=where) -> Number:
            return Number("dlt_level", stat_name=name, stat=float(len(ids[name])), fmt=str(len(ids[name])), usubjids=ids[name],
                          variable="STATUS", stat_label=_LABEL[name], **where)  # fmt: skip

        def rate(name, value, label, ids=ids, where=where) -> Number:
            shown = "no data" if value is None else f"{100 * value:.0f} %"
            return Number(
                "dlt_rate",
                stat_name=name,
                stat=value,
                fmt=shown,
                usubjids=ids["n"],
                variable="DLT",
                stat_label=label,
                **where,
            )

        n, x = counts.n, counts.x
        low, high = clopper_pearson(x, n) if n else (None, None)
        upper, posterior = (
            (float(clopper_pearson_upper(x, n)), float(prob_rate_above(x, n, THIRD))) if n else (None, None)
        )
        made.append(LevelNumbers(
            level, str(state), *(count(name) for name in _COUNTED),
            rate("conf.low", low, "exact 95 % interval, low"), rate("conf.high", high, "exact 95 % interval, high"),
            rate("conf.upper", upper, "exact one-sided 95 % upper limit"),
            rate("p.above.third", posterior, "posterior chance of a rate above 1/3, uniform prior"),
        ))  # fmt: skip
    return made


def count_places(cut: Cut, found: Escalation, group: str) -> tuple[Number, Number]:
    """Places used under the cap, and the cap."""
    cap = cut.params.escalation.group_cap
    mine = found.status.loc[found.status["GROUP"].eq(group).fillna(False), "USUBJID"]
    where = dict(
        analysis_id="places", chapter=CHAPTER, population="DLT", group1="GROUP", group1_level=group, variable="CAP"
    )
    dosed = found.groups[group].history.dosed
    return (
        Number(
            stat_name="n",
            stat=float(dosed),
            fmt=str(dosed),
            usubjids=tuple(sorted(mine)),
            stat_label="places used",
            **where,
        ),
        Number(stat_name="N", stat=float(cap), fmt=str(cap), stat_label="cap", **where),
    )


def truth_label(truth: tuple[float, ...]) -> str:
    """True rates as `5/10/20 %`."""
    return "/".join(f"{100 * rate:g}" for rate in truth) + " %"


def count_design(
    analysis_id: str, stat: str, value: float, shown: str, design: str, truth: tuple[float, ...]
) -> Number:
    """One operating characteristic of a design, by its name, under one truth."""
    return Number(
        analysis_id, CHAPTER, "DESIGN", stat, float(value), shown, variable=design, variable_level=truth_label(truth)
    )


def count_chances(cut: Cut, chances: dict[str, Chances], together: list[float] | None) -> list[Number]:
    """Chance of needing more than the cap, from the present state, per truth and group; and of both more than planned."""
    made = []
    for row, truth in enumerate(cut.params.escalation.oc_truths):
        where = dict(
            analysis_id="p_over_cap",
            chapter=CHAPTER,
            population="DLT",
            stat_name="p",
            variable="TRUTH",
            variable_level=truth_label(truth),
        )
        for group, chance in chances.items():
            value = None if chance.now is None else float(chance.now.p_n_over_cap[row])
            made.append(
                Number(
                    stat=value,
                    fmt=percent(value),
                    group1="GROUP",
                    group1_level=group,
                    stat_label="needs more than its cap",
                    **where,
                )
            )
        value = None if together is None else together[row]
        made.append(
            Number(
                stat=value,
                fmt=percent(value),
                group1="GROUP",
                group1_level="ALL",
                stat_label="all groups need more than planned",
                **where,
            )
        )
    return made


def node_label(node: Node, prefix: str) -> str:
    """Level and counts at a node, `DL2 1/6`; where several outcomes lead to the same, `DL2 2-3/3`."""
    most = node.x + (node.dlts[-1] - node.dlts[0] if node.dlts else 0)
    dlts = str(node.x) if most == node.x else f"{node.x}-{most}"
    return f"{prefix}{node.level} {dlts}/{node.n}"


def way_label(pathways: Pathways, node: Node, prefix: str) -> str:
    """The outcomes that lead to a node, in order: `DL2 1/3, DL2 1/6, DL3 0/3`; the present is `now`."""
    return ", ".join(node_label(step, prefix) for step in pathways.way(node)) or "now"


def count_pathways(pathways: Pathways, nodes: Iterable[Node], prefix: str) -> dict[int, tuple[Number, Number]]:
    """Per node id the chance to come there from now, under the stated truth and under uniform priors."""
    made = {}
    for node in nodes:
        where = dict(chapter=CHAPTER, population="DESIGN", stat_name="p", group1="GROUP", group1_level=pathways.group,
                     variable="PATHWAY", variable_level=way_label(pathways, node, prefix))  # fmt: skip
        made[node.id] = (
            Number("pathway_truth", stat=node.p_truth, fmt=percent(node.p_truth),
                   stat_label=f"chance from now at true rates {truth_label(pathways.truth)}", **where),
            Number("pathway_prior", stat=node.p_prior, fmt=percent(node.p_prior),
                   stat_label="chance from now under uniform priors and the counts so far", **where),
        )  # fmt: skip
    return made


def count_costs(
    oc: OperatingCharacteristics | None, group: str, name: str, value: str, row: int = 0
) -> dict[str, Number]:
    """What the rules need from a state, by stat_name: mean.n, p.over.cap, p.none and months, under one setting.

    oc : with a pace; None where nothing can be walked. name, value : the setting, as words.
    """
    where = dict(analysis_id="assumption_cost", chapter=CHAPTER, population="DESIGN", group1="GROUP", group1_level=group,
                 variable=name, variable_level=value)  # fmt: skip
    if oc is None:
        return {stat: Number(stat_name=stat, stat=None, fmt="not computed", **where) for stat in COSTS}
    none = float(oc.p_mtd[row, 0])
    shown = {
        "mean.n": (float(oc.e_n[row]), f"{oc.e_n[row]:.1f}"),
        "p.over.cap": (float(oc.p_n_over_cap[row]), percent(float(oc.p_n_over_cap[row]))),
        "p.none": (none, percent(none)),
    }
    made = {
        stat: Number(stat_name=stat, stat=value, fmt=fmt, stat_label=COSTS[stat], **where)
        for stat, (value, fmt) in shown.items()
    }
    there = {key: where[key] for key in where if key not in ("chapter", "population")}
    return made | {"months": count_months(oc, row, **there)}


def count_months(oc: OperatingCharacteristics | None, row: int, **where: str) -> Number:
    """Mean months still to come under one truth. oc : with a pace; None where nothing can be walked."""
    months = None if oc is None else float(oc.e_days[row]) / DAYS_A_MONTH
    return Number(chapter=CHAPTER, population="DESIGN", stat_name="months", stat=months, stat_label=COSTS["months"],
                  fmt="not computed" if months is None else f"{months:.1f}", **where)  # fmt: skip


def percent(value: float | None) -> str:
    """A chance for people; what is neither 0 nor 1 is never shown as if it were."""
    if value is None:
        return "not computed"
    if 0 < value < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < value < 1 else f"{100 * value:.0f} %"
