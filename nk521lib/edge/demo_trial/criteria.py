"""TI, attest and IE: the criteria in our words, and how the investigator answered them."""

import pandas as pd

from nk521lib.edge.demo_trial.cast import Cast
from nk521lib.edge.demo_trial.frames import KNOWN, STUDY, finished, iso

CRITERIA = {
    "I00": "Age 18 to 75 years",
    "I01": "Relapsed or refractory advanced solid tumour, proven by pathology",
    "I02a": "Malignant ascites present",
    "I02b": "Tumour cells found in ascites",
    "I02c": "At least two failed lines of standard systemic therapy",
    "I03": "At least one measurable lesion by RECIST 1.1",
    "I04": "ECOG 0, 1 or 2",
    "I05": "Life expectancy at least 3 months",
    "I06": "Toxicity of earlier therapy back to grade 1 or baseline",
    "I07a": "Woman of childbearing potential: serum pregnancy test negative",
    "I07b": "Woman of childbearing potential: not lactating",
    "I07c": "Agrees to contraception",
    "I08": "Able to comply",
    "I09": "Written informed consent",
    "E01a": "Symptomatic metastasis of the central nervous system",
    "E01b": "Carcinomatous meningitis",
    "E02": "Other malignancy within 3 years",
    "E03": "Autoimmune disease",
    "E04a": "HIV test positive",
    "E04b": "Other immunodeficiency",
    "E04c": "Organ transplantation",
    "E05a": "Severe arrhythmia that needs intervention",
    "E05b": "Severe conduction abnormality that needs intervention",
    "E05c": "QTc above 480 ms",
    "E05d": "Acute coronary syndrome within 6 months",
    "E05e": "Congestive heart failure within 6 months",
    "E05f": "Aortic dissection within 6 months",
    "E05g": "Stroke within 6 months",
    "E05h": "Other cardiovascular or cerebrovascular event of grade 3 or more within 6 months",
    "E05i": "NYHA class II or above",
    "E05j": "LVEF below 50 %",
    "E05k": "Uncontrolled hypertension",
    "E05l": "Any other severe cardiovascular or cerebrovascular disease",
    "E06a": "Radical radiotherapy within 4 weeks",
    "E06b": "Palliative radiotherapy within 2 weeks",
    "E07": "Not recovered from major surgery or trauma within 2 weeks",
    "E08": "Other investigational drug or device within 4 weeks",
    "E09a": "Cellular antineoplastic therapy within 1 year",
    "E09b": "Other antineoplastic therapy within 4 weeks",
    "E10": "Transfusion or growth factor within 2 weeks",
    "E11a": "Systemic corticosteroid above 10 mg prednisone equivalent a day within 2 weeks",
    "E11b": "Other immunomodulator within 2 weeks",
    "E12a": "HBsAg positive with HBV DNA positive or above the limit",
    "E12b": "HCV antibody positive",
    "E13": "Hypersensitivity to a PD-1 antibody",
    "E14a1": "Neutrophils below 1.5 x 10^9/L",
    "E14a2": "Platelets below 75 x 10^9/L",
    "E14a3": "Haemoglobin below 90 g/L",
    "E14b1": "ALT above 3 x ULN; with liver metastasis 5 x ULN or more",
    "E14b2": "AST above 3 x ULN; with liver metastasis 5 x ULN or more",
    "E14b3": "Bilirubin above 1.5 x ULN; with Gilbert's syndrome above 2.5 x ULN",
    "E14c1": "Creatinine above 1.5 x ULN",
    "E14c2": "Creatinine clearance below 50 mL/min",
    "E15": "Uncertain factor affecting safety or compliance",
    "E16": "Other severe or uncontrolled disease",
}

READ_FROM_DATA = (
    "I00",
    "I03",
    "I04",
    "I07a",
    "I09",
    "E04a",
    "E05c",
    "E05j",
    "E12a",
    "E12b",
    *(c for c in CRITERIA if c.startswith("E14")),
)
"""Nobody attests these: a measurement or a date decides. All others, history included, are answered one by one."""

ATTESTED = tuple(c for c in CRITERIA if c not in READ_FROM_DATA)

FAILED_ON = {"003": "E14b1", "006": "E14a2", "009": "I02c", "011": "E05c", "012": "E11a", "016": "E10"}
"""IE record of each screen failure that has one."""


def category(code: str) -> str:
    return "INCLUSION" if code.startswith("I") else "EXCLUSION"


def derive_ti() -> pd.DataFrame:
    """TI: every criterion with its text."""
    frame = pd.DataFrame(CRITERIA.items(), columns=["IETESTCD", "IETEST"]).assign(
        STUDYID=STUDY, DOMAIN="TI", TIVERS="1.0"
    )
    frame["IECAT"] = frame["IETESTCD"].map(category)
    return frame[["STUDYID", "DOMAIN", "IETESTCD", "IETEST", "IECAT", "TIVERS"]].astype("string")


def derive_attest(
    cast: Cast,
    unanswered: dict[str, tuple[str, ...]],
    otherwise: dict[tuple[str, str], str],
    with_childbearing: pd.Series,
) -> pd.DataFrame:
    """attest: the passing answer to every attested criterion on the day after the screening visit, less gaps.

    unanswered : subject number -> criteria left open. otherwise : (number, criterion) -> the answer given instead.
    with_childbearing : USUBJID of women of childbearing potential; only they are asked I07b.
    """
    people = cast.people[cast.people["ASSESSED"].notna()]
    frame = people[["USUBJID", "NUMBER", "ASSESSED"]].merge(
        pd.DataFrame({"IETESTCD": ATTESTED}), how="cross", validate="many_to_many"
    )
    frame["VALUE"] = frame["IETESTCD"].str.startswith("I").map({True: "YES", False: "NO"})
    pairs = pd.MultiIndex.from_frame(frame[["NUMBER", "IETESTCD"]])
    for (number, code), answer in otherwise.items():
        frame.loc[pairs == (number, code), "VALUE"] = answer
    open_pairs = [(number, code) for number, codes in unanswered.items() for code in codes]
    asked = ~frame["IETESTCD"].eq("I07b") | frame["USUBJID"].isin(with_childbearing)
    frame = frame[asked & ~pairs.isin(open_pairs)].reset_index(drop=True)
    day = frame["ASSESSED"] + pd.Timedelta(days=1)
    return pd.DataFrame({
        "USUBJID": frame["USUBJID"], "IETESTCD": frame["IETESTCD"], "VALUE": frame["VALUE"].astype("string"),
        "BY": pd.Series("INVESTIGATOR 1", index=frame.index, dtype="string"), "ATDTC": iso(day),
        "NOTE": pd.Series(pd.NA, index=frame.index, dtype="string"), KNOWN: day,
    })  # fmt: skip


def derive_ie(cast: Cast) -> pd.DataFrame:
    """IE: the criterion on which a subject failed screening."""
    people = cast.people[cast.people["NUMBER"].isin(list(FAILED_ON)) & cast.people["FAILED"].notna()]
    code = people["NUMBER"].map(FAILED_ON)
    frame = pd.DataFrame({
        "USUBJID": people["USUBJID"], "IETESTCD": code, "IETEST": code.map(CRITERIA), "IECAT": code.map(category),
        "IEORRES": code.str.startswith("I").map({True: "N", False: "Y"}), "IEDTC": iso(people["FAILED"]), KNOWN: people["FAILED"],
    })  # fmt: skip
    return finished(frame.astype({c: "string" for c in frame if c != KNOWN}), "IE")
