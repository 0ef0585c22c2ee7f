"""Counts of treatment-emergent events: overview, class and term with highest grade, kinds of special interest, by dose.

Source: spec safety.md sections 2 and 10, rulings.md 5.7, outputs.md section 5 (names of `ae_overview`).
"""

import pandas as pd

from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.counts import Row, count, flagged, rate, totals, without_count
from nk521lib.cut import Cut
from nk521lib.results import Column

OVERVIEW = {
    "ANY": "Any treatment-emergent event", "RELATED": "Related to the product", "GRADE3": "Grade {high} or higher",
    "GRADE_MISSING": "With an event of unknown grade", "SERIOUS": "Serious", "FATAL": "Fatal",
    "DOSE_CHANGED": "Dose reduced, interrupted or delayed", "STOPPED": "Product stopped",
    "AESI": "Of special interest", "DLT": "Dose-limiting, as recorded",
}  # fmt: skip
"""Rows of `ae_overview` in their order: name in the results, label on the page."""

HEADLINE = ("GRADE3", "SERIOUS", "DLT")
"""Rows of the overview that carry an interval."""

_SPELT = {"CRS": "CRS", "ICANS": "ICANS", "GVHD": "GvHD", "IEC-HS": "IEC-HS", "IV": "IV"}
GRADES = {1: "Grade 1", 2: "Grade 2", 3: "Grade 3", 4: "Grade 4", 5: "Grade 5"}


def derive_overview_members(adae: pd.DataFrame, cut: Cut) -> dict[str, set[str]]:
    """Subjects of each overview row, over treatment-emergent records."""
    teae, high = emergent(adae), cut.params.safety.high_grade
    found = flagged(teae, {
        "ANY": teae["TRTEMFL"].isin(["Y"]), "RELATED": teae["RELFL"].isin(["Y"]), "GRADE3": teae["ATOXGRN"] >= high,
        "GRADE_MISSING": teae["ATOXGRN"].isna(), "SERIOUS": teae["AESER"].str.upper().isin(["Y"]),
        "FATAL": teae["FATALFL"].isin(["Y"]), "DOSE_CHANGED": teae["DOSCHGFL"].isin(["Y"]), "STOPPED": teae["STOPFL"].isin(["Y"]),
        "AESI": teae["AESIFL"].isin(["Y"]), "DLT": teae["DLTFL"].isin(["Y"]),
    })  # fmt: skip
    return {name: found[name] for name in OVERVIEW}


_DECIDED_BY = {"GRADE3": "ATOXGRN", "SERIOUS": "AESER", "DOSE_CHANGED": "AEACN", "STOPPED": "AEACN"}
"""The variable without which a row of the overview cannot be counted."""


def derive_uncounted(adae: pd.DataFrame, cut: Cut) -> dict[str, str]:
    """Rows of the overview that these data cannot fill, with the word that stands in their place.

    A nought says that somebody looked: where no treatment-emergent record carries the variable at all, nobody could.
    """
    teae = emergent(adae)
    silent = {name: "not recorded" for name, variable in _DECIDED_BY.items() if len(teae) and teae[variable].isna().all()}  # fmt: skip
    return silent | ({} if cut.params.trial.levels else {"DLT": "not applicable"})


def derive_undecided(adae: pd.DataFrame, cut: Cut) -> dict[str, set[str]]:
    """By row of the overview, the subjects whom it does not count and would if what a record leaves out said so.

    Events of unknown grade have a row of their own.
    """
    teae, members, uncounted = emergent(adae), derive_overview_members(adae, cut), derive_uncounted(adae, cut)
    found = flagged(
        teae, {name: _unrecorded(teae[variable]) for name, variable in _DECIDED_BY.items() if name != "GRADE3"}
    )
    return {name: found[name] - members[name] for name in found if name not in uncounted}


def unrecorded_events(adae: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Treatment-emergent records without seriousness, and those without the action taken, by variable."""
    teae = emergent(adae)
    return {variable: teae[_unrecorded(teae[variable])] for variable in ("AESER", "AEACN")}


def _unrecorded(values: pd.Series) -> pd.Series:
    return values.isna() | values.str.upper().isin(["U", "UNKNOWN"])


def count_overview(adae: pd.DataFrame, columns: list[Column], cut: Cut) -> list[Row]:
    """The ten rows of `ae_overview`."""
    members, uncounted = derive_overview_members(adae, cut), derive_uncounted(adae, cut)
    rows = {
        name: count(columns, members[name], label.format(high=cut.params.safety.high_grade),
                    analysis_id="ae_overview", variable="TRTEMFL", variable_level=name)
        for name, label in OVERVIEW.items()
    }  # fmt: skip
    return [without_count(row, uncounted[name]) if name in uncounted else row for name, row in rows.items()]


def count_headline_rates(adae: pd.DataFrame, columns: list[Column], cut: Cut) -> list[Row]:
    """Exact intervals for the headline rates only, per group and overall; no line where nothing could be counted."""
    members, level = derive_overview_members(adae, cut), cut.params.efficacy.conf_level
    uncounted = derive_uncounted(adae, cut)
    return [
        rate(totals(columns), members[name], OVERVIEW[name].format(high=cut.params.safety.high_grade), level,
             analysis_id="rate_teae", variable="TRTEMFL", variable_level=name)
        for name in HEADLINE
        if name not in uncounted
    ]  # fmt: skip


def count_terms(
    events: pd.DataFrame, columns: list[Column], analysis_id: str = "ae_soc_pt", grades: bool = True
) -> list[Row]:
    """Subjects per class and term, once each, and by the term's highest grade per subject.

    events : the records to count (of `adae`). Classes and terms by falling number of subjects, then by name. A subject
    whose records of a term are partly graded counts at the highest known grade; without any grade in "grade missing".
    grades : False leaves the lines by grade out, as does data in which no record has a grade.
    """
    rows: list[Row] = []
    graded = grades and bool(events["ATOXGRN"].notna().any())
    highest = events.groupby(["ASOC", "APT", "USUBJID"])["ATOXGRN"].max().reset_index()
    for soc, of_class in _by_frequency(highest, "ASOC"):
        rows.append({"class": soc} | count(columns, of_class["USUBJID"].unique(), "Any term of this class",
                                           analysis_id=analysis_id, variable="AESOC", variable_level=soc))  # fmt: skip
        for term, of_term in _by_frequency(of_class, "APT"):
            worst = of_term.set_index("USUBJID")["ATOXGRN"]
            where = {"analysis_id": analysis_id, "variable_level": f"{soc}: {term}"}
            rows.append({"class": soc} | count(columns, worst.index, term, variable="AEDECOD", **where))
            if graded:
                rows += [{"class": soc} | line for line in _by_grade(worst, columns, where)]
    return rows


def _by_grade(worst: pd.Series, columns: list[Column], where: dict[str, str]) -> list[Row]:
    level = where.pop("variable_level")
    groups = {number: (name, worst.index[worst.isin([number])]) for number, name in GRADES.items()}
    groups["missing"] = ("Grade missing", worst.index[worst.isna()])
    return [
        count(columns, ids, "\u2003" + name, variable="ATOXGRN", variable_level=f"{level}: {key}", **where)
        for key, (name, ids) in groups.items()
        if len(ids)
    ]


def _by_frequency(highest: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    """Rows per value of a column, by falling number of subjects, then by name."""
    parts = [(str(value), rows) for value, rows in highest.groupby(column)]
    return sorted(parts, key=lambda part: (-part[1]["USUBJID"].nunique(), part[0]))


def count_special_interest(adae: pd.DataFrame, columns: list[Column], cut: Cut) -> list[Row]:
    """Subjects with treatment-emergent events of each kind of special interest; kinds nobody had are kept: looked for."""
    teae = emergent(adae)
    kinds = [*cut.params.safety.aesi, "RECORDED"]
    return [
        count(columns, teae.loc[_has_kind(teae["AESICAT"], kind), "USUBJID"].unique(), kind_name(kind),
              analysis_id="ae_special_interest", variable="AESICAT", variable_level=kind)
        for kind in kinds
    ]  # fmt: skip


def kind_name(kind: str) -> str:
    """A kind of special interest for people: abbreviations stay, words are written small."""
    words = [_SPELT.get(word, word.lower()) for word in kind.split()]
    return words[0][0].upper() + " ".join(words)[1:]


def _has_kind(kinds: pd.Series, kind: str) -> pd.Series:
    return ("; " + kinds + "; ").str.contains(f"; {kind}; ", regex=False).fillna(False).astype(bool)


def count_reactions_by_dose(adae: pd.DataFrame, adex: pd.DataFrame, columns: list[Column]) -> list[Row]:
    """CRS, ICANS and infusion reactions after each dose, of the subjects who received that dose."""
    teae, doses = emergent(adae), adex[adex["PARAMCD"] == "DOSE"]
    rows: list[Row] = []
    for dose in sorted(doses["DOSENO"].dropna().unique()):
        given = set(doses.loc[doses["DOSENO"] == dose, "USUBJID"])
        columns_given = [
            Column(c.label, tuple(u for u in c.usubjids if u in given), c.group1_level, c.group2_level) for c in columns
        ]
        after = teae[teae["ADOSENO"].isin([dose])]
        for kind in ("CRS", "ICANS", "INFUSION REACTION"):
            ids = after.loc[_has_kind(after["AESICAT"], kind), "USUBJID"].unique()
            if len(ids):
                rows.append(count(columns_given, ids, f"{kind_name(kind)} after dose {dose}", analysis_id="reaction_by_dose",
                                  variable=kind, variable_level=str(dose)))  # fmt: skip
    return rows
