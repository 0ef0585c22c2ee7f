"""Adverse events and deaths: the answer of the page, counts, and the events a reader must know one by one."""

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety import overview as counts
from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.masking import derive_masking
from nk521lib.chapters.safety.people import count_deaths
from nk521lib.cut import Cut
from nk521lib.display.say import Html, headline, notice
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.safety.counted import NOBODY, counted, named, say_most_frequent
from nk521lib.display.words import day, listed, plural

NO_AE = "The snapshot has no adverse event record at all: that nothing happened cannot be read from it."
CRITERIA = {"AESDTH": "death", "AESLIFE": "life-threatening", "AESHOSP": "hospital stay", "AESDISAB": "disability",
             "AESCONG": "birth defect", "AESMIE": "medically important"}  # fmt: skip


def say_safety(cut: Cut, found: Safety) -> Html:
    """The answer of the page, neutral, with what it cannot say."""
    if not found.order:
        return headline("Nobody has been dosed, so there is nothing to say about safety yet.")
    if cut["AE"].empty:
        return headline("Adverse events cannot be described.", why=NO_AE)
    overview = counts.count_overview(found.adae, found.columns, cut)
    names = {name: row[found.overall.label] for name, row in zip(counts.OVERVIEW, overview, strict=True)}
    deaths = [row[found.overall.label] for row in count_deaths(found.deaths, found.columns, cut)]
    within, everyone = deaths[0], deaths[-1]
    high, size = cut.params.safety.high_grade, names["ANY"].N
    if found.adae["ATOXGRN"].notna().any() or found.adae.empty:
        first: list = [
            names["GRADE3"].n,
            " of ",
            size,
            f" dosed subjects had a treatment-emergent event of grade {high} or higher. ",
        ]
    else:
        first = [
            names["ANY"].n,
            " of ",
            size,
            " dosed subjects had a treatment-emergent event; none of the events carries a CTCAE grade. ",
        ]
    uncounted = counts.derive_uncounted(found.adae, cut)
    first += ["Whether an event was serious is not recorded. "] if "SERIOUS" in uncounted else [names["SERIOUS"].n, " had a serious event. "]  # fmt: skip
    first += ["Deaths within ", f"{cut.params.safety.death_days} days of the last dose: ", within.n,
              "; up to the cut-off: ", everyone.n, "."]  # fmt: skip
    why: list = []
    if names["GRADE_MISSING"].n.stat and found.adae["ATOXGRN"].notna().any():
        why += [
            names["GRADE_MISSING"].n,
            " had an event of unknown grade, which is not counted among the high grades. ",
        ]
    why += [names["RELATED"].n, " had an event counted as related"]
    why += ["."] if "DLT" in uncounted else [", ", names["DLT"].n, " an event recorded as dose-limiting."]
    return headline(first, why=why)


def table_overview(cut: Cut, found: Safety) -> Html:
    """The ten rows of `ae_overview`."""
    rows = counts.count_overview(found.adae, found.columns, cut) if len(cut["AE"]) else []
    return counted("ae-overview", "Treatment-emergent events at a glance", rows, cut, found,
                   "Each subject once per line. Related: possible or definite, and relation missing or unknown."
                   + _undecided(cut, found, [*counts.OVERVIEW]),
                   empty=NO_AE if found.order else NOBODY)  # fmt: skip


def table_headline_rates(cut: Cut, found: Safety) -> Html:
    """The few rates that carry an interval."""
    rows = counts.count_headline_rates(found.adae, found.columns, cut) if len(cut["AE"]) else []
    uncounted = counts.derive_uncounted(found.adae, cut) if len(cut["AE"]) else {}
    left = "".join(f" {counts.OVERVIEW[name].format(high=cut.params.safety.high_grade)}: {uncounted[name]}, so no rate."
                   for name in counts.HEADLINE if name in uncounted)  # fmt: skip
    ungraded = emergent(found.adae).loc[lambda a: a["ATOXGRN"].isna(), "USUBJID"].nunique()
    if ungraded and "GRADE3" not in uncounted:
        left += f" {plural(ungraded, 'subject')} with an event of unknown grade: only known grades count."
    left += _undecided(cut, found, [*counts.HEADLINE])
    level = f"{100 * cut.params.efficacy.conf_level:g} %"
    return counted("ae-rates", "What so few subjects can and cannot exclude", rows, cut, found,
                   f"n/N (share), {level} exact (Clopper-Pearson) limits. Groups stand side by side and are not compared.{left}",
                   empty=NO_AE if found.order else NOBODY)  # fmt: skip


def _undecided(cut: Cut, found: Safety, names: list[str]) -> str:
    """Whom a line may leave out because a record does not say."""
    open_ = {n: ids for n, ids in counts.derive_undecided(found.adae, cut).items() if ids and n in names}
    return "".join(
        f" {counts.OVERVIEW[name]}: not recorded for an event of {plural(len(ids), 'more subject')} (SAF-026)."
        for name, ids in open_.items()
    )


def table_terms(cut: Cut, found: Safety) -> Html:
    """Class and term, with the highest grade of each subject."""
    teae = emergent(found.adae)
    rows = counts.count_terms(teae, found.columns)
    heading = say_most_frequent(teae, len(found.order)) or "No treatment-emergent event is recorded"
    graded = "Grade lines give each subject's highest grade of the term." if teae["ATOXGRN"].notna().any() else (
        "No record has a CTCAE grade, so there are no lines by grade; severity words are not grades.")  # fmt: skip
    return counted("ae-terms", heading, rows, cut, found, f"Treatment-emergent events, each subject once per line. {graded}",
                   section="class", empty=NO_AE if cut["AE"].empty else "No treatment-emergent event is recorded.")  # fmt: skip


def table_related(cut: Cut, found: Safety) -> Html:
    """Terms counted as related."""
    teae = emergent(found.adae)
    related = teae[teae["RELFL"].isin(["Y"])]
    rows = counts.count_terms(related, found.columns, "ae_related_soc_pt", grades=False)
    return counted("ae-related", "Events counted as related to the product", rows, cut, found, "Each subject once per line.", section="class",
                   empty="No treatment-emergent event is counted as related.")  # fmt: skip


def table_special_interest(cut: Cut, found: Safety) -> Html:
    """Kinds of special interest, those nobody had included."""
    rows = counts.count_special_interest(found.adae, found.columns, cut) if len(cut["AE"]) else []
    ungraded = emergent(found.adae).loc[lambda a: a["AESIU"].isin(["Y"]), "USUBJID"].nunique()
    unsure = f" {plural(ungraded, 'subject')} with a listed event of unknown grade, which may be of special interest: not counted." if ungraded else ""  # fmt: skip
    only = "; ".join(
        f"{counts.kind_name(kind)} in group {listed(groups)}" for kind, groups in cut.params.safety.aesi_groups.items()
    )
    return counted("ae-special", "Events of special interest, looked for by explicit lists of terms", rows, cut, found,
                   f"Counted in some groups only: {only or 'none'}. Recorded: flagged by the investigator, term on no list.{unsure}{_say_stages(cut, found)}",
                   empty=NO_AE)  # fmt: skip


def _say_stages(cut: Cut, found: Safety) -> str:
    """Whether findings about graft-versus-host disease are on file; no codes are agreed from which stages could be read."""
    if "GVHD" not in cut.params.safety.aesi:
        return ""
    about = cut["FA"]["FAOBJ"].str.upper().str.strip().isin(["GVHD", *cut.params.terms.aesi_terms.get("GVHD", ())])
    people = cut["FA"].loc[about & cut["FA"]["USUBJID"].isin(found.order), "USUBJID"]
    if people.empty:
        return " GvHD: no findings about it (FA) are in the data, so there are no MAGIC stages."
    return (f" GvHD: {plural(len(people), 'finding')} (FA) of {plural(people.nunique(), 'subject')} on file, to be read on the subjects' pages; "
            "MAGIC stages are not computed from them.")  # fmt: skip


def table_by_dose(cut: Cut, found: Safety) -> Html:
    """CRS, ICANS and infusion reactions per dose number."""
    if not cut.params.trial.dose_days:
        return notice("Doses are not numbered in this study, so reactions are not counted by dose.")
    rows = counts.count_reactions_by_dose(found.adae, found.adex, found.columns)
    return counted("ae-by-dose", "Cytokine release, neurotoxicity and infusion reactions by dose", rows, cut, found,
                   "Of the subjects who received that dose; after it and before the next one.",
                   empty=NO_AE if cut["AE"].empty else "No such reaction with a known start is recorded after any dose.")  # fmt: skip


def list_notable_events(cut: Cut, found: Safety) -> Html:
    """Serious, grade 3 or higher, special interest, dose-limiting, fatal or stopping: one row per record, after the first dose or not."""
    adae, high = found.adae, cut.params.safety.high_grade
    raw = cut["AE"][["USUBJID", "AESEQ", *CRITERIA]]
    adae = adae.merge(raw, on=["USUBJID", "AESEQ"], how="left", validate="many_to_one")
    reasons = {
        "serious": adae["AESER"].str.upper().isin(["Y"]), f"grade {high} or higher": (adae["ATOXGRN"] >= high).fillna(False),
        "special interest": adae["AESIFL"].isin(["Y"]), "dose-limiting": adae["DLTFL"].isin(["Y"]),
        "fatal": adae["FATALFL"].isin(["Y"]), "product stopped": adae["STOPFL"].isin(["Y"]),
    }  # fmt: skip
    why = pd.Series("", index=adae.index)
    for reason, holds in reasons.items():
        why = why.mask(holds.astype(bool), why + ", " + reason)
    chosen = adae.assign(WHY=why.str.removeprefix(", "))[why != ""]
    rows = [event_row(record, found) | {"why listed": _why(record)} for record in chosen.to_dict("records")]
    return table("ae-notable", "Events to know one by one", rows,
                 f"Serious, grade {high} or higher, special interest, dose-limiting, fatal or stopping treatment. An event outside the safety window "
                 f"is listed and says so. Dates as recorded; day 1 is the first dose. Cut-off {day(cut.cutoff)}.",
                 empty=NO_AE if cut["AE"].empty else "No such event is recorded.")  # fmt: skip


def event_row(event: dict, found: Safety) -> dict[str, object]:
    """One record of `adae` as a line of a listing; `record` is its key with the subject."""
    place = (
        ""
        if event["TRTEMFL"] == "Y"
        else ("; after the safety window" if event["POSTSAEFL"] == "Y" else "; not treatment-emergent")
    )
    relation = "missing, counted as related" if pd.isna(event["AREL"]) else str(event["AREL"]).lower()
    procedure = "; related to the procedure" if event["RELPRFL"] == "Y" else ""
    scale = [
        f"{name} {event[variable]}"
        for name, variable in (("CRS", "CRSGR"), ("ICANS", "ICANSGR"))
        if not pd.isna(event[variable])
    ]
    grade = "missing" if pd.isna(event["ATOXGRN"]) else str(event["ATOXGRN"])
    return {
        "subject": named(event["USUBJID"], found), "received": event["TRT01A"],
        "event": f"{event['APT']}" + (f" (“{event['AETERM']}”)" if not pd.isna(event["AETERM"]) and str(event["AETERM"]).upper() != str(event["APT"]).upper() else ""),
        "grade": grade + (f"; ASTCT {', '.join(scale)}" if scale else ""),
        "from and to": f"{_when(event, 'AESTDTC', 'ASTDY')} to {_end(event)}{place}", "after dose": _after(event),
        "relation": relation + procedure, "action and outcome": _joined(event["AEACN"], event["AEOUT"]),
        "record": f"AE {event['AESEQ']}",
    }  # fmt: skip


def _why(event: dict) -> str:
    criteria = [text for name, text in CRITERIA.items() if event[name] == "Y"]
    return str(event["WHY"]) + (f" ({', '.join(criteria)})" if criteria else "")


def _when(event: dict, text: str, number: str) -> str:
    said = event[text]
    if pd.isna(said):
        return "no date"
    if pd.isna(event[number]) or len(said) < 10:
        return f"{said} (date not complete)"
    clock = f" {said[11:16]}" if len(said) >= 16 else ""
    return f"{_kept(day(said[:10]) + clock)}, {_kept(f'day {event[number]}')},"


def _kept(text: str) -> str:
    """Words that a narrow column must not part."""
    return text.replace(" ", "\u00a0")


def _date(text: object, missing: str) -> str:
    """A date as recorded, for people where it is complete."""
    if pd.isna(text):
        return missing
    return _kept(day(str(text)[:10])) if len(str(text)) >= 10 else f"{text} (date not complete)"


def _end(event: dict) -> str:
    if pd.isna(event["AEENDTC"]):
        return "ongoing" if event["AONGOFL"] == "Y" else "an unknown date"
    return _when(event, "AEENDTC", "AENDY").rstrip(",")


def _after(event: dict) -> str:
    if pd.isna(event["ADOSENO"]):
        return "before the first dose, or not known"
    hours = (
        ""
        if pd.isna(event["ADOSEDY"])
        else f", {event['ADOSEHR']:.0f} h"
        if not pd.isna(event["ADOSEHR"]) and event["ADOSEHR"] < 72
        else f", {event['ADOSEDY']} d"
    )
    return _kept(f"dose {event['ADOSENO']}{hours}")


def _joined(*texts: object) -> str:
    return "; ".join(str(text).lower() for text in texts if not pd.isna(text)) or "not recorded"


def list_deaths(cut: Cut, found: Safety) -> Html:
    """Counts of deaths and one row per death."""
    rows = count_deaths(found.deaths, found.columns, cut)
    counts_ = counted("deaths", "Deaths of dosed subjects", rows, cut, found, "Whatever the cause.")
    days = cut.params.safety.death_days
    lines = [
        {"subject": named(d["USUBJID"], found), "received": d["TRT01A"],
         "died": day(d["DTHDT"]) if not pd.isna(d["DTHDT"]) else f"{d['DTHDTC'] if not pd.isna(d['DTHDTC']) else 'no date'} (not complete)",
         "days after last dose": Cell("not known", status="soft") if pd.isna(d["DAYSLAST"]) else str(d["DAYSLAST"]),
         f"within {days} days": "cannot be told" if pd.isna(d["WITHIN"]) else ("yes" if d["WITHIN"] else "no"),
         "doses": str(d["NDOSE"]), "cause recorded": d["CAUSE"], "record": d["SRC"]}
        for d in found.deaths.to_dict("records")
    ]  # fmt: skip
    listing = table("deaths-listing", "Each death", lines, empty="No death of a dosed subject is known at the cut-off.")
    return Html(counts_.html + listing.html, f"{counts_.plain}\n{listing.plain}", (*counts_.numbers, *listing.numbers))


def list_masking(cut: Cut, found: Safety) -> Html:
    """Drugs after the first dose that may hide an event or its grade."""
    if not cut.has("CM"):
        return notice("The snapshot has no medications (CM): what may have hidden an event cannot be told.")
    drugs = derive_masking(cut, found.adsl)
    limit = 3 * cut.params.safety.figure_max_subjects
    rows = [
        {"subject": named(d["USUBJID"], found), "received": d["TRT01A"], "kind": d["KIND"], "drug": d["CMTRT"], "given for": d["CMINDC"], "from": _date(d["CMSTDTC"], "no start date"),
         "to": _date(d["CMENDTC"], "no end date"),
         "after dose": "before the first dose, or not known" if pd.isna(d["DOSENO"]) else str(d["DOSENO"])}
        for d in drugs.head(limit).to_dict("records")
    ]  # fmt: skip
    more = f" The first {limit} of {len(drugs)} records are shown." if len(drugs) > limit else ""
    kinds = listed(sorted(drugs["KIND"].dropna().unique()))
    return table("masking", f"What may hide an event: {kinds}", rows, f"In use on or after the first dose, or possibly so.{more}",
                 empty="No steroid, anticytokine, antipyretic or vasopressor is recorded after a first dose.")  # fmt: skip
