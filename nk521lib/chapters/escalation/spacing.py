"""Spacing of first doses, and who may be dosed from which day.

Source: spec escalation.md section 7.
"""

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.standards.designs import Recommendation
from nk521lib.terms import DOSES_MORE, Decision


def derive_spacing(cut: Cut, status: pd.DataFrame) -> pd.DataFrame:
    """One row per dosed subject: GROUP LEVEL USUBJID ADLTSDT, AFTER (subject dosed before at that level), GAP days to it,
    NEEDED days, TOOSOON (boolean, NA for a level's first), OPENBELOW windows still open at lower levels that day.
    """
    rule = cut.params.escalation
    out = status[["GROUP", "LEVEL", "USUBJID", "ADLTSDT"]].sort_values(
        ["GROUP", "LEVEL", "ADLTSDT", "USUBJID"], kind="stable"
    )
    out = out.reset_index(drop=True)
    level = out.groupby(["GROUP", "LEVEL"])
    order = level.cumcount()
    out["AFTER"] = level["USUBJID"].shift()
    out["GAP"] = (out["ADLTSDT"] - level["ADLTSDT"].shift()).dt.days.astype("Int64")
    needed = pd.Series(rule.next_gap_days, index=out.index, dtype="Int64").mask(order == 1, rule.sentinel_days)
    out["NEEDED"] = needed.mask(order == 0)
    out["TOOSOON"] = (out["GAP"] < out["NEEDED"]).astype("boolean")
    out["OPENBELOW"] = _open_below(out, status, first=order == 0)
    return out


def _open_below(out: pd.DataFrame, status: pd.DataFrame, first: pd.Series) -> pd.Series:
    """At a level's first dose: subjects of lower levels dosed before whose outcome was not yet known."""
    closed = status["KNOWNDT"].fillna(status["FREEDT"])
    below = status[["GROUP", "LEVEL", "ADLTSDT"]].assign(CLOSED=closed)
    rows = out.loc[first, ["GROUP", "LEVEL", "ADLTSDT"]].reset_index(names="ROW")
    pairs = rows.merge(below, on="GROUP", how="inner", suffixes=("", "_2"), validate="many_to_many")
    pairs = pairs[(pairs["LEVEL_2"] < pairs["LEVEL"]) & (pairs["ADLTSDT_2"] <= pairs["ADLTSDT"])]
    still = pairs[pairs["CLOSED"].isna() | (pairs["CLOSED"] > pairs["ADLTSDT"])]
    return out.index.to_series().map(still.groupby("ROW").size()).astype("Int64").fillna(0)  # nobody open is none


def next_dosing(cut: Cut, status: pd.DataFrame, group: str, recommendation: Recommendation, withheld: bool) -> dict:
    """Whether a new subject may be dosed, at which level, how many, and from which day by the spacing rules.

    Keys: may (bool), level, places, day (NaT: no spacing to wait for), why.
    """
    rule, rec = cut.params.escalation, recommendation
    places = rec.needs if rec.decision is not Decision.WAIT else rec.unfilled
    if withheld or rec.decision not in DOSES_MORE or not places:
        why = (
            "the proposal is withheld"
            if withheld
            else "every slot of the level is taken"
            if rec.decision is Decision.WAIT
            else f"decision {rec.decision}"
        )
        return {"may": False, "level": rec.to_level, "places": 0, "day": pd.NaT, "why": why}
    here = status[status["GROUP"].eq(group).fillna(False) & status["LEVEL"].eq(rec.to_level).fillna(False)]
    if here.empty:
        return {
            "may": True,
            "level": rec.to_level,
            "places": places,
            "day": pd.NaT,
            "why": "first subject of the level, after the committee's decision",
        }
    gap = rule.sentinel_days if len(here) == 1 else rule.next_gap_days
    return {"may": True, "level": rec.to_level, "places": places, "day": here["ADLTSDT"].max() + pd.Timedelta(days=gap),
            "why": f"{gap} days after the latest first dose at this level"}  # fmt: skip
