"""Where a measurement lies between first dose and end of the safety window, three-valued.

Source: spec safety.md section 1, rulings.md 5.2 and 5.3.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut

_BEFORE = r"\bPRE[- ]?(?:DOSE|INFUSION|TREATMENT)|\bBEFORE (?:DOSE|INFUSION|TREATMENT)"
_AFTER = r"\bPOST[- ]?(?:DOSE|INFUSION|TREATMENT)|\bAFTER (?:DOSE|INFUSION|TREATMENT)|\bEND OF INFUSION"
"""Timepoint labels that speak of the dose; others, such as a posture, only tell series of readings apart."""

TIMING = ["ADT", "ADTM", "ADY", "PREDOSE", "ONTRT", "BYSEQ", "SERIES"]


def safety_set(adsl: pd.DataFrame) -> pd.DataFrame:
    """Subjects with at least one dose, in the order of `derive_subjects`."""
    return adsl[adsl["SAFFL"].isin(["Y"])].reset_index(drop=True)


def first_moments(cut: Cut) -> pd.Series:
    """First dose of each dosed subject, to the minute where its time is known, else the first day it can be; by USUBJID."""
    doses = derive_doses(cut)
    first, earliest = doses.drop_duplicates("USUBJID").set_index("USUBJID"), doses.groupby("USUBJID")["LOW"].min()
    return first["MOMENT"].fillna(first["LOW"]).mask(earliest < first["LOW"], earliest)


def by_subject(subject: pd.Series, found: pd.Series) -> pd.Series:
    """A value looked up by USUBJID (unique index of `found`), in its own type, missing where there is none."""
    return pd.Series(found.reindex(subject.array).array, index=subject.index)


def derive_timing(cut: Cut, adsl: pd.DataFrame, records: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """When each record of a findings domain was taken, on the index of `records`.

    records : USUBJID, and --TESTCD, --DTC, --TPT, --TPTNUM, --SEQ of `prefix`.
    Returns ADT (day, NaT when partial), ADTM (moment, NaT without a time), ADY, PREDOSE (boolean, NA when it cannot be told or
    the subject was never dosed), ONTRT (boolean: after the first dose and up to last dose + teae_end_days), BYSEQ (the
    order of --SEQ had to decide on the day of the first dose) and SERIES (posture or other timepoint, "" without one).
    """
    at = adsl.set_index("USUBJID")
    subject = records["USUBJID"]
    text = records[f"{prefix}DTC"]
    low, high, moment = dates.earliest(text), dates.latest(text), dates.moment(text)
    day = by_subject(subject, at["TRTSDT"])
    label = records[f"{prefix}TPT"].str.upper()
    before_label = label.str.contains(_BEFORE, regex=True).fillna(False)
    after_label = label.str.contains(_AFTER, regex=True).fillna(False)
    number = records[f"{prefix}TPTNUM"].where(label.isna())  # a number alone is taken as hours from the dose
    out = pd.DataFrame({"ADT": low.where(low == high), "ADTM": moment})
    out["ADY"] = dates.study_day(out["ADT"], day)
    out["SERIES"] = label.where(~before_label & ~after_label).fillna("").astype("string")

    predose = pd.Series(pd.NA, index=records.index, dtype="boolean")
    vague = by_subject(subject, at["TRTSDTF"]).notna()
    latest = by_subject(subject, derive_doses(cut).groupby("USUBJID")["HIGH"].min()).where(vague, day)
    predose = predose.mask(high < day, True).mask(low > latest, False)
    same = (out["ADT"] == day).astype(bool) & ~vague
    labelled = (
        (before_label | (number <= 0).fillna(False)).astype(bool),
        (after_label | (number > 0).fillna(False)).astype(bool),
    )
    dosed_at = by_subject(subject, first_moments(cut))
    timed = same & moment.notna() & (dosed_at != day)
    in_order, alone = _by_sequence(records, prefix, out, same & ~labelled[0] & ~labelled[1] & ~timed)
    predose = predose.mask(same & in_order.notna(), in_order)
    predose = predose.mask(timed, moment < dosed_at)
    predose = predose.mask(same & labelled[0], True).mask(same & labelled[1], False)
    out["PREDOSE"] = predose
    out["BYSEQ"] = (in_order.notna() & ~alone).astype("boolean")
    end = by_subject(subject, at["TRTEDT"]) + pd.Timedelta(days=cut.params.safety.teae_end_days)
    out["ONTRT"] = ~predose & dates.on_or_before(low, high, end)
    return out[TIMING]


def _by_sequence(
    records: pd.DataFrame, prefix: str, out: pd.DataFrame, undecided: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Records of the first dose day that nothing else places: the lowest --SEQ of a series is before the dose."""
    rows = records.loc[undecided, ["USUBJID", f"{prefix}TESTCD", f"{prefix}SEQ"]].join(out["SERIES"])
    series = rows.groupby(["USUBJID", f"{prefix}TESTCD", "SERIES"], dropna=False)[f"{prefix}SEQ"]
    first = (rows[f"{prefix}SEQ"] == series.transform("min")).astype("boolean")
    single = series.transform("size") == 1
    before = pd.Series(pd.NA, index=records.index, dtype="boolean")
    before.loc[rows.index] = first | single
    alone = pd.Series(False, index=records.index)
    alone.loc[rows.index] = single
    return before, alone


def flag_baseline(records: pd.DataFrame, by: list[str], value: str = "AVAL") -> pd.Series:
    """Y on the last record with a value before the first dose, of each key; of one moment the later row."""
    candidates = records[records["PREDOSE"].fillna(False) & records[value].notna()]
    candidates = candidates.assign(_AT=candidates["ADTM"].fillna(candidates["ADT"]))
    last = candidates.sort_values("_AT", kind="stable", na_position="first").drop_duplicates(by, keep="last").index
    flag = pd.Series(pd.NA, index=records.index, dtype="string")
    flag.loc[last] = "Y"
    return flag


def from_baseline(records: pd.DataFrame, by: list[str], columns: dict[str, str]) -> pd.DataFrame:
    """Values of the baseline record, beside every record of its key. columns : column of the record -> name beside."""
    base = records.loc[records["ABLFL"].isin(["Y"]), [*by, *columns]].rename(columns=columns)
    found = records[by].merge(base, on=by, how="left", validate="many_to_one")
    return found[list(columns.values())].set_axis(records.index)
