"""Facts from medications and procedures: lines, washouts, transfusions, steroids (I02c, E06, E08-E11, E14a)."""

import pandas as pd

from nk521lib.chapters.records import FOREVER, derive_episodes, in_category, known_in, named, overlaps, upper
from nk521lib.chapters.screening.evidence import Screened, joined, number_text, of_subject, procedures, prove
from nk521lib.chapters.screening.facts_history import autoimmune_active
from nk521lib.three_valued import either, known

DOSES_A_DAY = {"QD": 1.0, "BID": 2.0, "TID": 3.0, "QID": 4.0, "Q12H": 2.0, "Q8H": 3.0, "QOD": 0.5}
"""CMDOSFRQ to doses a day; anything else is unknown (rulings.md section 1)."""
_MG = {"MG": 1.0, "G": 1000.0, "UG": 0.001}


def _treatments(screened: Screened) -> pd.DataFrame:
    """Medications and procedures under each other."""
    return pd.concat([screened.once(_medicines), screened.once(_procedures)], ignore_index=True)


def _medicines(screened: Screened) -> pd.DataFrame:
    cm = screened.cut["CM"]
    return derive_episodes(screened.cut, "CM").assign(
        ROUTE=upper(cm["CMROUTE"]),
        DOSE=cm["CMDOSE"].astype("Float64"),
        UNIT=upper(cm["CMDOSU"]),
        PERDAY=upper(cm["CMDOSFRQ"]).map(DOSES_A_DAY).astype("Float64"),
        INTENT=upper(cm["CMINTENT"]),
        LINE=cm["CMLINE"].astype("Float64"),
        STOPPED=upper(cm["CMSTOPRS"]),
        CELLS=known_in(upper(cm["CELLTHER"]), ("Y",)),
    )


def _procedures(screened: Screened) -> pd.DataFrame:
    pr = screened.cut["PR"]
    return screened.once(procedures).assign(INTENT=upper(pr["RTINTENT"]), CELLS=False)


def prior_lines(screened: Screened) -> pd.DataFrame:
    """Records of prior anticancer therapy that can have begun by enrolment: episodes with LINE, INTENT, STOPPED, ROUTE."""
    medicines, listed = screened.once(_medicines), screened.cut.params.terms.prior_line_categories
    lines = medicines[in_category(medicines, listed) & known(medicines["HAPPENED"])]
    return lines[lines["FIRST_LO"] <= screened.anchor(lines)]


def _lines(screened: Screened) -> pd.DataFrame:
    """FAILED_LINES (Int64): distinct numbered lines ended by failure. OPEN while they are too few (rulings.md 2.7).

    A failed therapy without a line number may be a line of its own or part of another: it is said, and not counted.
    """
    limits, terms, subjects = screened.cut.params.screening, screened.cut.params.terms, screened.subjects
    lines = prior_lines(screened)
    failed = known_in(lines["STOPPED"], [reason.upper() for reason in limits.line_failure])
    if limits.line_scope == "systemic":
        failed &= ~known_in(lines["ROUTE"], [route.upper() for route in terms.regional_routes])
    adjuvant = known_in(lines["INTENT"], [intent.upper() for intent in terms.adjuvant_intents])
    if limits.adjuvant_counts == "never":
        failed &= ~adjuvant
    elif limits.adjuvant_counts == "relapse_6m":
        failed &= ~adjuvant | _followed_soon(lines)
    numbered = lines["LINE"].notna()
    counted, unnumbered = lines[failed & numbered], lines[failed & ~numbered]
    n = counted.groupby("USUBJID")["LINE"].nunique().reindex(subjects).fillna(0).astype("Int64")  # no line is none
    named_lines = counted.assign(SAYS="line " + number_text(counted["LINE"]) + " " + counted["STOPPED"].str.lower())
    listed = joined(named_lines.sort_values(["USUBJID", "LINE"]), "SAYS", subjects, ", ")
    return pd.DataFrame(
        {
            "FAILED_LINES": n,
            "FAILED_LINES_OPEN": n < limits.lines_min,
            "FAILED_LINES_SRC": joined(lines[failed], "SRC", subjects),
            "FAILED_LINES_SAYS": _lines_on_file(n) + (": " + listed).fillna("") + _without_number(unnumbered, subjects),
        }
    )


def _lines_on_file(n: pd.Series) -> pd.Series:
    return (
        n.astype("string").mask(n.eq(0), "no")
        + n.eq(1).map({True: " failed line", False: " failed lines"})
        + " on file"
    )


def _without_number(therapies: pd.DataFrame, subjects: pd.Index) -> pd.Series:
    n = therapies["USUBJID"].value_counts().reindex(subjects)
    words = n.astype("string") + n.eq(1).map({True: " failed therapy", False: " failed therapies"})
    named_therapies = therapies.assign(SAYS=therapies["SAYS"] + " " + therapies["STOPPED"].str.lower())
    listed = joined(named_therapies, "SAYS", subjects, ", ")
    return ("; " + words + " without a line number: " + listed).fillna("")


def _followed_soon(lines: pd.DataFrame) -> pd.Series:
    """Did a later line surely begin within 6 months of this one's end? (how a relapse after adjuvant therapy shows)"""
    starts = lines[["USUBJID", "LINE", "FIRST_HI"]].rename(columns={"LINE": "NEXT", "FIRST_HI": "NEXT_START"})
    pairs = lines[["USUBJID", "SRC", "LINE", "LAST_LO"]].merge(
        starts, on="USUBJID", how="inner", validate="many_to_many"
    )
    later = known(pairs["NEXT"] > pairs["LINE"])
    soon = pairs["NEXT_START"] <= pairs["LAST_LO"].where(pairs["LAST_LO"] < FOREVER) + pd.DateOffset(months=6)
    return lines.set_index(["USUBJID", "SRC"]).index.isin(
        pd.MultiIndex.from_frame(pairs.loc[later & soon, ["USUBJID", "SRC"]])
    )


def _radiotherapy_courses(screened: Screened) -> pd.DataFrame:
    treatments = screened.once(_treatments)
    return treatments[named(treatments, screened.cut.params.terms.radiotherapy)]


def later_radiotherapy(screened: Screened) -> pd.DataFrame:
    """Courses that surely begin after the anchor: no criterion excludes them, as they are not "before" it (protocol.md 5)."""
    courses = _radiotherapy_courses(screened)
    return courses[known(courses["HAPPENED"]) & (courses["FIRST_LO"] > screened.anchor(courses))]


def _radiotherapy(screened: Screened) -> pd.DataFrame:
    """Radical within 4 weeks; palliative within 2. Of unknown intent: inside 2 weeks either intent excludes (E06b)."""
    limits, terms = screened.cut.params.screening, screened.cut.params.terms
    courses = _radiotherapy_courses(screened)
    said = lambda intents: known_in(courses["INTENT"], [intent.upper() for intent in intents])
    radical = either(said(terms.radical_intents), said(terms.palliative_intents))
    four_weeks = overlaps(courses, *screened.window(courses, days=limits.radical_rt_days))
    two_weeks = overlaps(courses, *screened.window(courses, days=limits.palliative_rt_days))
    courses = courses.assign(SAYS=courses["SAYS"].mask(radical.isna(), courses["SAYS"] + ", intent not recorded"))
    not_radical = ~radical.fillna(False)  # of unknown intent: inside two weeks either one excludes
    facts = [
        prove("RADICAL_RADIOTHERAPY", courses, four_weeks & radical, screened.subjects),
        prove("PALLIATIVE_RADIOTHERAPY", courses, two_weeks & not_radical, screened.subjects),
    ]
    return pd.concat(facts, axis=1)


def _other_treatment(screened: Screened) -> pd.DataFrame:
    limits, terms, subjects = screened.cut.params.screening, screened.cut.params.terms, screened.subjects
    treatments = screened.once(_treatments)
    trial = treatments[in_category(treatments, terms.investigational_categories)]
    cells = treatments[treatments["CELLS"] | named(treatments, terms.cell_therapy)]
    other = in_category(treatments, terms.anticancer_categories) | named(treatments, terms.anticancer_medicines)
    other |= named(treatments, terms.regional_anticancer)
    other &= ~treatments.index.isin(cells.index) & ~named(treatments, terms.radiotherapy)
    drugs, modulators = treatments[other], treatments[named(treatments, terms.immunomodulator)]
    window = screened.window
    facts = [
        prove("TRIAL_DRUG", trial, overlaps(trial, *window(trial, days=limits.trial_drug_days)), subjects),
        prove(
            "CELL_THERAPY",
            cells,
            overlaps(cells, *window(cells, "DOSE_ANCHOR", years=limits.cell_therapy_years)),
            subjects,
        ),
        prove(
            "ANTICANCER", drugs, overlaps(drugs, *window(drugs, "DOSE_ANCHOR", days=limits.anticancer_days)), subjects
        ),
        prove(
            "IMMUNOMODULATOR", modulators, overlaps(modulators, *window(modulators, days=limits.steroid_days)), subjects
        ),
    ]
    return pd.concat(facts, axis=1)


def blood_products(screened: Screened) -> pd.DataFrame:
    """E10, and from which day each product makes a passing count of its own cell line unusable (rulings.md 2.6)."""
    limits, terms, subjects = screened.cut.params.screening, screened.cut.params.terms, screened.subjects
    treatments = screened.once(_treatments)
    plasma = terms.plasma + (terms.albumin if limits.albumin_is_transfusion else ())
    lines = {
        "NEUT": terms.growth_factor,
        "HGB": terms.erythropoietin + terms.red_cell + terms.transfusion,
        "PLAT": terms.platelet + terms.transfusion,
    }
    every = sum(lines.values(), ()) + plasma
    products = treatments[named(treatments, every)]
    in_window = overlaps(products, *screened.window(products, days=limits.e10_days))
    found = [prove("BLOOD_PRODUCT", products, in_window, subjects)]
    for test, listed in lines.items():
        mine = products[named(products, listed) & in_window.fillna(True)]  # possibly in the window is enough to doubt
        first = mine.groupby("USUBJID")["FIRST_LO"].min().reindex(subjects)
        found.append(pd.DataFrame({f"{test}_VOID_FROM": first.astype("datetime64[s]")}))
    return pd.concat(found, axis=1)


def _steroids(screened: Screened) -> pd.DataFrame:
    """STEROID: was the prednisone equivalent above the limit on the highest day of the window?

    Doses are summed per day, once over what was surely taken and known, once over what may have been. True when the
    first sum is above the limit, OPEN when only the second may be.
    """
    limits, terms, subjects = screened.cut.params.screening, screened.cut.params.terms, screened.subjects
    medicines = screened.once(_medicines)
    drugs = medicines[named(medicines, terms.corticosteroid)]
    local = known_in(drugs["ROUTE"], [route.upper() for route in terms.local_routes])
    active = of_subject(drugs, screened.once(autoimmune_active))  # active autoimmune disease ends the exemption E11x
    systemic = pd.Series(~local, index=drugs.index, dtype="boolean").mask(drugs["ROUTE"].isna(), pd.NA) | active
    taken = overlaps(drugs, *screened.window(drugs, days=limits.steroid_days)) & systemic
    drugs, systemic = drugs[taken.fillna(True)], systemic[taken.fillna(True)]  # what may have been taken stays in view
    daily = _prednisone(drugs, limits.steroid_equivalents)
    days = pd.DataFrame({"BEFORE": range(limits.steroid_days + limits.window_inclusive)})
    each = drugs.assign(DAILY=daily, SYSTEMIC=systemic).merge(days, how="cross")
    each["DAY"] = screened.anchor(each) - pd.to_timedelta(each["BEFORE"], unit="D")
    on = overlaps(each, each["DAY"], each["DAY"]) & each["SYSTEMIC"]
    each["SURE"] = each["DAILY"].where(known(on)).fillna(0.0)  # a dose that is not known adds nothing surely
    each["MAY"] = each["DAILY"].astype("float64").fillna(float("inf")).where(on.fillna(True), 0.0)
    by_day = each.groupby(["USUBJID", "BEFORE"])[["SURE", "MAY"]].sum().groupby("USUBJID")
    total = by_day.max() if limits.steroid_basis == "highest_day" else by_day.sum() / len(days)
    total = total.reindex(subjects)
    over = known(total["SURE"] > limits.steroid_max_mg * (1 + 1e-12))
    may = known(total["MAY"] > limits.steroid_max_mg * (1 + 1e-12)) & ~over
    says = joined(drugs, "SAYS", subjects, ", ")
    amount = number_text(total["SURE"])
    text = says + ": " + amount + " mg prednisone equivalent a day"
    return pd.DataFrame(
        {
            "STEROID": pd.Series(pd.NA, index=subjects, dtype="boolean").mask(over, True),
            "STEROID_OPEN": may,
            "STEROID_SRC": joined(drugs, "SRC", subjects),
            "STEROID_SAYS": text.mask(may, "cannot be summed: " + says),
        }
    )


def _prednisone(drugs: pd.DataFrame, equivalents: dict[str, float]) -> pd.Series:
    """mg prednisone a day (Float64); NA where drug, amount, unit or frequency is not known."""
    five = {name.upper(): mg for name, mg in equivalents.items()}
    potency = drugs["NAME"].map(five).fillna(drugs["VERBATIM"].map(five)).astype("Float64")
    mg = drugs["DOSE"] * drugs["UNIT"].map(_MG).astype("Float64")
    return mg.where(mg >= 0) * drugs["PERDAY"] * 5.0 / potency


THERAPY = (_lines, _radiotherapy, _other_treatment, blood_products, _steroids)
"""Steps, in the order of their facts. Source: protocol.md sections 6-7, rulings.md 2.6, 2.7, 2.10."""
