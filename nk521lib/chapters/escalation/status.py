"""One DLT status per dosed subject, with its reason and the records behind it: the `addlt` dataset.

Source: spec escalation.md sections 2 and 5, rulings.md 3.1 to 3.6, outputs.md section 3.
"""

import numpy as np
import pandas as pd

from nk521lib.chapters.escalation.events import CANDIDATE, DLT, derive_dlt_events
from nk521lib.chapters.escalation.window import derive_windows, per_subject
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.terms import DltStatus
from nk521lib.three_valued import surely

ADDLT = ("USUBJID", "GROUP", "LEVEL", "ADLTSDT", "ADLTEDT", "NDOSEWIN", "STATUS", "REASON", "SRCIDS")
"""Columns of the published dataset; those that the page needs follow them."""


def derive_dlt_status(
    cut: Cut, windows: pd.DataFrame | None = None, events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per dosed subject with a group and a level.

    The columns of `ADDLT`, then NFULLWIN (surely full doses), EVALFL (Y: in the denominator n), REPLFL (Y: not counted,
    the slot is free), DAYSLEFT (days to the end of an open window, 0 once it is over), KNOWNDT (day from which the
    outcome was known, NaT while it is open), FREEDT (day the slot of a NONEVAL became free), LEVELCNT (level it counts at).
    """
    windows = derive_windows(cut) if windows is None else windows
    events = derive_dlt_events(cut, windows) if events is None else events
    out = windows.copy()
    rule = cut.params.escalation
    dlt, candidate = (events[events["VERDICT"].eq(v)] for v in (DLT, CANDIDATE))
    spoilt = set(
        events.loc[
            events["DOSECHG"].fillna(False) & events["ONSET"].fillna(True) & events["COMMITTEE"].isna(), "USUBJID"
        ]
    )
    judged_death = set(events.loc[events["SRC"].eq("DM") & events["COMMITTEE"].eq("N").fillna(False), "USUBJID"])
    by_toxicity, died = out["USUBJID"].isin(spoilt), out["USUBJID"].isin(judged_death)
    left, left_perhaps = out["EXITIN"].fillna(False), out["EXITIN"].isna()
    over, followed = out["ADLTCMP"].astype(bool), out["FOLLOWED"].astype(bool)
    few = (out["NFULLMAX"] < rule.dlt_min_doses).astype(bool)
    enough = (out["NFULLWIN"] >= rule.dlt_min_doses).astype(bool)
    doses = out["NFULLWIN"].astype("string") + f" full doses in the window, {rule.dlt_min_doses} needed"
    tests = [
        (out["USUBJID"].isin(dlt["USUBJID"]), DltStatus.DLT, _said(out, dlt)),
        (out["USUBJID"].isin(candidate["USUBJID"]), DltStatus.CANDIDATE, _said(out, candidate)),
        (left & by_toxicity, DltStatus.CANDIDATE, "left early after a dose was missed, stopped or cut for related toxicity"),
        (died, DltStatus.NONEVAL, "died in the window, judged no DLT by the committee"),
        (left, DltStatus.NONEVAL, "left early: " + out["EXITWHY"].str.lower().fillna("reason not recorded")),
        (~over, DltStatus.PENDING, "window open"),
        (left_perhaps, DltStatus.PENDING, "date of leaving not known exactly"),
        (~followed, DltStatus.PENDING, "no contact at window end"),
        (few & by_toxicity, DltStatus.CANDIDATE, doses + "; missed, stopped or cut for related toxicity"),
        (few, DltStatus.NONEVAL, doses),
        (~enough, DltStatus.PENDING, "amount or day of a dose not known"),
        (pd.Series(True, index=out.index), DltStatus.CLEAR, "window complete without DLT"),
    ]  # fmt: skip
    first = np.argmax(
        [surely(holds) for holds, _, _ in tests], axis=0
    )  # the first test that holds; the last always does
    reasons = [reason if isinstance(reason, str) else reason.to_numpy(object, na_value=None) for _, _, reason in tests]
    said = [reasons[test] if isinstance(reasons[test], str) else reasons[test][row] for row, test in enumerate(first)]
    out["STATUS"] = pd.Series([tests[test][1].value for test in first], index=out.index, dtype="string")
    out["REASON"] = pd.Series(said, index=out.index, dtype="string")
    out["SRCIDS"] = _sources(cut, out, dlt, candidate)
    out["EVALFL"] = _flag(out["STATUS"].isin([DltStatus.DLT, DltStatus.CLEAR]))
    out["REPLFL"] = _flag(out["STATUS"].eq(DltStatus.NONEVAL) & rule.replace_nonevaluable)
    left_days = (out["ADLTEDT"] - cut.cutoff).dt.days.clip(lower=0).astype("Int64")
    open_ = out["STATUS"].isin([DltStatus.PENDING, DltStatus.CANDIDATE])
    out["DAYSLEFT"] = left_days.where(open_)
    out["KNOWNDT"] = _known_from(out, dlt, events)
    exit_or_end = out["EXITDT"].where(left, out["DEATHDT"].where(died, out["ADLTEDT"]))
    out["FREEDT"] = exit_or_end.where(out["STATUS"].eq(DltStatus.NONEVAL)).astype("datetime64[s]")
    extra = ["NFULLWIN", "EVALFL", "REPLFL", "DAYSLEFT", "KNOWNDT", "FREEDT", "LEVELTRT", "LEVELCNT", "NDUE", "NMISSED",
             "LASTCON", "TRTEDT"]  # fmt: skip
    return out[[*ADDLT, *extra]]


def _said(out: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Per subject what its events say, each as `Diarrhoea grade 3 (D02, machine screen)`."""
    grade = (" grade " + events["SCALE"].astype("string")).where(events["SRC"].eq("AE"), "")
    grade = grade.fillna(" grade unknown")
    by = {"COMMITTEE": "committee", "INVESTIGATOR": "investigator", "MACHINE": "machine screen"}
    clauses = (events["CLAUSES"].str.replace(";", ", ") + ", ").where(events["CLAUSES"].fillna("").ne(""), "")
    when = pd.Series("", index=events.index, dtype="string").mask(
        events["ONSET"].isna() & events["SRC"].ne("ADJUD"), ", may lie in the window"
    )
    text = events["TERM"].fillna("uncoded event") + grade + " (" + clauses + events["BASIS"].map(by) + when + ")"
    joined = text.groupby(events["USUBJID"], sort=False).agg("; ".join)
    return per_subject(out["USUBJID"], joined, "string")


def _sources(cut: Cut, out: pd.DataFrame, dlt: pd.DataFrame, candidate: pd.DataFrame) -> pd.Series:
    """Record ids: the deciding events where there are any, then the doses of the window, then the exit."""
    deciding = pd.concat([dlt, candidate[~candidate["USUBJID"].isin(dlt["USUBJID"])]])
    doses = derive_doses(cut)
    inside = doses[doses["LOW"] <= per_subject(doses["USUBJID"], out.set_index("USUBJID")["ADLTEDT"])]
    left = out[out["STATUS"].eq(DltStatus.NONEVAL) & out["EXITIN"].fillna(False)]
    found: dict[str, dict[str, None]] = {}  # a dict keeps each id once, in the order of the records
    for who, source, seq in (
        (deciding["USUBJID"], deciding["SRC"], (":" + deciding["SEQ"].astype("string")).fillna("")),
        (inside["USUBJID"], ["EX:"] * len(inside), inside["EXSEQ"].astype("string")),
        (left["USUBJID"], ["DS:"] * len(left), left["EXITSEQ"].astype("string")),
    ):
        for usubjid, prefix, number in zip(who, source, seq, strict=True):
            found.setdefault(usubjid, {})[prefix + number] = None
    ids = [";".join(found[usubjid]) if usubjid in found else None for usubjid in out["USUBJID"]]
    return pd.Series(ids, index=out.index, dtype="string")


def _known_from(out: pd.DataFrame, dlt: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """The day an outcome was known: onset of the first DLT; end of the window, or a later judgement, of a CLEAR.

    A DLT without any onset date is taken as known from its judgement, else from the end of the window.
    """
    onset = dlt["LOW"].fillna(dlt["ADJDT"])
    first = per_subject(out["USUBJID"], onset.groupby(dlt["USUBJID"]).min()).fillna(out["ADLTEDT"])
    cleared = events[events["COMMITTEE"].eq("N").fillna(False) & events["SCREEN"].fillna(True)]
    judged = per_subject(out["USUBJID"], cleared.groupby("USUBJID")["ADJDT"].max())
    clear = np.fmax(out["ADLTEDT"], judged)
    known = first.where(out["STATUS"].eq(DltStatus.DLT), clear)
    return known.where(out["STATUS"].isin([DltStatus.DLT, DltStatus.CLEAR]))


def _flag(condition: pd.Series) -> pd.Series:
    return pd.Series("Y", index=condition.index, dtype="string").where(condition)
