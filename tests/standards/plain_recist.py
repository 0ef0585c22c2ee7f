"""RECIST 1.1 once more, in plain loops over one subject: written from the spec's sentences, not from the library.

Numbers are Fractions made from the decimal text of a diameter, so every threshold is exact. Only what the random
histories of test_recist_against_plain.py contain is covered. Source: efficacy.md section 2, rulings.md 6.2-6.4.
"""

from fractions import Fraction


def diameter_of(record):
    """What counts, or None when the lesion was not measured."""
    if record["EVALUABLE"] is False or record["STATE"] == "NE":
        return None
    size = record["DIAMETER"]
    if size is not None:
        if size < 0 or (record["STATE"] == "ABSENT" and size > 0 and record["NODE"] is not True):
            return None
        return Fraction(str(size))
    return {"TOO SMALL": Fraction(5), "ABSENT": Fraction(0), "MERGED": Fraction(0)}.get(record["STATE"])


def target_responses(history, cr_then_pr="pd"):
    """history: {visit: [records]}, visit 0 the baseline. Returns {visit: target response} for the later visits."""
    listed = {r["LESION"] for r in history.get(0, []) if r["ROLE"] == "TARGET"}
    sums, answers, had_cr = [], {}, False
    for visit in sorted(history):
        sizes, nodes = {}, {}
        for record in history[visit]:
            if record["ROLE"] == "TARGET" and record["LESION"] in listed:
                sizes[record["LESION"]] = diameter_of(record)
                nodes[record["LESION"]] = record["NODE"]
        measured = {lesion: size for lesion, size in sizes.items() if size is not None}
        complete = set(measured) == listed
        total = sum(measured.values(), Fraction(0))
        if visit == 0:
            baseline = total if complete and total > 0 else None
            sums = [total] if complete else []
            continue
        if 0 not in history:
            answers[visit] = "NE"
            continue
        if not listed:
            answers[visit] = "NONE"
            continue
        if baseline is None:
            answers[visit] = "NE"
            if complete:
                sums.append(total)
            continue
        nadir = min(sums)
        grown = total - nadir >= 5 and total >= nadir * Fraction(120, 100)
        gone = complete and all(size == 0 or (nodes[k] is True and size < 10) for k, size in measured.items())
        seen_again = had_cr and any(size > 0 and nodes[k] is False for k, size in measured.items())
        if gone:
            answer = "CR"
        elif grown or (seen_again and cr_then_pr == "pd"):
            answer = "PD"
        elif (seen_again and cr_then_pr == "query") or not complete:
            answer = "NE"
        elif total <= baseline * Fraction(70, 100):
            answer = "PR"
        else:
            answer = "SD"
        had_cr = had_cr or answer == "CR"
        if complete:
            sums.append(total)
        answers[visit] = answer
    return answers


def non_target_responses(history):
    listed = {r["LESION"] for r in history.get(0, []) if r["ROLE"] == "NON-TARGET"}
    answers = {}
    for visit in sorted(v for v in history if v > 0):
        said = {}
        for record in history[visit]:
            if record["ROLE"] == "NON-TARGET":
                said[record["LESION"]] = "NE" if record["EVALUABLE"] is False else record["STATE"]
        states = [said.get(lesion, "NE") for lesion in listed]
        if 0 not in history:
            answers[visit] = "NE"
        elif "UNEQUIVOCAL PD" in said.values():
            answers[visit] = "PD"
        elif not listed:
            answers[visit] = "NONE"
        elif "NE" in states or None in states:
            answers[visit] = "NE"
        elif all(state in ("ABSENT", "MERGED") for state in states):
            answers[visit] = "CR"
        else:
            answers[visit] = "NON-CR/NON-PD"
    return answers


def new_lesions(history):
    """Equivocal is back-dated when a later visit confirms it and no visit between calls it absent."""
    visits = sorted(v for v in history if v > 0)
    by_lesion = {}
    for visit in visits:
        for record in history[visit]:
            if record["ROLE"] == "NEW":
                state = "NE" if record["EVALUABLE"] is False or record["STATE"] is None else record["STATE"]
                by_lesion.setdefault(record["LESION"], []).append((visit, state))
    found = {visit: set() for visit in visits}
    for course in by_lesion.values():
        for i, (visit, state) in enumerate(course):
            if state == "EQUIVOCAL":
                before, after = [], []
                for _, later in course[i:]:
                    if later == "ABSENT":
                        break
                    after.append(later)
                for _, earlier in reversed(course[:i]):
                    if earlier == "ABSENT":
                        break
                    before.append(earlier)
                confirmed = {"UNEQUIVOCAL", "PRESENT"} & set(before + after)
                found[visit].add("YES" if confirmed else "EQUIVOCAL")
            elif state in ("UNEQUIVOCAL", "PRESENT"):
                found[visit].add("YES")
            elif state != "ABSENT":
                found[visit].add("NE")
    order = ("YES", "NE", "EQUIVOCAL")
    return {visit: next((word for word in order if word in found[visit]), "NO") for visit in visits}


def overall(target, non_target, new):
    """The table of efficacy.md section 2, from its last row upwards."""
    if new == "YES" or non_target == "PD" or target == "PD":
        return "PD"
    if new == "NE":
        return "NE"
    if target == "NONE":
        return "NE" if non_target in ("NE", "NONE") else non_target
    if target == "CR":
        return "CR" if non_target in ("CR", "NONE") else "PR"
    return target


def responses(history, cr_then_pr="pd"):
    """{visit: (target, non-target, new, overall)}"""
    target, non_target, new = (
        target_responses(history, cr_then_pr),
        non_target_responses(history),
        new_lesions(history),
    )
    if 0 not in history:
        return {v: (target[v], non_target[v], new[v], "NE") for v in new}
    return {v: (target[v], non_target[v], new[v], overall(target[v], non_target[v], new[v])) for v in new}


def best_response(visits, confirm=True, confirm_days=28, sd_min=35, max_between=1, sd_between_pr=True, censor=None):
    """visits: [(day since start, overall)] in order, days known. Returns (best, day of the response or None)."""
    counted = []
    for day, answer in visits:
        if day < 0 or (censor is not None and day > censor):
            continue
        counted.append((day, answer))
        if answer == "PD":
            break
    answers = [answer for _, answer in counted]

    def confirmed(kind, spanned):
        for i, (day_i, answer_i) in enumerate(counted):
            for j in range(i + 1, len(counted)):
                day_j, answer_j = counted[j]
                between = [a for a in answers[i + 1 : j] if a not in kind]
                if (
                    answer_i in kind
                    and answer_j in kind
                    and day_j - day_i >= confirm_days
                    and len(between) <= max_between
                    and all(a in spanned for a in between)
                ):
                    return day_i
        return None

    response_day = confirmed(("CR", "PR"), ("SD", "NE") if sd_between_pr else ("NE",))
    if confirm:
        if confirmed(("CR",), ("NE",)) is not None:
            return "CR", response_day
        if response_day is not None:
            return "PR", response_day
    else:
        first = next((day for day, answer in counted if answer in ("CR", "PR")), None)
        for best in ("CR", "PR"):
            if best in answers:
                return best, first
    stable = [day for day, answer in counted if answer not in ("PD", "NE")]
    if any(day >= sd_min for day in stable):
        without_targets = "NON-CR/NON-PD" in answers and not {"SD", "PR"} & set(answers)
        return ("NON-CR/NON-PD" if without_targets else "SD"), None
    return ("PD" if "PD" in answers else "NE"), None
