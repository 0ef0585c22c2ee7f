"""The DLT window of every dosed subject: from when to when, doses and contacts in it, who left it and how.

Source: spec escalation.md section 5, rulings.md 3.2, 3.4, 3.5.
"""

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import death_records
from nk521lib.chapters.subjects import derive_doses, derive_subjects, dispositions
from nk521lib.cut import Cut, read_once
from nk521lib.standards.comparison import at_least
from nk521lib.three_valued import either, surely

_NOT_AN_EXIT = ("COMPLETED", "DEATH", "SCREEN FAILURE")
_CONTACTS = (("SV", "SVSTDTC"), ("VS", "VSDTC"), ("LB", "LBDTC"), ("EX", "EXSTDTC"))
_NOT_DONE = {"SV": ("SVOCCUR", "N"), "VS": ("VSSTAT", "NOT DONE"), "LB": ("LBSTAT", "NOT DONE")}


def derive_windows(cut: Cut, adsl: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per dosed subject with a group and a level, in the order of `derive_subjects`.

    USUBJID GROUP LEVEL (assigned) LEVELTRT (received) LEVELCNT (the one that counts, `underdosed_rule`);
    ADLTSDT ADLTEDT first and last day, TRTEDT last dose so far; ADLTCMP (boolean) the last day is not after the cut-off;
    NDOSEWIN doses surely in the window, NFULLWIN surely full ones of them, NFULLMAX those that may be (amount or day unknown);
    NDUE planned doses in the window whose permitted days have passed, NMISSED of them surely not given;
    LASTCON latest contact in SV, VS, LB or EX; FOLLOWED (boolean) a contact on or after the last day;
    EXITDT first day of an exit before the last day, EXITIN (boolean, NA where a partial date leaves it open), EXITWHY EXITSEQ its
    reason and record;
    DEATHDT and DEATHIN (boolean, NA likewise): a death in the window, whatever its source.
    """
    params, adsl = cut.params, derive_subjects(cut) if adsl is None else adsl
    placed = adsl["SAFFL"].eq("Y").fillna(False) & adsl["GROUP"].notna() & adsl["LEVEL"].notna()
    placed &= adsl["TRTSDTF"].isna()  # without the day of the first dose there is no window; check_placed says so
    out = adsl.loc[
        placed, ["USUBJID", "GROUP", "LEVEL", "LEVELTRT", "TRTSDT", "TRTEDT", "EOSDT", "LSTALVDT"]
    ].reset_index(drop=True)
    received = out["LEVELTRT"].fillna(out["LEVEL"])
    out["LEVELCNT"] = received if params.escalation.underdosed_rule == "level_received" else out["LEVEL"]
    doses = derive_doses(cut)
    doses = doses[doses["USUBJID"].isin(out["USUBJID"])]
    out["ADLTSDT"] = out["TRTSDT"]
    out["ADLTEDT"] = _last_day(out, doses, params)
    out["ADLTCMP"] = (out["ADLTEDT"] <= cut.cutoff).astype("boolean")
    out = _count_doses(out, doses, params)
    out["NDUE"] = _due(out, params, cut.cutoff)
    out["NMISSED"] = (out["NDUE"] - out.pop("NDOSEMAX")).clip(lower=0)
    out["LASTCON"] = _day(out, _contacts(cut)["DAY"])
    slack = pd.Timedelta(days=params.escalation.followup_slack_days)
    # No contact at all is known: nobody was seen at the end of the window.
    out["FOLLOWED"] = (out["LASTCON"] >= out["ADLTEDT"] - slack).astype("boolean").fillna(False)
    out = _exits(cut, out)
    return _deaths(cut, out).drop(columns=["TRTSDT", "EOSDT", "LSTALVDT"])


def _last_day(out: pd.DataFrame, doses: pd.DataFrame, params) -> pd.Series:
    """Last day of the window; while the anchor dose is still to come, counted from its planned day."""
    window, planned_days = params.escalation.dlt_window, params.trial.dose_days
    length = pd.Timedelta(days=window.days - 1)
    if window.anchor == "first_dose":
        anchor = out["TRTSDT"]
    else:
        wanted = params.trial.cycle1_doses if window.anchor == "last_dose_cycle1" else len(planned_days)
        counted = doses[doses["DOSENO"] <= wanted].groupby("USUBJID")["HIGH"]
        last, given = _day(out, counted.max()), per_subject(out["USUBJID"], counted.size(), "Int64")
        planned = out["TRTSDT"] + pd.Timedelta(days=planned_days[wanted - 1] - 1)
        anchor = last.where((given >= wanted) | out["EOSDT"].notna(), np.maximum(last, planned))
    end = anchor + length
    if params.escalation.extend_for_delay:
        end = end + pd.to_timedelta(_delay(out, doses, end, params), unit="D")
    return end.astype("datetime64[s]")


def _delay(out: pd.DataFrame, doses: pd.DataFrame, end: pd.Series, params) -> pd.Series:
    """Days by which the latest-running dose of the window came after its planned day."""
    planned = dict(enumerate(params.trial.dose_days, 1))
    rows = doses.merge(out[["USUBJID", "TRTSDT"]].assign(END=end), on="USUBJID", how="inner", validate="many_to_one")
    due = rows["TRTSDT"] + pd.to_timedelta(rows["DOSENO"].map(planned).astype("Float64") - 1, unit="D")
    late = (rows["HIGH"] - due).dt.days.where(due <= rows["END"])
    worst = late.groupby(rows["USUBJID"]).max().clip(lower=0)
    return per_subject(out["USUBJID"], worst, "Float64").fillna(
        0
    )  # a dose beyond the plan has no planned day and delays nothing


def _count_doses(out: pd.DataFrame, doses: pd.DataFrame, params) -> pd.DataFrame:
    levels = dict(enumerate(params.trial.levels, 1))
    of = out[["USUBJID", "LEVELCNT", "ADLTSDT", "ADLTEDT"]]
    inside = doses.merge(of, on="USUBJID", how="inner", validate="many_to_one")
    inside = inside[inside["LOW"] <= inside["ADLTEDT"]]  # surely or possibly
    surely = inside["HIGH"] <= inside["ADLTEDT"]
    target = inside["LEVELCNT"].map(levels).astype("Float64")
    full = at_least(inside["CELLS"], params.escalation.full_dose_fraction * target)
    counts = {
        "NDOSEWIN": surely,
        "NDOSEMAX": pd.Series(True, index=inside.index),
        "NFULLWIN": full.fillna(False) & surely,  # an unknown amount is not surely full …
        "NFULLMAX": full.fillna(True),  # … and may be
    }
    for name, counted in counts.items():
        found = counted.astype(int).groupby(inside["USUBJID"]).sum()
        out[name] = per_subject(out["USUBJID"], found, "Int64").fillna(0)  # no row is no dose
    return out


def _due(out: pd.DataFrame, params, cutoff: pd.Timestamp) -> pd.Series:
    """Planned doses of the window whose last permitted day has passed."""
    slack = params.trial.dose_window_days
    due = pd.Series(0, index=out.index, dtype="Int64")
    for day in params.trial.dose_days:
        planned = out["ADLTSDT"] + pd.Timedelta(days=day - 1)
        passed = (planned <= out["ADLTEDT"]) & (planned + pd.Timedelta(days=slack) <= cutoff)
        due = due + passed.astype("Int64")
    return due


@read_once
def _contacts(cut: Cut) -> pd.DataFrame:
    """DAY of the latest contact, index USUBJID."""
    found = []
    for domain, variable in _CONTACTS:
        frame = cut[domain]
        if domain in _NOT_DONE:
            column, value = _NOT_DONE[domain]
            frame = frame[frame[column].str.upper().ne(value).fillna(True)]  # a status that is not given was done
        found.append(frame[["USUBJID"]].assign(DAY=dates.earliest(frame[variable])))
    return pd.concat(found, ignore_index=True).dropna(subset=["DAY"]).groupby("USUBJID").max()


def _exits(cut: Cut, out: pd.DataFrame) -> pd.DataFrame:
    """Left early: a disposition event, other than completion or death, before the last day of the window."""
    rows = _exit_records(cut).merge(out[["USUBJID", "ADLTEDT"]], on="USUBJID", how="inner", validate="many_to_one")
    rows["IN"] = either(rows["HIGH"] < rows["ADLTEDT"], rows["LOW"] >= rows["ADLTEDT"])
    out["EXITIN"] = _any(out, rows)
    first = (
        rows[rows["IN"].fillna(True)].sort_values("LOW", kind="stable").drop_duplicates("USUBJID").set_index("USUBJID")
    )
    out["EXITDT"] = _day(out, first["LOW"])
    out["EXITWHY"] = per_subject(out["USUBJID"], first["DSDECOD"], "string")
    out["EXITSEQ"] = per_subject(out["USUBJID"], first["DSSEQ"], "Int64")
    return out


@read_once
def _exit_records(cut: Cut) -> pd.DataFrame:
    """USUBJID DSDECOD DSSEQ LOW HIGH: disposition events that end the treatment or the study, as intervals."""
    ds = dispositions(cut)
    ds = ds[~ds["DSDECOD"].str.upper().isin(_NOT_AN_EXIT)]
    days = {"LOW": dates.earliest(ds["DSSTDTC"]), "HIGH": dates.latest(ds["DSSTDTC"])}
    return ds[["USUBJID", "DSDECOD", "DSSEQ"]].assign(**days)


def _deaths(cut: Cut, out: pd.DataFrame) -> pd.DataFrame:
    """A source that says when decides, the others may only leave it open."""
    rows = death_records(cut)[["USUBJID", "LOW", "HIGH"]].merge(
        out[["USUBJID", "ADLTSDT", "ADLTEDT", "LSTALVDT"]], on="USUBJID", how="inner", validate="many_to_one"
    )
    low = np.fmax(rows["LOW"], rows["LSTALVDT"])
    # What is known at the cut-off happened by the cut-off.
    rows["HIGH"] = rows["HIGH"].fillna(cut.cutoff)
    inside = rows["HIGH"] <= rows["ADLTEDT"]
    rows["IN"] = either(inside, (low > rows["ADLTEDT"]) & ~inside)
    said_when = rows[rows["IN"].notna()]
    decided = set(said_when["USUBJID"])
    rows = rows[rows["IN"].notna() | ~rows["USUBJID"].isin(decided)]
    out["DEATHIN"] = _any(out, rows)
    out["DEATHDT"] = _day(out, rows.groupby("USUBJID")["HIGH"].min())
    return out


def _any(out: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Per subject, Kleene OR of rows["IN"]; False where a subject has no row."""
    yes = out["USUBJID"].isin(rows.loc[surely(rows["IN"]), "USUBJID"])
    return either(yes, ~yes & ~out["USUBJID"].isin(rows.loc[rows["IN"].isna(), "USUBJID"]))


def per_subject(keys: pd.Series, found: pd.Series, dtype: str = "datetime64[s]") -> pd.Series:
    """The value found for each subject (found : indexed by USUBJID, each once), missing where there is none."""
    return pd.Series(found.reindex(keys).array, index=keys.index).astype(dtype)


def _day(out: pd.DataFrame, found: pd.Series) -> pd.Series:
    return per_subject(out["USUBJID"], found)
