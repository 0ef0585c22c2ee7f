"""The clauses of the machine DLT screen as they are set: each in words, with the grades and days of the parameters."""

from nk521lib.cut import Cut
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.words import capital, plural
from nk521lib.params import Params

_WHAT = {
    "D01": "Death", "D02": "Non-haematological event", "D03": "Haematological event", "D04": "Cytokine release syndrome",
    "D05": "Neurotoxicity (ICANS)", "D06": "Graft versus host disease", "D07": "Liver", "D08": "Abdomen or catheter, intraperitoneal group",
    "D09": "Allergic or infusion reaction", "D10": "Planned doses not given",
}  # fmt: skip


def table_clauses(cut: Cut) -> Html:
    """The clauses of the machine screen: what each asks of an event that is related and began in the window."""
    entry = cut.params.about["dlt_clauses"]
    rows = [
        {"Clause": name, "What": what, "In use": Cell("yes") if clause and clause.on else Cell("off", status="hold"),
         "Meets it": _asks(cut.params, name) if clause else Cell("not set", status="soft")}
        for name, what in _WHAT.items()
        for clause in [cut.params.escalation.dlt_clauses.get(name)]
    ]  # fmt: skip
    changed = " Changed from the default." if entry.differs else ""
    note = f"Related, and begun in the window. D03 and D07 read laboratory samples alone too. {capital(entry.source)}.{changed}"
    return table("clauses", f"The machine screen [{entry.tag}]", rows, note)


def _asks(params: Params, name: str) -> str:
    """A clause in words. Grades without another word are that grade or more."""
    rule, clause = params.escalation, params.escalation.dlt_clauses[name]
    grade, limits = clause.grade, rule.dlt_screen_limits
    high, less = f"grade {grade} or more", f"grade {grade - 1}"
    lasting = "" if clause.days is None else f" for more than {_days(clause.days)}"
    lab = "" if clause.days is None else f", a laboratory finding that resolves within {_days(clause.days)}"
    return {
        "D01": "fatal by outcome, criterion or grade 5; any other death in the window is a candidate too",
        "D02": f"{high}; at grade 3 not: nausea, vomiting, diarrhoea or fatigue that improves within {_days(limits.gi_improves_days)}, "
               f"fever that resolves within {_days(limits.fever_resolves_days)}{lab}",
        "D03": f"neutropenia or thrombocytopenia of {high}{lasting}; febrile neutropenia; thrombocytopenia of {less} or more with bleeding; "
               f"anaemia of {high}",
        "D04": f"{high}; {less}{lasting}",
        "D05": f"{high}; {less}{lasting}",
        "D06": f"acute of {high}; chronic of any grade",
        "D07": f"raised transaminases of {high}{lasting}; samples of ALT or AST above {limits.alt_uln:g} × ULN, or {limits.alt_baseline:g} × an abnormal "
               f"baseline{lasting}; Hy's law pattern",
        "D08": f"peritonitis of {high}, or of {less}{lasting}; perforation or obstruction; abdominal pain of {high} for more than "
               f"{_days(limits.pain_days)}; catheter event of {high}",
        "D09": f"{high}; an infusion reaction of grade 3 only where it takes more than {_days(limits.fever_resolves_days)} to resolve",
        "D10": f"{plural(rule.tox_missed_doses, 'planned dose')} of the window or more not given because of toxicity",
    }[name]  # fmt: skip


def _days(days: float) -> str:
    return "1 day" if days == 1 else f"{days:g} days"
