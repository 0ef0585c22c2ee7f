"""The DLT status of each dosed subject a second time: plain loops over records, written from the spec alone.

Reads escalation.md sections 2, 5, 6 and rulings.md 3.1 to 3.6 for the default parameters; whole dates only, clauses by
the lists given. Imports nothing from the chapter. It must agree with `derive_dlt_status` on every subject.
"""

from datetime import date, timedelta

DOSES = (1, 8, 15, 22)
CELLS = {1: 1.0, 2: 3.0, 3: 6.0}
CLEARLY_LAB = ("HYPOKALAEMIA", "ALANINE AMINOTRANSFERASE INCREASED")
NEUTROPENIA, PLATELETS, ANAEMIA, OTHER_BLOOD = (
    ("NEUTROPENIA",),
    ("THROMBOCYTOPENIA", "PLATELET COUNT DECREASED"),
    ("ANAEMIA",),
    ("LYMPHOPENIA",),
)
GI, FEVER = ("NAUSEA", "VOMITING", "DIARRHOEA", "FATIGUE"), ("PYREXIA",)
STOPS = ("DRUG WITHDRAWN", "DRUG INTERRUPTED", "DOSE DELAYED")


def rows_of(cut, domain):
    return [{k: (None if v != v or v is None or str(v) in ("<NA>", "NaT") else v) for k, v in row.items()}
            for row in cut[domain].astype(object).where(cut[domain].notna(), None).to_dict("records")]  # fmt: skip


def iso(text):
    return date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def statuses(cut) -> dict[str, str]:
    records = {}
    for domain in ("EX", "AE", "DS", "SV", "VS", "LB", "ADJUD"):
        for row in rows_of(cut, domain):
            records.setdefault((domain, row["USUBJID"]), []).append(row)
    subjects = {}
    for dm in rows_of(cut, "DM"):
        if dm["ARMCD"] and "_DL" in dm["ARMCD"]:
            mine = {
                domain: records.get((domain, dm["USUBJID"]), [])
                for domain in ("EX", "AE", "DS", "SV", "VS", "LB", "ADJUD")
            }
            doses = sorted((iso(ex["EXSTDTC"]), ex["EXDOSE"]) for ex in mine["EX"] if ex["EXDOSE"] != 0)
            if doses:
                subjects[dm["USUBJID"]] = one_subject(cut.cutoff.date(), dm, mine, doses)
    return subjects


def one_subject(cutoff, dm, mine, doses) -> str:
    group, level = dm["ARMCD"].split("_DL")
    first = doses[0][0]
    last = first + timedelta(days=27)
    in_window = [amount for day, amount in doses if day <= last]
    full = [amount for amount in in_window if amount is not None and amount >= 0.8 * CELLS[int(level)] - 1e-9]
    due = [d for d in DOSES if first + timedelta(days=d - 1 + 2) <= cutoff]
    missed = max(0, len(due) - len(in_window))
    judged = judgements(mine)

    verdicts, spoilt = [], False
    for ae in mine["AE"]:
        committee = judged.get(ae["AESEQ"], ae["AEDLTADJ"])
        related = ae["AEREL"] in (None, "RELATED", "POSSIBLE")
        inside = onset(ae, first, last)
        verdicts.append(verdict(ae, committee, related, inside, group, missed, cutoff))
        if committee is None and related and inside != "no" and ae["AEACN"] in (*STOPS, "DOSE REDUCED"):
            spoilt = True
    if "DLT" in verdicts or judged.get(None) == "Y":
        return "DLT"
    death = death_in_window(mine, dm, first, last)
    if "CANDIDATE" in verdicts or (death and judged.get(None) is None):
        return "CANDIDATE"
    left = [iso(ds["DSSTDTC"]) for ds in mine["DS"]
            if ds["DSCAT"] == "DISPOSITION EVENT" and ds["DSDECOD"] not in ("COMPLETED", "DEATH", "SCREEN FAILURE")]  # fmt: skip
    if any(day < last for day in left):
        return "CANDIDATE" if spoilt else "NONEVAL"
    if death:
        return "NONEVAL"
    if cutoff < last:
        return "PENDING"
    contacts = [iso(row[variable]) for domain, variable in (("SV", "SVSTDTC"), ("VS", "VSDTC"), ("LB", "LBDTC"), ("EX", "EXSTDTC"))
                for row in mine[domain]]  # fmt: skip
    if not any(day and day >= last for day in contacts):
        return "PENDING"
    if len(full) < 3:
        return "CANDIDATE" if spoilt else "NONEVAL"
    return "CLEAR"


def judgements(mine) -> dict:
    rows = [r for r in mine["ADJUD"] if r["ITEM"] == "DLT"]
    rows = sorted(enumerate(rows), key=lambda item: (item[1]["ADJDTC"], item[0]))
    return {row["AESEQ"]: row["VALUE"] for _, row in rows}


def onset(ae, first, last) -> str:
    """yes, no or open. A record that began before the first dose and did not end before it may have worsened."""
    start, end = iso(ae["AESTDTC"]), iso(ae["AEENDTC"])
    if end and end < first:
        return "no"
    if start is None:
        return "open"
    if start < first:
        return "open"
    return "yes" if start <= last else "no"


def verdict(ae, committee, related, inside, group, missed, cutoff) -> str:
    if committee == "Y":
        return "DLT"
    if committee == "N":
        return "NONE"
    if ae["AEDLT"] == "Y" and inside == "yes":
        return "DLT"
    if ae["AEDLT"] == "Y" and inside == "open":
        return "CANDIDATE"
    if inside != "no" and related and screen(ae, group, missed, cutoff):
        return "CANDIDATE"
    return "NONE"


def screen(ae, group, missed, cutoff) -> bool:
    """Could one of the clauses hold, whatever is unknown?"""
    term = (ae["AEDECOD"] or ae["AETERM"]).upper()
    grade = int(ae["AETOXGR"]) if ae["AETOXGR"] in tuple("12345") else None
    start, end = iso(ae["AESTDTC"]), iso(ae["AEENDTC"])

    def at_least(limit):
        return grade is None or grade >= limit

    def longer(days):
        """May it have lasted more than so many days?"""
        return True if start is None or end is None else (end - start).days > days

    if grade == 5 or ae["AEOUT"] == "FATAL":
        return True
    if ae["AEACN"] in STOPS and missed >= 2:
        return True
    if term in NEUTROPENIA or term in PLATELETS:
        return at_least(4) and longer(7)
    if term in ANAEMIA:
        return at_least(4)
    if term in OTHER_BLOOD:
        return False
    if term == "CYTOKINE RELEASE SYNDROME":
        own = int(ae["CRSGR"]) if ae["CRSGR"] else grade
        return own is None or own >= 3 or (own == 2 and longer(7))
    if group == "B" and term == "PERITONITIS" and grade == 2 and longer(3):
        return True
    if not at_least(3):
        return False
    exempt = (
        (term in GI and not longer(3)) or (term in FEVER and not longer(1)) or (term in CLEARLY_LAB and not longer(7))
    )
    return not (exempt and grade == 3)


def death_in_window(mine, dm, first, last) -> bool:
    days = [iso(dm["DTHDTC"])] if dm["DTHDTC"] else []
    days += [iso(ds["DSSTDTC"]) for ds in mine["DS"] if ds["DSDECOD"] == "DEATH"]
    days += [
        iso(ae["AEENDTC"]) or iso(ae["AESTDTC"]) for ae in mine["AE"] if ae["AEOUT"] == "FATAL" or ae["AETOXGR"] == "5"
    ]
    return any(day and day <= last for day in days)
