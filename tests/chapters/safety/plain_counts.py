"""The counts of the safety chapter a second time: plain loops over records, written from the specification alone.

Nothing of the chapters or the standards is imported. Spec: safety.md sections 1 to 4, 8 and 9; rulings.md 3.14 and section 5.
"""

import datetime as dt
import math

from nk521lib.recount.lab_grades import TABLE, lab_grade

DAY = dt.timedelta(days=1)


def records(cut, domain):
    """Rows as dictionaries; missing values as None."""
    frame = cut[domain]
    return [
        {k: None if v is None or v != v or str(v) == "<NA>" else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def bounds(text):
    """First and last day that a complete or partial date can mean; (None, None) for nothing."""
    if not text:
        return None, None
    parts = text[:10].split("-")
    year = int(parts[0])
    if len(parts) == 1:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    month = int(parts[1])
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    if len(parts) == 2:
        return dt.date(year, month, 1), after - DAY
    day = dt.date(year, month, int(parts[2]))
    return day, day


def clock(text):
    """The minute, where a time is given."""
    return dt.datetime.fromisoformat(text[:16]) if text and len(text) >= 16 else None


class PlainSafety:
    """Everything counted for one snapshot."""

    def __init__(self, cut):
        self.cut, self.params = cut, cut.params
        self.cutoff = dt.date.fromisoformat(cut.manifest.cutoff_date)
        self.window = cut.params.safety.teae_end_days
        self.doses = self._doses()
        self.people = self._people()

    def _doses(self):
        doses = {}
        for row in records(self.cut, "EX"):
            if row["EXDOSE"] is None or row["EXDOSE"] > 0:
                doses.setdefault(row["USUBJID"], []).append(
                    (bounds(row["EXSTDTC"])[0], clock(row["EXSTDTC"]), row["EXDOSE"])
                )
        return {subject: sorted(rows, key=lambda r: (r[0], r[1] or dt.datetime.max)) for subject, rows in doses.items()}

    def _people(self):
        """USUBJID -> group, level received, assigned level, first and last day of dosing, death."""
        people = {}
        levels = self.params.trial.levels
        for row in records(self.cut, "DM"):
            subject = row["USUBJID"]
            if subject not in self.doses:
                continue
            group = assigned = None
            for g in self.params.trial.groups:
                if row["ARMCD"] in g.arms:
                    group, assigned = g.id, g.arms[row["ARMCD"]]
            cells = self.doses[subject][0][2] * 1e9
            low, high = self.params.data.dose_low_factor, self.params.data.dose_high_factor
            if assigned and low * levels[assigned - 1] <= cells <= high * levels[assigned - 1]:
                received = assigned
            else:
                received = min(range(1, len(levels) + 1), key=lambda n: abs(math.log(cells / levels[n - 1])))
            days = [d[0] for d in self.doses[subject]]
            people[subject] = {"group": group, "level": received, "assigned": assigned, "first": days[0], "last": days[-1],
                               "death": bounds(row["DTHDTC"])[0], "died": row["DTHFL"] == "Y" or row["DTHDTC"] is not None}  # fmt: skip
        return people

    def columns(self):
        """(group, level) -> subjects, with ALL for totals."""
        found = {("ALL", "ALL"): set(self.people)}
        for subject, p in self.people.items():
            for key in ((p["group"], str(p["level"])), (p["group"], "ALL")):
                found.setdefault(key, set()).add(subject)
        return found

    # Adverse events

    def events(self):
        """AE records of dosed subjects with grade, relation and whether treatment-emergent."""
        rows = [r for r in records(self.cut, "AE") if r["USUBJID"] in self.people]
        for row in rows:
            row["grade"] = int(row["AETOXGR"]) if row["AETOXGR"] in ("1", "2", "3", "4", "5") else None
            said = (row["AEREL"] or "").upper()
            said = self.params.data.relation_map.get(said, said)
            row["related"] = said not in ("UNLIKELY", "NOT RELATED")
            row["fatal"] = row["AEOUT"] == "FATAL" or row["AESDTH"] == "Y" or row["grade"] == 5
            row["before"] = self._surely_before(row)
        for row in rows:
            row["teae"] = self._is_emergent(row, rows)
        return rows

    def _surely_before(self, row):
        person = self.people[row["USUBJID"]]
        last = bounds(row["AESTDTC"])[1]
        if last is None:
            return False
        at, dose = clock(row["AESTDTC"]), self.doses[row["USUBJID"]][0][1]
        return last < person["first"] or (last == person["first"] and at is not None and dose is not None and at < dose)

    def _is_emergent(self, row, rows):
        person = self.people[row["USUBJID"]]
        start, end = bounds(row["AESTDTC"])[0], bounds(row["AEENDTC"])[1]
        if end is not None and end < person["first"]:
            return False
        if start is None:
            return True
        episode = [
            r for r in rows if row["AEGRPID"] and r["AEGRPID"] == row["AEGRPID"] and r["USUBJID"] == row["USUBJID"]
        ]
        before = [r for r in episode if r["before"]]
        in_window = not row["before"] and start <= person["last"] + self.window * DAY
        if len(episode) > 1 and before:
            if row["before"] or not in_window:
                return False
            known = [r["grade"] for r in before]
            if None in known or row["grade"] is None:
                return self.params.safety.worsening_unknown == "teae"
            return row["grade"] > max(known)
        if in_window:
            return True
        return row["before"] and self.params.safety.worsening_unknown == "teae"

    def terms(self):
        """(class, term) -> {subject: highest grade or None}."""
        found = {}
        for row in self.events():
            if row["teae"]:
                key = (row["AESOC"] or row["AEBODSYS"] or "Not coded", row["AEDECOD"] or f"Not coded: {row['AETERM']}")
                grades = found.setdefault(key, {})
                known = [g for g in (grades.get(row["USUBJID"]), row["grade"]) if g is not None]
                grades[row["USUBJID"]] = max(known) if known else None
        return found

    def lots(self):
        """lot -> {"GIVEN": subjects dosed from it, then per line of the table the subjects with such an event after it}."""
        given = {}
        for row in records(self.cut, "EX"):
            if row["USUBJID"] in self.people and (row["EXDOSE"] is None or row["EXDOSE"] > 0):
                given.setdefault(row["USUBJID"], []).append(
                    (bounds(row["EXSTDTC"])[0], clock(row["EXSTDTC"]), row["EXLOT"] or "not recorded")
                )
        found = {}
        for subject, doses in given.items():
            doses.sort(key=lambda d: (d[0], d[1] or dt.datetime.min))
            for _, _, lot in doses:
                found.setdefault(lot, {name: set() for name in ("GIVEN", "ANY", "RELATED", "GRADE3", "SERIOUS")})[
                    "GIVEN"
                ].add(subject)
        for row in self.events():
            day, last = bounds(row["AESTDTC"])
            if not row["teae"] or day is None or day != last:
                continue
            at = clock(row["AESTDTC"]) or dt.datetime.combine(day, dt.time(23, 59, 59))
            before = [d for d in given[row["USUBJID"]] if (d[1] or dt.datetime.combine(d[0], dt.time.min)) <= at]
            if not before:
                continue
            of_lot = found[before[-1][2]]
            of_lot["ANY"].add(row["USUBJID"])
            for name, holds in (
                ("RELATED", row["related"]),
                ("GRADE3", (row["grade"] or 0) >= 3),
                ("SERIOUS", row["AESER"] == "Y"),
            ):
                if holds:
                    of_lot[name].add(row["USUBJID"])
        return found

    def narrated(self):
        """{(subject, AESEQ or None for a death that no event records)} of serious, fatal, dose-limiting or severe special events."""
        special = self.params.safety
        found = set()
        fatal = set()
        for row in self.events():
            listed = []
            for kind in special.aesi:
                here = (row["AEDECOD"] or "").upper() in self.params.terms.aesi_terms.get(kind, ())
                groups = special.aesi_groups.get(kind)
                if here and (groups is None or self.people[row["USUBJID"]]["group"] in groups):
                    listed.append(kind)
            severe = (listed or row.get("AESI") == "Y") and (row["grade"] is None or row["grade"] >= 3)
            if row["AESER"] == "Y" or row["fatal"] or severe:
                found.add((row["USUBJID"], row["AESEQ"]))
            if row["fatal"]:
                fatal.add(row["USUBJID"])
        return found | {(subject, None) for subject, p in self.people.items() if p["died"] and subject not in fatal}

    def drained(self):
        """(subject, purpose) -> number of drainages from the day of the first dose on and the sum of their volumes."""
        purposes = {"PROTOCOL DRAINAGE": "PROTOCOL", "THERAPEUTIC": "THERAPEUTIC", "SYMPTOM RELIEF": "THERAPEUTIC", "DIAGNOSTIC": "OTHER",
                    "SAMPLING": "OTHER", "CATHETER CARE": "OTHER"}  # fmt: skip
        found = {}
        for row in records(self.cut, "PR"):
            if row["USUBJID"] not in self.people or row["PRTRT"] not in ("PARACENTESIS", "CATHETER DRAINAGE"):
                continue
            if row.get("PROCCUR") == "N":
                continue
            if bounds(row["PRSTDTC"])[0] >= self.people[row["USUBJID"]]["first"]:
                key = (row["USUBJID"], purposes.get(row["PRINDC"], "UNKNOWN"))
                n, volume = found.get(key, (0, 0.0))
                found[key] = (n + 1, volume + (row["PRVOL"] or 0.0))
        return found

    # Exposure

    def exposure(self):
        """USUBJID -> number of doses, cells, relative dose, relative to due, intensity."""
        found, planned_days = {}, self.params.trial.dose_days
        for subject, p in self.people.items():
            given = [d[2] for d in self.doses[subject]]
            level = self.params.trial.levels[(p["assigned"] or p["level"]) - 1] / 1e9
            due = sum((self.cutoff - p["first"]).days + 1 >= day for day in planned_days)
            weeks = ((p["last"] - p["first"]).days + 7) / 7
            total = sum(given)
            found[subject] = (
                len(given),
                total,
                total / (level * len(planned_days)),
                total / (level * due),
                (total / weeks) / (level * 6 / 6),
            )
        return found

    # Measurements

    def placed(self, domain, prefix):
        """Findings of dosed subjects with `pre` (before the first dose) and `post` (in the safety window)."""
        rows = [r for r in records(self.cut, domain) if r["USUBJID"] in self.people]
        for row in rows:
            person = self.people[row["USUBJID"]]
            day, at = bounds(row[f"{prefix}DTC"])[0], clock(row[f"{prefix}DTC"])
            label = (row.get(f"{prefix}TPT") or "").upper()
            dosed_at = self.doses[row["USUBJID"]][0][1]
            if day != person["first"]:
                row["pre"] = day < person["first"]
            elif "PRE-DOSE" in label or "POST-DOSE" in label:
                row["pre"] = "PRE-DOSE" in label
            elif at and dosed_at:
                row["pre"] = at < dosed_at
            else:
                raise AssertionError("the demo labels or times every record of the first dose day")
            row["post"] = not row["pre"] and day <= person["last"] + self.window * DAY
            row["day"], row["at"] = day, at
        return rows

    def laboratory(self):
        """(subject, test, direction) -> (baseline grade, worst grade in the window), for the tests in the spec's table."""
        rows = [r for r in self.placed("LB", "LB") if r["LBSTRESN"] is not None]
        rows += self._corrected_calcium(rows)
        by = {}
        for row in rows:
            by.setdefault((row["USUBJID"], row["LBTESTCD"]), []).append(row)
        found = {}
        for (subject, test), some in by.items():
            pre = [r for r in some if r["pre"]]
            base = max(pre, key=lambda r: (r["day"], r["at"] or dt.datetime.min, r["LBSEQ"])) if pre else None
            for direction in ("L", "H"):
                if (test, direction) not in TABLE:
                    continue
                start = lab_grade(base, base, test, direction, is_base=True) if base else None
                after = [lab_grade(r, base, test, direction) for r in some if r["post"]]
                after = [g for g in after if g is not None]
                if any(r["post"] for r in some):
                    found[subject, test, direction] = (start, max(after) if after else None)
        return found

    def high_laboratory(self):
        """(subject, test, direction, LBSEQ) of every result of the window graded 3 or 4, for the tests in the spec's table."""
        rows = [r for r in self.placed("LB", "LB") if r["LBSTRESN"] is not None]
        rows += self._corrected_calcium(rows)
        found = set()
        for row in rows:
            before = [
                r for r in rows if r["pre"] and (r["USUBJID"], r["LBTESTCD"]) == (row["USUBJID"], row["LBTESTCD"])
            ]
            base = max(before, key=lambda r: (r["day"], r["at"] or dt.datetime.min, r["LBSEQ"])) if before else None
            for direction in ("L", "H"):
                if (
                    row["post"]
                    and (row["LBTESTCD"], direction) in TABLE
                    and (lab_grade(row, base, row["LBTESTCD"], direction) or 0) >= 3
                ):
                    found.add((row["USUBJID"], row["LBTESTCD"], direction, row["LBSEQ"]))
        return found

    def _corrected_calcium(self, rows):
        made = []
        for row in rows:
            if row["LBTESTCD"] != "CA":
                continue
            near = [
                r
                for r in rows
                if r["LBTESTCD"] == "ALB" and r["USUBJID"] == row["USUBJID"] and abs((r["day"] - row["day"]).days) <= 1
            ]
            if near:
                albumin = min(near, key=lambda r: (abs((r["day"] - row["day"]).days), r["day"], -r["LBSEQ"]))[
                    "LBSTRESN"
                ]
                made.append(row | {"LBTESTCD": "CACORR", "LBSTRESN": row["LBSTRESN"] + 0.02 * max(0.0, 40 - albumin)})
        return made

    def vitals(self):
        """Name of a limit -> subjects with a reading beyond it in the window."""
        limits = self.params.safety.vital_limits
        rules = {
            "TEMP_HIGH": ("TEMP", lambda v: v >= limits.temp_high), "SYSBP_LOW": ("SYSBP", lambda v: v < limits.sbp_low),
            "SYSBP_HIGH": ("SYSBP", lambda v: v >= limits.sbp_high), "DIABP_HIGH": ("DIABP", lambda v: v >= limits.dbp_high),
            "PULSE_LOW": ("PULSE", lambda v: v < limits.pulse_low), "PULSE_HIGH": ("PULSE", lambda v: v > limits.pulse_high),
            "OXYSAT_LOW": ("OXYSAT", lambda v: v < limits.spo2_low), "RESP_HIGH": ("RESP", lambda v: v > limits.resp_high),
        }  # fmt: skip
        rows = [r for r in self.placed("VS", "VS") if r["post"] and r["VSSTRESN"] is not None]
        return {
            name: {r["USUBJID"] for r in rows if r["VSTESTCD"] == test and beyond(r["VSSTRESN"])}
            for name, (test, beyond) in rules.items()
        }

    def qtcf(self):
        """(subject, moment) -> (mean QTcF of the replicates, before the first dose, in the window)."""
        sets = {}
        for row in sorted(self.placed("EG", "EG"), key=lambda r: r["EGSEQ"]):
            one = sets.setdefault(
                (row["USUBJID"], row["EGDTC"]), {"QTAG": [], "RRAG": [], "pre": row["pre"], "post": row["post"]}
            )
            if row["EGTESTCD"] in one:
                one[row["EGTESTCD"]].append(row["EGSTRESN"])
        found = {}
        for key, one in sets.items():
            values = [qt / (rr / 1000) ** (1 / 3) for qt, rr in zip(one["QTAG"], one["RRAG"], strict=True)]
            found[key] = (sum(values) / len(values), one["pre"], one["post"])
        return found
