"""Laboratory facts: counts, chemistry, clearance, virology, pregnancy test (I07a, E04a, E12, E14)."""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.records import (
    BEGINNING,
    Deciding,
    known_in,
    named,
    source_ids,
    to_standard_units,
    upper,
    within_days,
)
from nk521lib.chapters.screening.evidence import Screened, answer, measure, number_text, of_subject, procedures, state
from nk521lib.chapters.screening.logic import FLIPPED, Facts
from nk521lib.standards.comparison import above
from nk521lib.standards.laboratory_names import laboratory_name
from nk521lib.standards.renal import cockcroft_gault, ideal_weight
from nk521lib.standards.units import standard_unit
from nk521lib.three_valued import either, known

TESTS = {"NEUT": False, "PLAT": False, "HGB": False, "ALT": True, "AST": True, "BILI": True, "CREAT": True}
"""Test code: is a high value the less favourable?"""
VIROLOGY = ("LB", "MB", "IS")
"""SDTMIG 3.4 moves antigens and antibodies out of LB: any of the three is accepted."""


def blood(screened: Screened) -> pd.DataFrame:
    """Counts and chemistry of `TESTS`, and the clearance as reported."""
    lb = screened.readings("LB", tests=(*TESTS, "CREATCLR"))
    recent = screened.recent(lb, days=screened.cut.params.screening.lab_window_days)
    chemistry = to_standard_units(recent[known_in(recent["TEST"], TESTS)])
    of = lambda test: chemistry[chemistry["TEST"] == test]
    facts = [
        measure(test, of(test), laboratory_name(test), screened.subjects, high, standard_unit(test))
        for test, high in TESTS.items()
    ]
    reported = recent[known_in(recent["TEST"], ("CREATCLR",))]
    usable = known_in(reported["UNIT"].str.lower(), ("ml/min",))
    reported = reported.assign(VALUE=reported["VALUE"].where(usable), ULN=pd.NA)
    facts.append(measure("CREATCLR", reported, "reported clearance", screened.subjects, False, "mL/min"))
    return pd.concat(facts, axis=1)


def _clearance(screened: Screened) -> pd.DataFrame:
    """CRCL_LOW and CRCL_HIGH (mL/min): Cockcroft-Gault under the oldest and the youngest possible age."""
    subjects, method = screened.subjects, screened.cut.params.screening.crcl_weight
    creatinine = screened.once(blood)
    drawn = creatinine["CREAT_DT"]
    youngest, oldest = derive_ages(screened, drawn)
    sex = screened.adsl["SEX"].str.upper()
    female = either(known_in(sex, ("F",)), known_in(sex, ("M",)))
    weight = _weight(screened, drawn, female, method)
    clearance = lambda age: cockcroft_gault(age, weight["WEIGHT"], creatinine["CREAT"], female)
    low, high = clearance(oldest), clearance(youngest)
    relation = creatinine["CREAT_OP"].replace(FLIPPED).where(low.notna())
    shown = number_text(low.round(1))
    spread = (" to " + number_text(high.round(1))).where(known(high > low), "")
    drawn_without = lambda part, name: pd.Series("", subjects, dtype="string").mask(
        part.isna() & drawn.notna(), ", " + name
    )
    missing = pd.Series("", subjects, dtype="string").mask(drawn.isna(), ", creatinine")
    missing += drawn_without(oldest, "age") + drawn_without(weight["WEIGHT"], "weight") + drawn_without(female, "sex")
    return pd.DataFrame(
        {
            "CRCL_LOW": low,
            "CRCL_LOW_OP": relation,
            "CRCL_HIGH": high,
            "CRCL_HIGH_OP": relation,
            "CRCL_LOW_DT": drawn,
            "CRCL_LOW_SRC": (creatinine["CREAT_SRC"] + ";" + weight["SRC"]).fillna(creatinine["CREAT_SRC"]),
            "CRCL_LOW_SAYS": "clearance " + shown + spread + " mL/min (" + method + " weight " + number_text(weight["WEIGHT"]) + " kg)",
            "CRCL_LOW_WHY": (missing.str[2:] + " for clearance").where(low.isna()),
        }
    )  # fmt: skip


def derive_ages(screened: Screened, day: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Youngest and oldest possible age in completed years on a day; DM.AGE only where there is no birth date."""
    dm = screened.cut["DM"].set_index("USUBJID").reindex(screened.subjects)
    born = dm["BRTHDTC"]
    given = dm["AGE"].astype("Float64").where(known_in(dm["AGEU"].str.upper().fillna("YEARS"), ("YEARS",)))
    given = given.where(born.isna()).astype("Float64")
    years = lambda birth: _completed_years(birth, day).fillna(given)
    return years(dates.latest(born)), years(dates.earliest(born))


def _completed_years(birth: pd.Series, day: pd.Series) -> pd.Series:
    birthday_to_come = (day.dt.month * 100 + day.dt.day) < (birth.dt.month * 100 + birth.dt.day)
    years = day.dt.year - birth.dt.year - birthday_to_come.astype("float64")
    return years.where(birth.notna() & day.notna()).astype("Float64")


def _weight(screened: Screened, day: pd.Series, female: pd.Series, method: str) -> pd.DataFrame:
    """WEIGHT (kg) and SRC: the last on or before the day, measured, ideal, or measured after the last drainage."""
    test, unit = ("HEIGHT", "cm") if method == "ideal" else ("WEIGHT", "kg")
    rows = screened.readings("VS", tests=(test,))
    rows = rows.assign(
        VALUE=rows["VALUE"].where(known_in(rows["UNIT"].str.lower(), (unit,)) & known_in(rows["OP"], ("=",)))
    )
    until = of_subject(rows, day)
    since = pd.Series(BEGINNING, index=rows.index)
    if method == "post_drainage":
        pr = screened.once(procedures)
        drained = pr[named(pr, screened.cut.params.terms.drainage) & known(pr["HAPPENED"])]
        drained = drained[drained["FIRST_LO"] <= of_subject(drained, day)]
        last = drained.groupby("USUBJID")["LAST_HI"].max()
        since = (of_subject(rows, last) + pd.Timedelta(days=1)).fillna(since)
    rows = within_days(rows, since, until)
    chosen = Deciding.of(screened.subjects, rows, rows["VALUE"] * -1)  # a low weight gives the lower clearance
    value = chosen["VALUE"].where(known(chosen["VALUE"] > 0)).astype("Float64")
    return pd.DataFrame(
        {"WEIGHT": ideal_weight(value, female) if method == "ideal" else value, "SRC": chosen["SRC"].astype("string")}
    )


def _qualitative(rows: pd.DataFrame, screened: Screened) -> pd.Series:
    """True for a positive word, False for a negative one, NA for anything else."""
    terms = screened.cut.params.terms
    return either(known_in(rows["TEXT"], terms.positive_results), known_in(rows["TEXT"], terms.negative_results))


def _virology(screened: Screened) -> pd.DataFrame:
    days, subjects = screened.cut.params.screening.screen_window_days, screened.subjects
    rows = screened.readings(*VIROLOGY, tests=("HIV12AB", "HBSAG", "HBVDNA", "HCAB", "HCVRNA"))
    rows = screened.recent(rows, days=days)
    of = lambda code: rows[known_in(rows["TEST"], (code,))]
    words = lambda name, code, label: answer(name, of(code), _qualitative(of(code), screened), label, subjects)
    dna, rna = of("HBVDNA"), of("HCVRNA")
    facts = [
        words("HIV_POSITIVE", "HIV12AB", "HIV test"),
        words("HBSAG_POSITIVE", "HBSAG", "HBsAg"),
        answer("HBV_DNA_DETECTED", dna, _detected(dna, screened), "HBV DNA", subjects),
        answer("HBV_DNA_ABOVE_ULN", dna, _above_normal(dna, screened), "HBV DNA against its upper limit", subjects),
        words("HCV_ANTIBODY", "HCAB", "HCV antibody"),
        answer("HCV_RNA_DETECTED", rna, _detected(rna, screened), "HCV RNA", subjects),
    ]
    return pd.concat(facts, axis=1)


def _detected(rows: pd.DataFrame, screened: Screened) -> pd.Series:
    """A number above zero or a positive word; `<20` may be either."""
    number = above(Facts(rows.rename(columns={"VALUE": "X", "OP": "X_OP"})).X, 0.0)
    return _qualitative(rows, screened).fillna(number)


def _above_normal(rows: pd.DataFrame, screened: Screened) -> pd.Series:
    """Above the laboratory's upper limit; a negative word is not above it, a positive one says nothing."""
    number = above(Facts(rows.rename(columns={"VALUE": "X", "OP": "X_OP"})).X, rows["ULN"])
    words = _qualitative(rows, screened)
    return number.mask(known(~words), False)


def _pregnancy(screened: Screened) -> pd.DataFrame:
    """CHILDBEARING (False for men and for women without potential) and SERUM_HCG_POSITIVE."""
    cut, subjects = screened.cut, screened.subjects
    rp = cut["RP"]
    asked = rp[known_in(upper(rp["RPTESTCD"]), ("CHILDPOT",))]
    rows = pd.DataFrame(
        {
            "USUBJID": asked["USUBJID"], "SRC": source_ids(asked, "RP"), "TEXT": upper(asked["RPORRES"]),
            "DAY_LO": dates.earliest(asked["RPDTC"]), "MOMENT": dates.moment(asked["RPDTC"]),
        }
    )  # fmt: skip
    rows["DAY_HI"] = dates.latest(asked["RPDTC"]).fillna(BEGINNING)
    rows = rows[~known(dates.on_or_after(rows["DAY_LO"], rows["DAY_HI"], screened.anchor(rows) + pd.Timedelta(days=1)))]
    potential = rows["TEXT"].map({"Y": 2.0, "N": 0.0}).astype("Float64").fillna(1.0)  # unknown ranks between
    said = Deciding.of(subjects, rows, potential)
    status = said["TEXT"].map({"Y": True, "N": False}).astype("boolean")
    sex = screened.adsl["SEX"].str.upper()
    woman, man = known_in(sex, ("F",)), known_in(sex, ("M",))
    value = status.where(woman).mask(man, False)
    says = pd.Series(pd.NA, index=subjects, dtype="string").mask(man, "male")
    says = says.mask(woman, "childbearing potential " + said["TEXT"].str.lower())
    childbearing = state("CHILDBEARING", value, says, said["SRC"].where(woman), "childbearing potential")
    hcg = screened.readings("LB", tests=("HCG",))
    serum = hcg[known_in(hcg["SPEC"], ("SERUM",))]
    serum = screened.recent(serum, days=cut.params.screening.pregnancy_window_days)
    test = answer("SERUM_HCG_POSITIVE", serum, _qualitative(serum, screened), "serum pregnancy test", subjects)
    return pd.concat([childbearing, test], axis=1)


LABORATORY = (blood, _clearance, _virology, _pregnancy)
"""Steps, in the order of their facts. Source: protocol.md sections 5-7, rulings.md 2.3, 2.8, 2.9."""
