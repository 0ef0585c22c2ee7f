"""Adverse events of dosed subjects as the DLT screen reads them: relation, grade, onset in the window, duration.

Everything doubtful stays open: onset and duration are intervals, their answers three-valued.
Source: spec escalation.md section 6, rulings.md 3.3, 5.1, section 1 (relation).
"""

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import fatal
from nk521lib.chapters.escalation.window import per_subject
from nk521lib.cut import Cut
from nk521lib.three_valued import surely

_RELATIONS = frozenset({"RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED"})
_DAY = pd.Timedelta(days=1)
_LATEST = np.iinfo("int64").max


def read_adverse_events(cut: Cut, windows: pd.DataFrame) -> pd.DataFrame:
    """One row per AE record of the subjects in `windows`, in the order of the domain; their windows are not looked at.

    USUBJID SEQ TERM (as reported) PT (capitals; the reported term where uncoded) ACTION; GRADE CRSGRADE ICANSGRADE
    (Int64, NA unknown); RELATED UNMAPPED FATAL (boolean); LOW HIGH first and last day of onset, ENDLOW ENDHIGH of the
    end; EPISODE, one number for the records of one event;
    SCALE the grade on the event's own scale and EPGRADE its highest in the episode (NA where a grade is unknown);
    shortest and longest days (Float64) at grade k or more, GkLOW GkHIGH for k = 2, 3, 4, and EPLOW EPHIGH from the
    first grade 3 to the end of the episode.
    """
    ae = cut["AE"].merge(windows[["USUBJID", "GROUP", "LEVEL"]], on="USUBJID", how="inner", validate="many_to_one")
    out = ae[["USUBJID", "GROUP", "LEVEL", "AEGRPID"]].copy()
    out["SEQ"], out["TERM"] = ae["AESEQ"], ae["AEDECOD"].fillna(ae["AETERM"])
    out["PT"] = out["TERM"].str.upper().str.strip()
    out["ACTION"] = ae["AEACN"].str.upper().str.strip()
    out["GRADE"] = _grade(ae["AETOXGR"])
    out["CRSGRADE"], out["ICANSGRADE"] = (_grade(ae[v]).fillna(out["GRADE"]) for v in ("CRSGR", "ICANSGR"))
    # A grade on its own scale is read for that event alone; a fever that carries the grade of its CRS is a fever.
    own = {"CRSGR": cut.params.terms.crs, "ICANSGR": cut.params.terms.icans}
    out["SCALE"], out["OWNSCALE"] = out["GRADE"], pd.Series(False, index=out.index, dtype="boolean")
    for variable, names in own.items():
        grade = _grade(ae[variable])
        graded = out["PT"].isin(names) & grade.notna()
        out["SCALE"] = out["SCALE"].mask(graded, grade)
        out["OWNSCALE"] = out["OWNSCALE"] | graded
    out["RELATED"], out["UNMAPPED"] = _relation(ae, cut.params.data)
    out["FATAL"] = fatal(ae).astype("boolean")
    out["INVESTIG"], out["COMMITTEE"] = (
        ae[v].str.upper().where(ae[v].str.upper().isin(["Y", "N"])) for v in ("AEDLT", "AEDLTADJ")
    )
    out["LOW"], out["HIGH"] = dates.earliest(ae["AESTDTC"]), dates.latest(ae["AESTDTC"])
    out["ENDLOW"], out["ENDHIGH"] = dates.earliest(ae["AEENDTC"]), dates.latest(ae["AEENDTC"])
    out["START"], out["END"] = dates.moment(ae["AESTDTC"]), dates.moment(ae["AEENDTC"])
    out["ONGOING"] = ae["AEENDTC"].isna() & (
        ae["AEENRTPT"].str.upper().eq("ONGOING").fillna(False)
        | ae["AEOUT"].str.upper().str.startswith(("NOT RECOVERED", "RECOVERING")).fillna(False)
    )
    # An episode is the records of one AEGRPID; a record without one is an episode of its own.
    grouped = out[out["AEGRPID"].notna()].groupby(["USUBJID", "AEGRPID"]).ngroup()
    out["EPISODE"] = (
        grouped.reindex(out.index).fillna(pd.Series(-1 - np.arange(len(out)), index=out.index)).astype("int64")
    )
    return _durations(out, cut.cutoff)


def in_windows(cut: Cut, adverse: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The frame of `read_adverse_events` with ADLTSDT and ADLTEDT of each subject, ONSET (boolean, NA = may lie in the
    window) and AFTER (boolean, surely after it)."""
    ends = windows[["USUBJID", "ADLTSDT", "ADLTEDT"]]
    out = adverse.merge(ends, on="USUBJID", how="left", validate="many_to_one")
    return _onset(out, _first_moment(cut, out), cut.params.safety.worsening_unknown == "not_teae")


def _grade(text: pd.Series) -> pd.Series:
    """1 to 5; anything else is an unknown grade."""
    return pd.to_numeric(text.where(text.str.fullmatch("[1-5]").fillna(False))).astype("Int64")


def _relation(ae: pd.DataFrame, data) -> tuple[pd.Series, pd.Series]:
    """Related to the product or to its route of administration; empty and unmapped values count as related."""
    said = ae["AEREL"].str.upper().str.strip().replace(data.relation_map)
    route = ae["AERELPR"].str.upper().str.strip().replace({"Y": "RELATED", "N": "NOT RELATED"} | data.relation_map)
    unmapped = (said.notna() & ~said.isin(_RELATIONS)) | (route.notna() & ~route.isin(_RELATIONS))
    to_product = said.isna() | said.isin(data.related_values)
    return (to_product | route.isin(data.related_values) | unmapped).astype("boolean"), unmapped.astype("boolean")


def _first_moment(cut: Cut, out: pd.DataFrame) -> pd.Series:
    """Date and time of each subject's first dose, NaT without a time."""
    ex = cut["EX"]
    first = dates.moment(ex["EXSTDTC"]).groupby(ex["USUBJID"]).min()
    return per_subject(out["USUBJID"], first)


def _onset(out: pd.DataFrame, dosed_at: pd.Series, only_known_rise: bool) -> pd.DataFrame:
    """Onset in the window. What began before the first dose has its onset there only as a rise in grade."""
    first, last = out["ADLTSDT"], out["ADLTEDT"]
    before = (out["HIGH"] < first) | ((out["START"] < dosed_at) & (out["LOW"] == first))
    ended_before = out["ENDHIGH"] < first
    onset = dates.within(out["LOW"], out["HIGH"], first, last)
    members = out.groupby("EPISODE")["SEQ"].transform("size")
    # One record of unknown initial grade that went on past the first dose may have worsened then.
    onset = onset.mask(before & (members == 1), False if only_known_rise else pd.NA)
    grade_before = out["GRADE"].where(before).groupby(out["EPISODE"]).transform("max")
    grouped = (members > 1) & before.groupby(out["EPISODE"]).transform("any")
    rose = out["GRADE"] > grade_before
    onset = onset.mask(grouped, onset & rose).mask(grouped & before, False)
    out["ONSET"] = onset.mask(ended_before, False).astype("boolean")
    out["AFTER"] = (out["LOW"] > last).astype("boolean")
    return out


def _durations(out: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    by = out["EPISODE"]
    any_unknown = out["SCALE"].isna().groupby(by).transform("any")
    out["EPGRADE"] = out["SCALE"].groupby(by).transform("max").mask(any_unknown)
    everything = pd.Series(True, index=out.index)
    for grade in (2, 3, 4):
        severe = (out["SCALE"] >= grade).fillna(True)  # a grade that is not known may have been severe
        out[f"G{grade}LOW"], out[f"G{grade}HIGH"] = _spread(out, by, severe, severe, cutoff)
    severe = (out["SCALE"] >= 3).fillna(True)
    out["EPLOW"], out["EPHIGH"] = _spread(out, by, severe, everything, cutoff)
    return out


def _spread(out: pd.DataFrame, by: pd.Series, starts: pd.Series, ends: pd.Series, cutoff: pd.Timestamp):
    """Shortest and longest days from the first start among `starts` to the last end among `ends`, per episode.

    Whole days between dates; to the minute where both times are known. Ongoing lasts at least to the cut-off.
    """

    episode = pd.factorize(by, use_na_sentinel=False)[0]

    def edge(values: pd.Series, rows: pd.Series, later: bool) -> pd.Series:
        """Of each episode the latest (earliest) of these rows; one missing edge leaves the whole open."""
        at, counted = values.to_numpy("datetime64[s]").astype("int64"), surely(rows)
        best = np.full(len(episode), dates.MISSING if later else _LATEST)
        (np.maximum if later else np.minimum).at(best, episode[counted], at[counted])
        open_ = np.bincount(episode[counted & (at == dates.MISSING)], minlength=len(episode)) > 0
        none = np.bincount(episode[counted], minlength=len(episode)) == 0
        found = np.where(open_ | none, dates.MISSING, best)[episode]
        return pd.Series(found.astype("datetime64[s]"), index=out.index)

    end_low = out["ENDLOW"].mask(out["ONGOING"], out["LOW"].clip(lower=cutoff))
    low = (edge(end_low, ends, True) - edge(out["HIGH"], starts, False)) / _DAY
    high = (edge(out["ENDHIGH"], ends, True) - edge(out["LOW"], starts, False)) / _DAY
    exact = (edge(out["END"], ends, True) - edge(out["START"], starts, False)) / _DAY
    low, high = (exact.fillna(days).astype("Float64").clip(lower=0) for days in (low, high))
    # Without a known end the shortest duration is nothing and the longest has no limit.
    return low.fillna(0.0), high
