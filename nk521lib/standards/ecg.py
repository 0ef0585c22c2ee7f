"""ECG intervals: heart-rate correction of QT, ICH E14 categories, CTCAE v5.0 grade of QTc, means of replicates.

All times in milliseconds, heart rate in beats per minute, Float64 with NA where missing.
"""

import pandas as pd

from nk521lib.standards.comparison import above, at_least, highest_certain

MS_PER_MINUTE = 60_000


def rr_from_heart_rate(heart_rate: pd.Series) -> pd.Series:
    """RR interval (ms) from heart rate (beats/min); NA where the rate is missing or not above zero."""
    rate = heart_rate.astype("Float64")
    return MS_PER_MINUTE / rate.where(rate > 0)


def heart_rate_from_rr(rr: pd.Series) -> pd.Series:
    """Heart rate (beats/min) from RR (ms); NA where RR is missing or not above zero."""
    return rr_from_heart_rate(rr)


def _corrected(qt: pd.Series, rr: pd.Series, root: int) -> pd.Series:
    seconds = rr.astype("Float64") / 1000
    return qt.astype("Float64") / seconds.where(seconds > 0) ** (1 / root)


def qtcf(qt: pd.Series, rr: pd.Series) -> pd.Series:
    """QT corrected by Fridericia: QT / RR^(1/3), QT and RR in ms, RR taken in seconds (Fridericia 1920)."""
    return _corrected(qt, rr, 3)


def qtcb(qt: pd.Series, rr: pd.Series) -> pd.Series:
    """QT corrected by Bazett: QT / RR^(1/2), QT and RR in ms, RR taken in seconds (Bazett 1920)."""
    return _corrected(qt, rr, 2)


def _category(value: pd.Series, limits: tuple[float, ...], unit: str) -> pd.Series:
    label = pd.Series(f"<= {limits[0]:g} {unit}", index=value.index, dtype="string").mask(value.isna())
    for low, high in zip(limits, (*limits[1:], None), strict=True):
        text = f"> {low:g} {unit}" if high is None else f"> {low:g} to {high:g} {unit}"
        label = label.mask(above(value, low).fillna(False), text)  # a missing value keeps its missing label
    return label


def e14_category(qtc: pd.Series, limits: tuple[float, ...] = (450, 480, 500)) -> pd.Series:
    """Category of the value: <= 450, > 450 to 480, > 480 to 500, > 500 ms (ICH E14 section 3.2), NA if missing."""
    return _category(qtc, limits, "ms")


def e14_change_category(change: pd.Series, limits: tuple[float, ...] = (30, 60)) -> pd.Series:
    """Category of the change from baseline: <= 30, > 30 to 60, > 60 ms (ICH E14 section 3.2), NA if missing."""
    return _category(change, limits, "ms")


def grade_qtc(qtc: pd.Series, baseline: pd.Series) -> pd.DataFrame:
    """CTCAE v5.0 "Electrocardiogram QT corrected interval prolonged" from numbers alone.

    Grade 1 from 450 ms, 2 above 480, 3 above 500 or a rise of more than 60 from baseline; grade 4 is clinical.
    Without a baseline the absolute limits decide alone. Returns GRADE (Int64; NA where QTc is missing) and REASON
    ("string"), which also says when the rise could not be judged. Source: spec safety.md 4, rulings.md 5.5.
    """
    # fillna(False): an unknown rise leaves the absolute limits to decide; REASON says that it was not judged.
    rise = above(qtc.astype("Float64") - baseline.astype("Float64"), 60).fillna(False) & qtc.notna()
    grade = highest_certain({1: at_least(qtc, 450) | rise, 2: above(qtc, 480) | rise, 3: above(qtc, 500) | rise})
    grade = grade.mask(qtc.isna())
    reason = pd.Series(pd.NA, index=qtc.index, dtype="string")
    reason = reason.mask(baseline.isna(), "no baseline: absolute limits only").mask(qtc.isna(), "no value")
    return pd.DataFrame({"GRADE": grade, "REASON": reason})


def derive_replicate_mean(frame: pd.DataFrame, by: list[str], value: str = "VALUE") -> pd.DataFrame:
    """Mean of replicate readings.

    frame : one row per reading. by : columns that identify one set of replicates (missing keys are kept).
    Returns one row per set: `by`, the mean of the readings present (Float64, NA if there is none), READINGS and
    MISSING (Int64), so that a mean of two where three were planned can be told apart.
    """
    readings = frame.assign(**{value: frame[value].astype("Float64")}).groupby(by, dropna=False, sort=True)[value]
    out = pd.DataFrame({value: readings.mean(), "READINGS": readings.count(), "MISSING": readings.size()})
    out["MISSING"] = out["MISSING"] - out["READINGS"]
    return out.astype({value: "Float64", "READINGS": "Int64", "MISSING": "Int64"}).reset_index()
