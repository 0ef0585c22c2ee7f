"""Response rates with exact intervals, as result rows of fixed names (spec outputs.md section 5, efficacy.md section 2)."""

from dataclasses import dataclass, replace

import pandas as pd

from nk521lib.results import Column, Fraction, Number, fraction
from nk521lib.standards.proportions import clopper_pearson, clopper_pearson_upper

CHAPTER = "efficacy"
RESPONSE, CONTROL = ("CR", "PR"), ("CR", "PR", "SD")
RATES = {"rate_orr": RESPONSE, "rate_dcr": CONTROL}
POPULATIONS = {"ITT": "ITTFL", "EFF": "EFFFL"}


@dataclass(frozen=True)
class Rate:
    """x of n with the exact interval, five result rows: n N p conf.low conf.high."""

    fraction: Fraction
    low: Number
    high: Number

    @property
    def numbers(self) -> tuple[Number, ...]:
        return (*self.fraction, self.low, self.high)


def within(column: Column, facts: pd.DataFrame, flag: str) -> Column:
    """The column's subjects who belong to a set."""
    members = set(facts.loc[facts[flag].eq("Y").fillna(False), "USUBJID"])
    return replace(column, usubjids=tuple(u for u in column.usubjids if u in members))


def count_rate(column: Column, members: set[str], conf: float, **where: str) -> Rate:
    share = fraction(column, members, chapter=CHAPTER, **where)
    n, size = int(share.n.stat), int(share.N.stat)
    limits = clopper_pearson(n, size, conf) if size else (None, None)
    low, high = (
        replace(share.n, stat_name=name, stat_label=f"exact {100 * conf:g} % limit", stat=limit, usubjids=share.N.usubjids,
                fmt="no subjects" if limit is None else f"{100 * limit:.1f} %")
        for name, limit in zip(("conf.low", "conf.high"), limits, strict=True)
    )  # fmt: skip
    return Rate(share, low, high)


def count_rates(
    best: pd.DataFrame,
    facts: pd.DataFrame,
    columns: list[Column],
    analysis_id: str,
    population: str,
    variable: str,
    conf: float,
) -> list[Rate]:
    """One rate per column. analysis_id rate_orr or rate_dcr; population ITT or EFF; variable CBOR or BOR (best is that dataset)."""
    members = set(best.loc[best["BEST"].isin(RATES[analysis_id]), "USUBJID"])
    flag = POPULATIONS[population]
    return [
        count_rate(
            within(column, facts, flag),
            members,
            conf,
            analysis_id=analysis_id,
            population=population,
            variable=variable,
        )
        for column in columns
    ]


def count_best(
    best: pd.DataFrame, facts: pd.DataFrame, columns: list[Column], population: str, variable: str
) -> dict[str, list[Fraction]]:
    """Best response by category: for each response, its fraction in each column."""
    flag, made = POPULATIONS[population], {}
    for response in ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"):
        members = set(best.loc[best["BEST"].eq(response), "USUBJID"])
        made[response] = [
            fraction(within(column, facts, flag), members, analysis_id="best_response", chapter=CHAPTER, population=population,
                     variable=variable, variable_level=response)
            for column in columns
        ]  # fmt: skip
    return made


def rule_of_none(column: Column, conf: float) -> Number:
    """What no event in n subjects still allows: the one-sided upper limit of the rate (efficacy.md section 8)."""
    n = len(column.usubjids)
    limit = clopper_pearson_upper(0, n, conf) if n else None
    return Number("rule_of_none", CHAPTER, "ITT", "conf.high", limit, "no subjects" if limit is None else f"{100 * limit:.0f} %",
                  tuple(sorted(column.usubjids)), stat_label=f"one-sided {100 * conf:g} % limit", variable="0 of n", **column.where)  # fmt: skip


def chance_of_seeing(column: Column, rate: float) -> Number:
    """Probability that an event of this true rate is seen at least once in the column's subjects."""
    n = len(column.usubjids)
    seen = 1 - (1 - rate) ** n if n else None
    return Number("chance_of_seeing", CHAPTER, "ITT", "p", seen, "no subjects" if seen is None else "more than 99 %" if seen > 0.99 else f"{100 * seen:.0f} %",
                  tuple(sorted(column.usubjids)), stat_label="seen at least once", variable="true rate", variable_level=f"{rate:g}",
                  **column.where)  # fmt: skip
