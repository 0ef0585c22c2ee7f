"""LB: the visits' panels, virology and pregnancy test of screening, tumour markers, and the story's own results."""

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial import story, story_findings
from nk521lib.edge.demo_trial.cast import Cast
from nk521lib.edge.demo_trial.frames import KNOWN, finished, iso
from nk521lib.edge.demo_trial.measurements import CHEMISTRY, LAB_TESTS, LB_CLOCK, laboratory, replace_values

ID = f"NK521-{story.SITE}-"
VIROLOGY = {"HBSAG": "NEGATIVE", "HBVDNA": "NOT DETECTED", "HCAB": "NEGATIVE", "HIV12AB": "NEGATIVE"}
MARKER_LIMITS = {"CEA": ("ng/mL", 5.0), "CA19_9AG": ("U/mL", 37.0), "CA125AG": ("U/mL", 35.0), "AFP": ("ng/mL", 7.0)}
MARKER_VISITS = (2, 5, 9, 10)
MARKER_OF = {
    "COLORECTAL CANCER": "CEA",
    "GASTRIC CANCER": "CA19_9AG",
    "OVARIAN CANCER": "CA125AG",
    "LIVER CANCER": "AFP",
}


def derive_lb(cast: Cast, rng: np.random.Generator) -> pd.DataFrame:
    """LB of the demo trial."""
    apart = [
        v
        for v in story_findings.LABORATORY
        if (v.number, v.visit) in story_findings.UNSCHEDULED_LABS or v.test == "PCT"
    ]
    in_place = tuple(v for v in story_findings.LABORATORY if v not in apart)
    drawn = pd.concat([laboratory(cast.visits, rng), screening_tests(cast)], ignore_index=True)
    frame = with_reasons(replace_values(drawn, "LB", in_place, ID))
    return with_units(pd.concat([frame, _apart(cast, apart), _markers(cast)], ignore_index=True))


def with_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """LBREASND beside every LBSTAT."""
    reason = pd.Series("SAMPLE NOT USABLE", index=frame.index, dtype="string")
    return frame.assign(LBREASND=reason.where(frame["LBSTAT"].notna()))


def with_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Haemoglobin as the laboratory prints it (g/dL), one early value left unconverted; then numbered."""
    grams = frame["LBTESTCD"].eq("HGB") & frame["LBSTRESN"].notna()
    per_dl = pd.Series(
        np.char.mod("%.1f", frame["LBSTRESN"].to_numpy(dtype=float, na_value=np.nan) / 10), dtype="string"
    )
    frame["LBORRES"] = frame["LBORRES"].mask(grams, per_dl)
    frame["LBORRESU"] = frame["LBORRESU"].mask(grams, "g/dL")
    unconverted = grams & frame["USUBJID"].eq(ID + "012")
    frame["LBSTRESN"] = frame["LBSTRESN"].mask(unconverted)
    frame["LBSTRESU"] = frame["LBSTRESU"].mask(unconverted)
    return finished(frame, "LB")


def screening_tests(cast: Cast) -> pd.DataFrame:
    """Virology for all; a serum pregnancy test where it can matter."""
    visits = cast.visits[cast.visits["VISITNUM"] == 1]
    long = visits.merge(
        pd.DataFrame(VIROLOGY.items(), columns=["LBTESTCD", "LBORRES"]), how="cross", validate="many_to_many"
    )
    long["LBCAT"] = "VIROLOGY"
    born = visits["USUBJID"].map(cast.people.set_index("USUBJID")["BORN"])
    female = visits["USUBJID"].map(cast.people.set_index("USUBJID")["SEX"]).eq("F").fillna(False)
    young = (visits["DAY"] - born).dt.days < story_findings.NOT_OF_CHILDBEARING_POTENTIAL_FROM_AGE * 365.25
    tested = visits[female & young].assign(LBTESTCD="HCG", LBORRES="NEGATIVE", LBCAT="CHEMISTRY", LBSPEC="SERUM")
    frame = pd.concat([long, tested], ignore_index=True)
    return pd.DataFrame({
        "USUBJID": frame["USUBJID"], "LBTESTCD": frame["LBTESTCD"].astype("string"), "LBORRES": frame["LBORRES"].astype("string"),
        "LBCAT": frame["LBCAT"].astype("string"), "LBSPEC": frame["LBSPEC"].astype("string"), "LBDTC": iso(frame["DAY"], LB_CLOCK),
        "VISITNUM": frame["VISITNUM"].astype("Float64"), "VISIT": frame["VISIT"], KNOWN: frame["DAY"],
    })  # fmt: skip


def _apart(cast: Cast, values: list[story_findings.Value]) -> pd.DataFrame:
    """Results of visits at which nothing else was drawn, or of tests that are not in the panels."""
    usual = {test.code: test for test in LAB_TESTS}
    day = cast.visits.set_index(["USUBJID", "VISITNUM"])["DAY"]
    rows = []
    for value in values:
        unscheduled = story_findings.UNSCHEDULED_LABS.get((value.number, value.visit))
        drawn = pd.Timestamp(unscheduled) if unscheduled else day[(ID + value.number, float(value.visit))]
        test, number = usual.get(value.test), isinstance(value.result, float)
        unit = test.unit if test else "ng/mL"
        rows.append({
            "USUBJID": ID + value.number, "LBTESTCD": value.test, "LBORRES": f"{value.result:g}" if number else value.result,
            "LBORRESU": unit, "LBSTRESN": value.result if number else None, "LBSTRESU": unit,
            "LBSTNRLO": test.low if test else None, "LBSTNRHI": test.high if test else None,
            "LBCAT": test.category if test else CHEMISTRY, "LBDTC": f"{drawn:%Y-%m-%d}{LB_CLOCK}", "VISITNUM": float(value.visit),
            "VISIT": "UNSCHEDULED" if unscheduled else "C1D15", KNOWN: drawn,
        })  # fmt: skip
    return typed_like(pd.DataFrame(rows))


def _markers(cast: Cast) -> pd.DataFrame:
    rows = [
        (ID + number, marker, visit, result)
        for number, (marker, results) in story_findings.MARKERS.items()
        for visit, result in zip(MARKER_VISITS, results, strict=False)
    ]
    return marker_rows(cast, pd.DataFrame(rows, columns=["USUBJID", "LBTESTCD", "VISITNUM", "RESULT"]))


def marker_rows(cast: Cast, frame: pd.DataFrame) -> pd.DataFrame:
    """Marker results (USUBJID LBTESTCD VISITNUM RESULT) at visits that took place."""
    frame = frame.astype({"USUBJID": "string", "VISITNUM": float})
    frame = frame.merge(cast.visits, how="inner", on=["USUBJID", "VISITNUM"], validate="many_to_one")
    number = frame["RESULT"].map(lambda result: result if isinstance(result, float) else None)
    limits = frame["LBTESTCD"].map(MARKER_LIMITS)
    unit, high = limits.str[0], limits.str[1]
    return typed_like(pd.DataFrame({
        "USUBJID": frame["USUBJID"], "LBTESTCD": frame["LBTESTCD"], "LBORRES": frame["RESULT"].map(lambda r: f"{r:g}" if isinstance(r, float) else r),
        "LBORRESU": unit, "LBSTRESN": number, "LBSTRESU": unit, "LBSTNRHI": high, "LBCAT": "TUMOR MARKERS",
        "LBDTC": iso(frame["DAY"], LB_CLOCK), "VISITNUM": frame["VISITNUM"], "VISIT": frame["VISIT"], KNOWN: frame["DAY"],
    }))  # fmt: skip


def typed_like(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as Float64, days as they are, everything else as text."""
    numbers = [c for c in ("LBSTRESN", "LBSTNRLO", "LBSTNRHI", "VISITNUM") if c in frame]
    text = [c for c in frame if c not in numbers and c != KNOWN]
    return frame.astype({**dict.fromkeys(numbers, "Float64"), **dict.fromkeys(text, "string"), KNOWN: "datetime64[s]"})
