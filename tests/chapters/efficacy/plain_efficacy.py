"""A second implementation of the decisive results, written from the specification alone: plain loops, one subject at a time.

Source: spec efficacy.md sections 2-4 and rulings.md section 6 with the default parameters. It imports nothing of the chapters and
nothing of the standards, reads the frames of a cut as lists of records, and knows only complete dates.
"""

from datetime import date, timedelta

BASELINE_NODE = "LYMPH NODE"


def records(cut, domain):
    return [
        {k: (None if v is None or v != v else v) for k, v in row.items()}
        for row in cut[domain].astype(object).where(cut[domain].notna(), None).to_dict("records")
    ]


def on(text):
    return date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def recompute(cut):
    """{USUBJID: {"CBOR", "BOR", "OS", "PFS", "PUFS", "TTNP"}}; times are (date, code)."""
    cutoff = cut.cutoff.date()
    tables = {name: records(cut, name) for name in ("DM", "EX", "TU", "TR", "RS", "PR", "CM", "DS", "SS")}
    contacts = contact_dates(cut, cutoff)
    answer = {}
    for dm in tables["DM"]:
        mine = {name: [r for r in rows if r["USUBJID"] == dm["USUBJID"]] for name, rows in tables.items()}
        doses = sorted(on(r["EXSTDTC"]) for r in mine["EX"] if r["EXDOSE"] and on(r["EXSTDTC"]))
        if doses:
            answer[dm["USUBJID"]] = one_subject(dm, mine, doses, contacts.get(dm["USUBJID"]), cutoff)
    return answer


def contact_dates(cut, cutoff):
    variables = ["SV.SVSTDTC", "EX.EXSTDTC", "LB.LBDTC", "VS.VSDTC", "EG.EGDTC", "CV.CVDTC", "QS.QSDTC", "TU.TUDTC", "TR.TRDTC", "RS.RSDTC",
                 "PR.PRSTDTC", "AE.AESTDTC", "AE.AEENDTC", "CM.CMSTDTC"]  # fmt: skip
    seen = {}

    def note(usubjid, text):
        if text is not None:
            parts = (text[:10] + "-01-01")[:10] if len(text) < 10 else text[:10]
            day = date.fromisoformat(parts)
            if day <= cutoff:
                seen[usubjid] = max(seen.get(usubjid, day), day)

    for name in variables:
        domain, variable = name.split(".")
        for row in records(cut, domain):
            note(row["USUBJID"], row[variable])
    for row in records(cut, "DS"):
        if (row["DSDECOD"] or "") not in (
            "DEATH",
            "LOST TO FOLLOW-UP",
            "COMPLETED",
            "OTHER",
            "STUDY TERMINATED BY SPONSOR",
        ):
            note(row["USUBJID"], row["DSSTDTC"])
    for row in records(cut, "SS"):
        if (row["SSSTRESC"] or row["SSORRES"]) == "ALIVE":
            note(row["USUBJID"], row["SSDTC"])
    return seen


def one_subject(dm, mine, doses, last_alive, cutoff):
    start, died = doses[0], on(dm["DTHDTC"])
    scans = overall_responses(mine, start)
    therapy = min(
        (on(r["CMSTDTC"]) for r in mine["CM"] if r["CMCAT"] == "SUBSEQUENT ANTICANCER" and on(r["CMSTDTC"]) >= start),
        default=None,
    )
    left = min(
        (on(r["DSSTDTC"]) for r in mine["DS"] if r["DSDECOD"] in ("WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP")),
        default=None,
    )
    ends = min((d for d in (therapy, died, left) if d), default=date.max)
    counted = []
    for day, response in scans:
        if day <= ends:
            counted.append((day, response))
        if response == "PD":
            break
    alive = last_alive or start
    punctures = puncture_days(mine["PR"], start)
    new_ascites = min(
        [on(r["CMSTDTC"]) for r in mine["CM"] if r["CMROUTE"] == "INTRAPERITONEAL" and on(r["CMSTDTC"]) >= start],
        default=None,
    )
    return {
        "CBOR": best(counted, start, confirm=True), "BOR": best(counted, start, confirm=False),
        "OS": (died, 0) if died else (alive, 1), "PFS": progression_free(scans, start, died, therapy),
        "PUFS": puncture_free(punctures, died, alive, new_ascites),
        "TTNP": (punctures[0], 0) if punctures and not (died and died < punctures[0]) else (died, 2) if died else (alive, 1),
    }  # fmt: skip


def overall_responses(mine, start):
    """[(day, overall response)] of the scans after the first dose, in order of their days."""
    site = {r["TULNKID"]: r for r in mine["TU"]}
    days = sorted({on(r["TRDTC"]) for r in mine["TR"]} | {on(r["RSDTC"]) for r in mine["RS"]})
    before, after = [d for d in days if d <= start], [d for d in days if d > start]
    targets = [k for k, r in site.items() if r["TUSTRESC"] == "TARGET"]
    node = {k: BASELINE_NODE in (site[k]["TULOC"] or "") for k in targets}

    def size(lesion, day):
        test = "LPERP" if node[lesion] else "LDIAM"
        found = [r for r in mine["TR"] if r["TRLNKID"] == lesion and r["TRTESTCD"] == test and on(r["TRDTC"]) == day]
        return found[0]["TRSTRESN"] if found and found[0]["TRSTAT"] is None else None

    def word(test, day):
        return next((r["RSSTRESC"] for r in mine["RS"] if r["RSTESTCD"] == test and on(r["RSDTC"]) == day), None)

    baseline = {k: next((size(k, d) for d in reversed(before) if size(k, d) is not None), None) for k in targets}
    base = sum(baseline.values()) if None not in baseline.values() and baseline else None
    nadir, out, had_cr = base, [], False
    for day in after:
        sizes = {k: size(k, day) for k in targets}
        known = [v for v in sizes.values() if v is not None]
        total = sum(known)
        complete = len(known) == len(targets)
        if base is None:
            target = "NE"
        elif complete and all(v == 0 or (node[k] and v < 10) for k, v in sizes.items()):
            target = "CR"
        elif (total - nadir) * 100 >= 20 * nadir and total - nadir >= 5:
            target = "PD"
        elif had_cr and any(v and not node[k] for k, v in sizes.items()):
            target = "PD"
        elif not complete:
            target = "NE"
        else:
            target = "PR" if (base - total) * 100 >= 30 * base else "SD"
        had_cr = had_cr or target == "CR"
        nadir = min(nadir, total) if complete and nadir is not None else nadir
        named_new = any(r["TUSTRESC"] == "NEW" and on(r["TUDTC"]) == day for r in mine["TU"])
        new = named_new or word("NEWLPROG", day) in ("Y", "UNEQUIVOCAL")
        other = word("NTRGRESP", day) or "NON-CR/NON-PD"
        if "PD" in (target, other) or new:
            out.append((day, "PD"))
        elif target == "CR":
            out.append((day, "CR" if other == "CR" else "PR"))
        else:
            out.append((day, target))
    return out


def best(scans, start, confirm):
    """First that holds of: (confirmed) CR, (confirmed) PR, long enough SD, PD, NE."""
    for wanted, kinds, between in (("CR", ("CR",), ("NE",)), ("PR", ("CR", "PR"), ("SD", "NE"))):
        for i, (first, response) in enumerate(scans):
            if response not in kinds:
                continue
            if not confirm and response == wanted:
                return wanted
            for j in range(i + 1, len(scans)):
                middle = [r for _, r in scans[i + 1 : j] if r not in kinds]
                if (
                    scans[j][1] in kinds
                    and (scans[j][0] - first).days >= 28
                    and len(middle) <= 1
                    and all(m in between for m in middle)
                    and confirm
                ):
                    return wanted
    if any(r in ("CR", "PR", "SD") and (day - start).days >= 35 for day, r in scans):
        return "SD"
    return "PD" if any(r == "PD" for _, r in scans) else "NE"


def windows(start):
    for week in [6, 12, 18, 24, *range(36, 600, 12)]:
        yield start + timedelta(days=7 * week - 7), start + timedelta(days=7 * week + 7)


def progression_free(scans, start, died, therapy):
    event = min((d for d in (next((d for d, r in scans if r == "PD"), None), died) if d), default=None)
    adequate = [d for d, r in scans if r != "NE"]
    if event:
        last = max((d for d in adequate if d < event), default=start)
        missed = [(a, b) for a, b in windows(start) if last < a and b < event]
        gap = last if len(missed) >= 2 else None
        censored = [gap] if gap else []
        if therapy and therapy < event:
            censored.append(max((d for d in adequate if d < therapy), default=start))
        return (min(censored), 1) if censored else (event, 0)
    if therapy:
        return (max((d for d in adequate if d < therapy), default=start), 1)
    return (max(adequate, default=start), 1)


def puncture_days(procedures, start):
    """Days after the first dose with a therapeutic puncture, by purpose or, where it is unknown, by 500 mL a day."""
    totals, days = {}, set()
    for r in procedures:
        if r["PRTRT"] not in ("PARACENTESIS", "CATHETER DRAINAGE") or on(r["PRSTDTC"]) <= start:
            continue
        purpose, day = r["PRINDC"], on(r["PRSTDTC"])
        catheter = r["PRTRT"] == "CATHETER DRAINAGE"
        if purpose in ("THERAPEUTIC", "SYMPTOM RELIEF") and not catheter:
            days.add(day)
        elif purpose not in ("PROTOCOL DRAINAGE", "DIAGNOSTIC", "SAMPLING", "CATHETER CARE"):
            totals.setdefault((day, purpose, catheter), []).append(r["PRVOL"])
    days |= {key[0] for key, volumes in totals.items() if None in volumes or sum(volumes) >= 500}
    return sorted(days)


def puncture_free(punctures, died, alive, new_ascites):
    event = min((d for d in (punctures[0] if punctures else None, died) if d), default=None)
    if new_ascites and not (event and event <= new_ascites):
        return (new_ascites, 1)
    return (event, 0) if event else (alive, 1)
