"""CA-125 response and progression by the GCIG criteria, with who cannot be judged by them, and why.

Source: Rustin et al., Int J Gynecol Cancer 2011;21:419; spec efficacy.md section 6, rulings.md 6.11.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nk521lib.standards.comparison import at_least, at_most
from nk521lib.standards.recist_rules import CR, NE, PR

NO_RESPONSE, AWAITING = "NO RESPONSE", "AWAITING CONFIRMATION"


@dataclass(frozen=True)
class GcigRules:
    """Multiples of the upper limit of normal (ULN), percent and days of the GCIG definitions."""

    evaluable_uln: float = 2.0
    pretreatment_days: int = 14
    response_drop_pct: float = 50.0
    response_days: int = 28
    progression_times: float = 2.0
    progression_confirm_days: int = 7


def derive_interference(
    samples: pd.DataFrame, interventions: pd.DataFrame, days: int = 28, complete: bool = True
) -> pd.Series:
    """Was there interference with peritoneum or pleura in the `days` up to each sample? boolean, as `samples`.

    samples, interventions : SUBJECT, DATE. complete : the list of interventions is known to be whole; without
    that, no record means missing, not False. An undated sample, or an undated intervention of a subject without a
    dated one that decides: missing.
    """
    numbered = samples[["SUBJECT", "DATE"]].reset_index(drop=True).assign(ROW=range(len(samples)))
    pairs = numbered.merge(interventions[["SUBJECT", "DATE"]], on="SUBJECT", suffixes=("", "_DONE"), how="inner")
    elapsed = (pairs["DATE"] - pairs["DATE_DONE"]).dt.days
    near = pairs.loc[elapsed.between(0, days), "ROW"].unique()
    open_question = pairs.loc[pairs["DATE_DONE"].isna(), "ROW"].unique()
    shown = numbered["ROW"].isin(near)
    unknown = ~shown & (numbered["ROW"].isin(open_question) | numbered["DATE"].isna() | (not complete))
    result = shown.astype("boolean").mask(unknown)
    return result.set_axis(samples.index)


def _known(condition: pd.Series) -> pd.Series:
    """Where a three-valued condition is known to hold."""
    return condition.astype("boolean").fillna(False).astype(bool)


def _pretreatment(rows: pd.DataFrame, subjects: pd.DataFrame, rules: GcigRules) -> pd.DataFrame:
    """Last sample of the pretreatment window per subject of `subjects`: VALUE, ULN, INTERFERENCE (NA without one)."""
    age = (rows["START"] - rows["DATE"]).dt.days
    window = rows[age.between(0, rules.pretreatment_days) & rows["VALUE"].notna()]
    last = window.sort_values(["S", "DATE"], kind="stable").drop_duplicates("S", keep="last").set_index("S")
    return last[["VALUE", "ULN", "INTERFERENCE"]].reindex(range(len(subjects)))


def _evaluability(pre: pd.DataFrame, mouse: pd.Series, usable: pd.Series, rules: GcigRules) -> pd.DataFrame:
    """EVALUABLE boolean and EVALUABLE_WHY string: what surely fails first, then what is unknown."""
    interfered = pre["INTERFERENCE"].astype("boolean")
    high_enough = at_least(pre["VALUE"], pre["ULN"] * rules.evaluable_uln)
    why = [
        (mouse.eq(True), "mouse antibody received"),
        (interfered.eq(True), "interference with peritoneum or pleura before the pretreatment sample"),
        (high_enough.eq(False), "pretreatment value below the multiple of ULN"),
        (pre["VALUE"].isna(), "no pretreatment value in the window"),
        (high_enough.isna(), "ULN unknown"),
        (mouse.isna(), "mouse antibody unknown"),
        (interfered.isna(), "interference unknown"),
        (usable.eq(0), "no usable sample after start"),
    ]
    reason = np.select([_known(holds) for holds, _ in why], [text for _, text in why], default="evaluable")
    return pd.DataFrame(
        {
            "EVALUABLE": high_enough & ~mouse & ~interfered,
            "EVALUABLE_WHY": pd.array(reason, dtype="string"),
        }
    )


def _run_of(rows: pd.DataFrame, low: pd.Series, days: int) -> pd.Series:
    """Rows from which every sample is low up to one taken `days` or more later (bool)."""
    run = (~low).astype("int64").groupby(rows["S"]).cumsum()
    last_of_run = rows["DATE"].where(low).groupby([rows["S"], run]).transform("max")
    return low & (last_of_run - rows["DATE"]).dt.days.ge(days)


def _first_date(rows: pd.DataFrame, flag: pd.Series, n: int) -> pd.Series:
    return rows["DATE"].where(flag).groupby(rows["S"]).min().reindex(range(n))


def _progression(rows: pd.DataFrame, pre: pd.DataFrame, rules: GcigRules) -> pd.Series:
    """Rows that begin a confirmed progression (bool), among usable samples after START in date order.

    The reference is ULN once a value was ever normal, before that the lowest value so far.
    """
    by_subject = rows["S"]
    pre_value, pre_uln = by_subject.map(pre["VALUE"]), by_subject.map(pre["ULN"])
    normal = _known(at_most(rows["VALUE"], rows["ULN"])).astype("int64")
    normal_before = (normal.groupby(by_subject).cumsum() - normal).gt(0)
    # a pretreatment value that is missing leaves progression unanswered in derive_gcig, whatever is found here
    was_normal = normal_before | _known(at_most(pre_value, pre_uln))
    lowest_so_far = rows["VALUE"].groupby(by_subject).cummin().groupby(by_subject).shift(1)
    nadir = pd.concat([pre_value, lowest_so_far], axis=1).min(axis=1).astype("Float64")
    reference = rows["ULN"].where(was_normal, nadir)
    high = _known(at_least(rows["VALUE"], reference * rules.progression_times))
    latest_high = rows["DATE"].where(high).groupby(by_subject).transform("max")
    return high & (latest_high - rows["DATE"]).dt.days.ge(rules.progression_confirm_days)


def derive_gcig(samples: pd.DataFrame, subjects: pd.DataFrame, rules: GcigRules | None = None) -> pd.DataFrame:
    """GCIG CA-125 response and progression, one row per subject of `subjects`, in its order.

    samples  : SUBJECT, DATE, VALUE and ULN (Float64, one unit), INTERFERENCE boolean (derive_interference).
    subjects : SUBJECT, START (first treatment), MOUSE_ANTIBODY boolean (received any).

    EVALUABLE boolean, for response: a pretreatment value (last of the 14 days up to START) of 2 x ULN or more, no
    mouse antibody, no interference before it. EVALUABLE_WHY names what fails or is unknown.
    RESPONSE : CR or PR when every sample is at least 50 % below pretreatment up to one taken 28 days or more
    later (CR: also not above ULN); a run is not confirmed over a sample that cannot be used. AWAITING CONFIRMATION when
    the last sample is that low and no sample came late enough to confirm it. NE when not evaluable
    or unknown, or when nothing was found and some sample could not be used. RESPONSE_DATE : first of the run.
    PROGRESSION boolean, PROGRESSION_DATE: two values a week or more apart of twice ULN (normal before treatment or
    since) or twice the lowest value so far. Missing when unknown: no pretreatment value, mouse antibody,
    interference, or no usable sample; a progression found stands although other samples could not be used.
    Usable: dated, with value and ULN, known to be free of interference. USABLE Int64 counts them after START.
    Raises ValueError for repeated subjects.
    """
    rules = rules or GcigRules()
    if subjects["SUBJECT"].duplicated().any() or subjects["SUBJECT"].isna().any():
        raise ValueError("subjects: one row per SUBJECT expected")
    n = len(subjects)
    who = subjects[["SUBJECT", "START"]].assign(S=range(n))
    rows = samples.merge(who, on="SUBJECT", how="inner", validate="many_to_one")
    positive = {name: rows[name].astype("Float64").where(_known(rows[name].gt(0))) for name in ("VALUE", "ULN")}
    rows = rows.assign(**positive)
    pre = _pretreatment(rows, subjects, rules)
    mouse = subjects["MOUSE_ANTIBODY"].astype("boolean").reset_index(drop=True)

    after = rows[rows["DATE"].gt(rows["START"])].sort_values(["S", "DATE"], kind="stable", ignore_index=True)
    usable = _known(after["INTERFERENCE"].eq(False)) & after["VALUE"].notna() & after["ULN"].notna()
    limit = after["S"].map(pre["VALUE"]) * (1 - rules.response_drop_pct / 100)
    low = _known(at_most(after["VALUE"], limit)) & usable
    normal = low & _known(at_most(after["VALUE"], after["ULN"]))
    pr_date = _first_date(after, _run_of(after, low, rules.response_days), n)
    cr_date = _first_date(after, _run_of(after, normal, rules.response_days), n)

    still_low = np.bincount(after.loc[low & ~after["S"].duplicated(keep="last"), "S"], minlength=n) > 0

    out = pd.DataFrame({"SUBJECT": subjects["SUBJECT"].to_numpy()}).astype({"SUBJECT": "string"})
    out["USABLE"] = pd.array(np.bincount(after.loc[usable, "S"], minlength=n), dtype="Int64")
    out = out.join(_evaluability(pre, mouse, out["USABLE"], rules))
    judged = _known(out["EVALUABLE"]) & _known(out["USABLE"].gt(0))
    unread = rows["DATE"].isna() | rows["START"].isna()
    skipped = np.bincount(after.loc[~usable, "S"], minlength=n) + np.bincount(rows.loc[unread, "S"], minlength=n)
    response = np.select(
        [~judged, cr_date.notna(), pr_date.notna(), skipped > 0, still_low],
        [NE, CR, PR, NE, AWAITING],
        default=NO_RESPONSE,
    )
    out["RESPONSE"] = pd.array(response, dtype="string")
    out["RESPONSE_DATE"] = pr_date.where(out["RESPONSE"].isin([CR, PR]))

    steps = after[usable].reset_index(drop=True)
    progression_date = _first_date(steps, _progression(steps, pre, rules), n)
    answerable = _known(~mouse) & _known(~pre["INTERFERENCE"].astype("boolean")) & _known(out["USABLE"].gt(0))
    answerable &= pre["VALUE"].notna() & pre["ULN"].notna()
    progressed = progression_date.notna()
    out["PROGRESSION"] = progressed.astype("boolean").mask(~answerable | (~progressed & (skipped > 0)))
    out["PROGRESSION_DATE"] = progression_date.where(_known(out["PROGRESSION"]))
    return out
