"""Facts from medical history and procedures: what was ever, recently or is still there (E01-E05, E07, E13, E14)."""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.records import (
    BEGINNING,
    derive_readings,
    in_category,
    known_in,
    named,
    overlaps,
    source_ids,
    upper,
)
from nk521lib.chapters.screening.evidence import Screened, history, joined, procedures, prove, state
from nk521lib.three_valued import known

_EVER = {
    "IMMUNODEFICIENCY": "immunodeficiency",
    "SEVERE_ARRHYTHMIA": "severe_arrhythmia",
    "SEVERE_CONDUCTION": "severe_conduction",
    "OTHER_SEVERE_VASCULAR": "other_severe_vascular",
    "PD1_HYPERSENSITIVITY": "pd1_hypersensitivity",
}
_CURRENT = {
    "SYMPTOMATIC_CNS": "symptomatic_cns",
    "CARCINOMATOUS_MENINGITIS": "carcinomatous_meningitis",
    "AUTOIMMUNE": "autoimmune",
}
_RECENT = {
    "ACUTE_CORONARY": ("acute_coronary", True),
    "HEART_FAILURE": ("heart_failure", False),
    "AORTIC_DISSECTION": ("aortic_dissection", True),
    "STROKE": ("stroke", True),
    "OTHER_GRADE3_VASCULAR": ("other_grade3_vascular", True),
}
"""Within months before enrolment. True: an event of one day unless an end is given; False: may have lasted since."""


def _diseases(screened: Screened) -> pd.DataFrame:
    """Diseases that exclude: ever, still there, or within months before enrolment."""
    cut, subjects = screened.cut, screened.subjects
    terms, limits = cut.params.terms, cut.params.screening
    mh, pr = screened.once(history), screened.once(procedures)
    ecg = _ecg_statements(screened)
    ever = lambda records: overlaps(records, BEGINNING, screened.anchor(records))
    found = []
    for name, listed in _EVER.items():
        sources = [mh, ecg] if name in ("SEVERE_ARRHYTHMIA", "SEVERE_CONDUCTION") else [mh]
        records = pd.concat(sources, ignore_index=True)
        records = records[named(records, getattr(terms, listed))]
        found.append(prove(name, records, ever(records), subjects))
    grafts = pd.concat([mh, pr], ignore_index=True)
    grafts = grafts[named(grafts, terms.transplant)]
    found.append(prove("TRANSPLANT", grafts, ever(grafts), subjects))
    for name, listed in _CURRENT.items():
        records = mh[named(mh, getattr(terms, listed))]
        if name == "AUTOIMMUNE":
            records = records[~named(records, terms.autoimmune_exempt)]
        found.append(prove(name, records, _present(records, screened), subjects))
    for name, (listed, acute) in _RECENT.items():
        records = mh[named(mh, getattr(terms, listed))]
        records = _one_day(records) if acute else records
        found.append(
            prove(name, records, overlaps(records, *screened.window(records, months=limits.e05_months)), subjects)
        )
    return pd.concat(found, axis=1)


def autoimmune_active(screened: Screened) -> pd.Series:
    """Is autoimmune disease active? NA only where records leave it open; without any record it is taken not to be."""
    facts = screened.once(_diseases)
    return facts["AUTOIMMUNE"].mask(~known(facts["AUTOIMMUNE"]) & ~facts["AUTOIMMUNE_OPEN"], False)


def _other_malignancy(screened: Screened) -> pd.DataFrame:
    terms, limits = screened.cut.params.terms, screened.cut.params.screening
    mh = screened.once(history)
    others = mh[in_category(mh, terms.other_malignancy_categories) & ~named(mh, limits.e02_exceptions)]
    inside = overlaps(others, *screened.window(others, years=limits.e02_years))
    return prove("OTHER_MALIGNANCY", others, inside, screened.subjects)


def _present(records: pd.DataFrame, screened: Screened) -> pd.Series:
    """Still there on the anchor's day? Known to have ended before it: no. Neither ended nor ongoing: unknown."""
    day = screened.anchor(records)
    return overlaps(records, day, day)


def _one_day(records: pd.DataFrame) -> pd.DataFrame:
    """An acute event without an end date and not ongoing lasted no longer than its own day."""
    unended = ~records["ONGOING"] & ~records["ENDED"] & (records["FIRST_LO"] > BEGINNING)
    return records.assign(LAST_HI=records["LAST_HI"].mask(unended, records["FIRST_HI"]))


def _ecg_statements(screened: Screened) -> pd.DataFrame:
    """Words of an ECG reading in the shape of episodes."""
    eg = screened.cut["EG"]
    eg = derive_readings(eg[eg["EGSTRESN"].isna()], "EG")
    eg = eg[eg["VALUE"].isna()]
    out = eg[["USUBJID", "SRC"]].assign(NAME=eg["TEXT"], VERBATIM=eg["TEXT"], CATEGORY=pd.NA, HAPPENED=True)
    day = eg["DAY_HI"].dt.strftime("%Y-%m-%d").astype("string").fillna("undated")
    first, last = eg["DAY_LO"].fillna(BEGINNING), eg["DAY_HI"].fillna(BEGINNING)
    out = out.assign(
        FIRST_LO=first, FIRST_HI=last, LAST_LO=first, LAST_HI=last, SAYS=eg["TEXT"].str.lower() + " " + day
    )
    return out.astype({"HAPPENED": "boolean", "CATEGORY": "string"})


def _surgery(screened: Screened) -> pd.DataFrame:
    """Is not having recovered from major surgery or trauma proven, under the reading in use (AMB-14)?

    Recovery is not recorded for a procedure, so under the default only trauma that is still ongoing proves it.
    """
    limits, terms = screened.cut.params.screening, screened.cut.params.terms
    mh, pr = screened.once(history), screened.once(procedures)
    operations = pr[named(pr, terms.major_surgery) | in_category(pr, terms.major_surgery)]
    injuries = mh[named(mh, terms.trauma)]
    ongoing = injuries["ONGOING"].astype("boolean") & injuries["HAPPENED"]
    window = lambda records: screened.window(records, days=limits.surgery_days)
    if limits.surgery_rule == "any_in_window":
        records = pd.concat([operations, _one_day(injuries)], ignore_index=True)
        return prove("UNRECOVERED_SURGERY", records, overlaps(records, *window(records)), screened.subjects)
    if limits.surgery_rule == "any_unrecovered":
        return prove("UNRECOVERED_SURGERY", injuries, ongoing, screened.subjects)
    onset = injuries.assign(LAST_LO=injuries["FIRST_LO"], LAST_HI=injuries["FIRST_HI"])
    recent = overlaps(onset, *window(onset))
    older = known(ongoing) & known(~recent)  # still there, yet from before the window: the text does not say
    return prove("UNRECOVERED_SURGERY", injuries, (ongoing & recent).mask(older, pd.NA), screened.subjects)


def liver(screened: Screened) -> pd.DataFrame:
    """Liver metastasis, primary liver cancer, Gilbert's syndrome: what moves a laboratory limit."""
    terms, subjects = screened.cut.params.terms, screened.subjects
    mh = screened.once(history)
    always = lambda records: overlaps(records, BEGINNING, screened.anchor(records))
    asked = mh[named(mh, terms.liver_metastasis)]
    told = prove("LIVER_METASTASIS", asked, always(asked), subjects)
    tumours = mh[in_category(mh, terms.primary_tumour_categories) & known(mh["HAPPENED"])]
    any_primary = pd.Series(subjects.isin(tumours["USUBJID"]), index=subjects)
    primary = tumours[named(tumours, terms.liver_primary)]
    in_liver = pd.Series(subjects.isin(primary["USUBJID"]), index=subjects)
    liver_primary = in_liver.astype("boolean").mask(~any_primary, pd.NA)
    tu = screened.cut["TU"]
    lesions = tu[upper(tu["TULOC"]).str.contains("LIVER", regex=False).fillna(False)]
    seen = pd.Series(subjects.isin(lesions["USUBJID"]), index=subjects)
    # A lesion in the liver is a metastasis unless the primary tumour is there; with an unknown primary it may be either.
    imaged = pd.Series(pd.NA, index=subjects, dtype="boolean").mask(seen & known(~liver_primary), True)
    clash = known(imaged) & known(~told["LIVER_METASTASIS"])
    value = told["LIVER_METASTASIS"].fillna(imaged).mask(clash, pd.NA)
    ids = lesions[["USUBJID"]].assign(SRC=source_ids(lesions, "TU"))
    shown = ids.groupby("USUBJID")["SRC"].first().reindex(subjects).astype("string")
    by_image = (
        seen & told["LIVER_METASTASIS"].isna() & value.notna()
    )  # what the history leaves open is not what decides
    of_history = told[["LIVER_METASTASIS_SAYS", "LIVER_METASTASIS_SRC"]].mask(by_image)
    lesion = pd.Series("lesion in the liver", subjects, dtype="string").where(seen)
    says = of_history["LIVER_METASTASIS_SAYS"].fillna(lesion)
    metastasis = state(
        "LIVER_METASTASIS", value, says.mask(clash, says + ", but a liver lesion is on file"),
        of_history["LIVER_METASTASIS_SRC"].fillna(shown), "liver metastasis not recorded either way",
    )  # fmt: skip
    gilbert = mh[named(mh, terms.gilbert)]
    syndrome = prove("GILBERT", gilbert, always(gilbert), subjects).drop(columns="GILBERT_OPEN")
    known_primary = state("LIVER_PRIMARY", liver_primary, why="primary tumour not recorded")
    return pd.concat([metastasis, known_primary, syndrome], axis=1)


def derive_exempt_autoimmune(screened: Screened) -> pd.DataFrame:
    """Support for E03, never a decision: disease that may be exempt and is, or may be, still there on the anchor's day.

    Whether it is treated by hormone only, or without systemic therapy, is the investigator's to say.
    """
    mh = screened.once(history)
    listed = mh[named(mh, screened.cut.params.terms.autoimmune_exempt)]
    listed = listed[_present(listed, screened).fillna(True)]  # what may be there is shown too
    shown = listed.assign(SAYS="may be exempt: " + listed["SAYS"])
    nothing = pd.Series(pd.NA, index=screened.subjects, dtype="boolean")
    says, source = (joined(shown, column, screened.subjects, ", ") for column in ("SAYS", "SRC"))
    return state("AUTOIMMUNE_EXEMPT", nothing, says, source)


def derive_unresolved_events(screened: Screened) -> pd.DataFrame:
    """Support for I06, never a decision: adverse events of Grade 2 or more (AMB-18) still open on the anchor's day."""
    ae = screened.cut["AE"]
    grade = pd.to_numeric(ae["AETOXGR"].where(known_in(ae["AETOXGR"], "12345"))).astype("Int64")
    exempt = named(
        ae.assign(NAME=upper(ae["AEDECOD"]), VERBATIM=upper(ae["AETERM"])),
        screened.cut.params.terms.prior_toxicity_exempt,
    )
    frame = ae[["USUBJID"]].assign(
        SRC=source_ids(ae, "AE"), SAYS="open event: " + ae["AEDECOD"].fillna(ae["AETERM"]).str.lower()
    )
    anchor = screened.anchor(ae)
    began = dates.on_or_before(dates.earliest(ae["AESTDTC"]), dates.latest(ae["AESTDTC"]), anchor)
    still = ae["AEENDTC"].isna() | (dates.earliest(ae["AEENDTC"]) > anchor)
    rows = frame[known(began & (grade >= 2)) & still & ~exempt]
    nothing = pd.Series(pd.NA, index=screened.subjects, dtype="boolean")
    return state(
        "UNRESOLVED_EVENT",
        nothing,
        joined(rows, "SAYS", screened.subjects, ", "),
        joined(rows, "SRC", screened.subjects),
    )


HISTORY = (_diseases, _other_malignancy, _surgery, liver)
"""Steps, in the order of their facts. Source: protocol.md section 7, rulings.md 2.1 and 2.10."""
