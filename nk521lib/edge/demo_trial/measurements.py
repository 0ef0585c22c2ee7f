"""Laboratory, vital signs and ECG of every visit: usual values drawn round a subject's own level, then the story's."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial.cast import Cast, positions
from nk521lib.edge.demo_trial.frames import KNOWN, finished, iso, taken
from nk521lib.edge.demo_trial.story_findings import Value


class Test(NamedTuple):
    """How one test usually looks. `between` and `within` are standard deviations; `least`, `most` bound every draw."""

    code: str
    name: str
    category: str
    unit: str
    low: float | None
    high: float | None
    mean: float
    between: float
    within: float
    least: float
    most: float
    decimals: int


BLOOD, CHEMISTRY, CLOTTING = "HEMATOLOGY", "CHEMISTRY", "COAGULATION"

#    code       name                 category    unit       low   high  mean  betw. within least most  decimals
LAB_TESTS = (
    Test("HGB", "Hemoglobin", BLOOD, "g/L", 115, 150, 113, 7, 3, 98, 135, 0),
    Test("NEUT", "Neutrophils", BLOOD, "10^9/L", 1.8, 6.3, 3.9, 0.6, 0.4, 2.4, 6.0, 2),
    Test("LYM", "Lymphocytes", BLOOD, "10^9/L", 1.1, 3.2, 1.3, 0.2, 0.15, 0.85, 2.2, 2),
    Test("WBC", "Leukocytes", BLOOD, "10^9/L", 3.5, 9.5, 6, 0, 0, 0, 20, 2),  # the sum of its parts
    Test("PLAT", "Platelets", BLOOD, "10^9/L", 125, 350, 215, 30, 15, 132, 330, 0),
    Test("ALT", "Alanine Aminotransferase", CHEMISTRY, "U/L", 7, 40, 24, 6, 3, 9, 39, 0),
    Test("AST", "Aspartate Aminotransferase", CHEMISTRY, "U/L", 13, 40, 27, 5, 3, 14, 39, 0),
    Test("ALP", "Alkaline Phosphatase", CHEMISTRY, "U/L", 45, 125, 96, 14, 6, 60, 124, 0),
    Test("BILI", "Bilirubin", CHEMISTRY, "umol/L", 3, 21, 11, 2.5, 1.2, 5, 20, 1),
    Test("CREAT", "Creatinine", CHEMISTRY, "umol/L", 45, 84, 62, 6, 3, 50, 74, 0),
    Test("ALB", "Albumin", CHEMISTRY, "g/L", 40, 55, 34, 1.8, 0.9, 30.5, 39, 1),
    Test("K", "Potassium", CHEMISTRY, "mmol/L", 3.5, 5.3, 4.1, 0.2, 0.15, 3.6, 5.0, 2),
    Test("SODIUM", "Sodium", CHEMISTRY, "mmol/L", 135, 145, 138.5, 1, 0.8, 136, 143, 0),
    Test("CA", "Calcium", CHEMISTRY, "mmol/L", 2.11, 2.52, 2.17, 0.03, 0.02, 2.1, 2.35, 2),
    Test("LDH", "Lactate Dehydrogenase", CHEMISTRY, "U/L", 120, 250, 235, 40, 15, 150, 420, 0),
    Test("CRP", "C Reactive Protein", CHEMISTRY, "mg/L", None, 8, 12, 4, 3, 2, 28, 1),
    Test("FERRITIN", "Ferritin", CHEMISTRY, "ug/L", 24, 336, 310, 60, 20, 120, 600, 0),
    Test("INR", "Prothrombin Intl. Normalized Ratio", CLOTTING, "1", 0.8, 1.2, 1.04, 0.04, 0.03, 0.9, 1.18, 2),
    Test("APTT", "Activated Partial Thromboplastin Time", CLOTTING, "s", 25, 37, 30, 1.5, 1, 26, 36, 1),
)  # fmt: skip

VITALS = (
    Test("TEMP", "Temperature", "", "C", None, None, 36.6, 0.1, 0.15, 36.0, 37.3, 1),
    Test("SYSBP", "Systolic Blood Pressure", "", "mmHg", None, None, 122, 8, 5, 98, 146, 0),
    Test("DIABP", "Diastolic Blood Pressure", "", "mmHg", None, None, 76, 5, 4, 58, 90, 0),
    Test("PULSE", "Pulse Rate", "", "beats/min", None, None, 80, 6, 5, 58, 104, 0),
    Test("RESP", "Respiratory Rate", "", "breaths/min", None, None, 17, 1, 1, 13, 21, 0),
    Test("OXYSAT", "Oxygen Saturation", "", "%", None, None, 97.5, 0.6, 0.6, 95, 100, 0),
    Test("WEIGHT", "Weight", "", "kg", None, None, 63, 5, 0.8, 53, 78, 1),
    Test("ABDCIRC", "Abdominal Circumference", "", "cm", None, None, 88, 5, 1.5, 74, 104, 0),
)  # fmt: skip

AFTER_DOSE = VITALS[:2] + VITALS[3:4] + VITALS[5:6]
LB_CLOCK, VS_CLOCK, VS_LATER_CLOCK, EG_CLOCK = "T08:10", "T08:30", "T14:30", "T08:45"


def draw(visits: pd.DataFrame, tests: tuple[Test, ...], rng: np.random.Generator) -> np.ndarray:
    """Usual values, visits x tests, rounded as the laboratory prints them."""
    own, mean, between, within, least, most = (
        np.array([getattr(t, name) for t in tests], dtype=float)[None, :]
        for name in ("mean", "mean", "between", "within", "least", "most")
    )
    subject = positions(visits["USUBJID"])
    own = mean + between * rng.standard_normal((subject.max(initial=-1) + 1, len(tests)))
    values = np.clip(own[subject] + within * rng.standard_normal((len(visits), len(tests))), least, most)
    return np.column_stack([np.round(values[:, i], test.decimals) for i, test in enumerate(tests)])


def lay_out(visits: pd.DataFrame, tests: tuple[Test, ...], values: np.ndarray, prefix: str, clock: str) -> pd.DataFrame:
    """One row per visit and test, in that order."""
    n, k = values.shape
    visit, test = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    printed = np.column_stack([np.char.mod(f"%.{t.decimals}f", values[:, i]) for i, t in enumerate(tests)])
    unit = taken([t.unit for t in tests], test)
    columns = {
        "USUBJID": taken(visits["USUBJID"], visit),
        f"{prefix}TESTCD": taken([t.code for t in tests], test),
        f"{prefix}ORRES": pd.Series(pd.array(printed.ravel().astype(object), dtype="string")),
        f"{prefix}ORRESU": unit,
        f"{prefix}STRESN": pd.Series(pd.array(values.ravel(), dtype="Float64")),
        f"{prefix}STRESU": unit,
        f"{prefix}DTC": taken(iso(visits["DAY"], clock), visit),
        "VISITNUM": pd.Series(pd.array(visits["VISITNUM"].to_numpy()[visit], dtype="Float64")),
        "VISIT": taken(visits["VISIT"], visit),
        KNOWN: pd.Series(visits["DAY"].to_numpy()[visit]),
    }
    return pd.DataFrame(columns)


def replace_values(frame: pd.DataFrame, prefix: str, values: tuple[Value, ...], prefix_of_id: str) -> pd.DataFrame:
    """The story's results in place of the drawn ones: a number, a text, or NOT DONE."""
    frame = frame.copy()
    frame[f"{prefix}STAT"] = pd.Series(pd.NA, index=frame.index, dtype="string")
    for value in values:
        here = frame["USUBJID"].eq(prefix_of_id + value.number) & frame["VISITNUM"].eq(value.visit)
        at = frame.index[here & frame[f"{prefix}TESTCD"].eq(value.test)]
        if len(at) != 1:
            raise ValueError(
                f"{value.test} of {value.number} at visit {value.visit}: drawn {len(at)} times, expected once"
            )
        number = value.result if isinstance(value.result, float) else pd.NA
        text = (
            pd.NA if value.result is None else f"{value.result:g}" if isinstance(value.result, float) else value.result
        )
        frame.loc[at, [f"{prefix}ORRES", f"{prefix}STRESN"]] = [text, number]
        frame.loc[at, f"{prefix}STAT"] = "NOT DONE" if value.result is None else pd.NA
    return frame


def laboratory(visits: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Blood count, chemistry and coagulation of every visit, with the laboratory's own limits. No --SEQ yet."""
    values = draw(visits, LAB_TESTS, rng)
    at = {t.code: i for i, t in enumerate(LAB_TESTS)}
    values[:, at["WBC"]] = np.round(values[:, at["NEUT"]] + values[:, at["LYM"]] + 0.6, 2)
    frame = lay_out(visits, LAB_TESTS, values, "LB", LB_CLOCK)
    test = np.tile(np.arange(len(LAB_TESTS)), len(visits))
    for column, name in (("LBSTNRLO", "low"), ("LBSTNRHI", "high")):
        limits = pd.array([getattr(t, name) for t in LAB_TESTS], dtype="Float64")
        frame[column] = pd.Series(limits.take(test))
    frame["LBCAT"] = taken([t.category for t in LAB_TESTS], test)
    return frame


def vital_signs(
    cast: Cast, rng: np.random.Generator, fevers: tuple[Value, ...] = (), prefix_of_id: str = ""
) -> pd.DataFrame:
    """VS: everything at each visit, on dose days again after four hours; height once."""
    visits = cast.visits[cast.visits["VISITNUM"] == cast.visits["VISITNUM"].round()].reset_index(drop=True)
    before = lay_out(visits, VITALS, draw(visits, VITALS, rng), "VS", VS_CLOCK)
    dosing = before["VISIT"].isin(visits.loc[visits["DOSENO"] > 0, "VISIT"])
    before["VSTPT"] = pd.Series("PRE-DOSE", index=before.index, dtype="string").where(dosing)
    dose_days = visits[visits["DOSENO"] > 0].reset_index(drop=True)
    after = lay_out(dose_days, AFTER_DOSE, draw(dose_days, AFTER_DOSE, rng), "VS", VS_LATER_CLOCK)
    after = replace_values(after, "VS", fevers, prefix_of_id).drop(columns="VSSTAT")
    after["VSTPT"] = pd.Series("4 H POST-DOSE", index=after.index, dtype="string")
    first = visits[visits["VISITNUM"] == 1].reset_index(drop=True)
    height = Test("HEIGHT", "Height", "", "cm", None, None, 164, 6, 0, 150, 180, 0)
    tall = lay_out(first, (height,), draw(first, (height,), rng), "VS", VS_CLOCK)
    frame = finished(pd.concat([before, after, tall], ignore_index=True), "VS")
    number = frame["VSTPT"].map({"PRE-DOSE": 0.0, "4 H POST-DOSE": 4.0})
    frame.insert(frame.columns.get_loc("VSTPT") + 1, "VSTPTNUM", number.astype("Float64"))
    return frame


ECG_VISITS = ("SCREENING", "C1D1", "C2D1", "WEEK 6")


def ecg(cast: Cast, rng: np.random.Generator, level: dict[str, float] | None = None) -> pd.DataFrame:
    """EG: triplicate ECGs; QT follows from QTcF and RR, so that recomputing QTcF gives the reported value within 1 ms."""
    visits = cast.visits[cast.visits["VISIT"].isin(ECG_VISITS)].reset_index(drop=True)
    tests = (Test("QTCFAG", "QTcF Interval, Aggregate", "", "msec", None, None, 418, 9, 4, 385, 445, 0),
             Test("RRAG", "RR Interval, Aggregate", "", "msec", None, None, 800, 40, 20, 660, 950, 0))  # fmt: skip
    values = draw(visits, tests, rng)
    fixed = visits["USUBJID"].map(level or {}).to_numpy(dtype=float)
    qtcf = np.where(np.isnan(fixed), values[:, 0], fixed)[:, None] + np.array([-4, 0, 4])
    rr = values[:, 1][:, None] + np.array([-10, 0, 10])
    qt = np.round(qtcf * np.cbrt(rr / 1000))
    replicates = visits.loc[visits.index.repeat(3)].reset_index(drop=True)
    shown = np.column_stack([qt.ravel(), rr.ravel(), np.round(qt / np.cbrt(rr / 1000)).ravel()])
    names = [tests[0]._replace(code=code) for code in ("QTAG", "RRAG", "QTCFAG")]
    frame = lay_out(replicates, tuple(names), shown, "EG", EG_CLOCK)
    frame["EGMETHOD"] = pd.Series("12 LEAD STANDARD", index=frame.index, dtype="string")
    return finished(frame, "EG")
