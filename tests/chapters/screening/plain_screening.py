"""Eligibility once more, one subject at a time in plain Python, written from the specification and not from the code.

Spec: protocol.md sections 5-8, rulings.md sections 1 and 2. Imports nothing of the chapters or the standards, so that an
error would have to be made twice. True, False and None are YES, NO and UNKNOWN.
"""

import re
from calendar import monthrange
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from statistics import fmean

ALWAYS, NEVER = date.min + timedelta(days=4000), date.max - timedelta(days=4000)
IDS = (
    "I00", "I01", "I02a", "I02b", "I02c", "I03", "I04", "I05", "I06", "I07a", "I07b", "I07c", "I08", "I09", "E01a",
    "E01b", "E02", "E03", "E04a", "E04b", "E04c", "E05a", "E05b", "E05c", "E05d", "E05e", "E05f", "E05g", "E05h",
    "E05i", "E05j", "E05k", "E05l", "E06a", "E06b", "E07", "E08", "E09a", "E09b", "E10", "E11a", "E11b", "E12a",
    "E12b", "E13", "E14a1", "E14a2", "E14a3", "E14b1", "E14b2", "E14b3", "E14c1", "E14c2", "E15", "E16",
)  # fmt: skip
ATTESTED_ONLY = {"I05", "I07b", "I07c", "I08", "E15", "E16"}
DATA_ONLY = {"I00", "I03", "I04", "I07a", "I09", "E04a", "E05c", "E05j", "E12a", "E12b", "E14a1", "E14a2", "E14a3",
             "E14b1", "E14b2", "E14b3", "E14c1", "E14c2"}  # fmt: skip
HISTORY_FROM_DATA = {"E06a", "E06b", "E09a", "E09b", "E10", "E11a", "E11b"}
DOMAINS = (
    "DM",
    "DS",
    "EX",
    "MH",
    "CM",
    "PR",
    "LB",
    "MB",
    "IS",
    "VS",
    "EG",
    "CV",
    "QS",
    "RS",
    "FA",
    "MI",
    "RP",
    "TU",
    "TR",
    "AE",
    "IE",
    "ATTEST",
)
UNITS = {
    ("NEUT", "10^9/L"): "1", ("PLAT", "10^9/L"): "1", ("HGB", "g/L"): "1", ("HGB", "g/dL"): "10", ("ALT", "U/L"): "1",
    ("AST", "U/L"): "1", ("BILI", "umol/L"): "1", ("BILI", "mg/dL"): "17.1", ("CREAT", "umol/L"): "1",
    ("CREAT", "mg/dL"): "88.4", ("CREATCLR", "mL/min"): "1", ("LVEF", "%"): "1",
}  # fmt: skip
PER_DAY = {"QD": 1, "BID": 2, "TID": 3, "QID": 4, "Q12H": 2, "Q8H": 3, "QOD": 0.5}


def not_(a):
    return None if a is None else not a


def and_(*answers):
    return False if False in answers else None if None in answers else True


def or_(*answers):
    return True if True in answers else None if None in answers else False


@cache
def days_of(text):
    """First and last day a text can mean; None, None when it means none."""
    found = re.match(r"^(\d{4})(?:-(\d\d|-)(?:-(\d\d|-))?)?(?:T.*)?$", text or "")
    if not found:
        return None, None
    year, month, day = (int(g) if g and g != "-" else None for g in found.groups())
    first, last = month or 1, month or 12
    if not (1 <= first <= 12):
        return None, None
    low, high = day or 1, day or monthrange(year, last)[1]
    if low > monthrange(year, first)[1] or high > monthrange(year, last)[1]:
        return None, None
    return date(year, first, low), date(year, last, high)


def exact_day(text):
    low, high = days_of(text)
    return low if low == high else None


def months_before(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def up(text):
    return text.strip().upper() if isinstance(text, str) else None


def span(record, domain, at_once=False):
    """(earliest start, latest start, earliest end, latest end)."""
    start, end = record.get(domain + "STDTC"), record.get(domain + "ENDTC")
    low, high = days_of(start)
    low, high = low or ALWAYS, high or NEVER
    ongoing = ongoing_of(record, domain)
    if end is not None:
        end_low, end_high = days_of(end)
        end_low, end_high = end_low or ALWAYS, end_high or NEVER
    elif ongoing:
        end_low = end_high = NEVER
    else:
        end_low, end_high = low, high if at_once else NEVER
    high = ALWAYS if start is None and domain == "MH" else min(high, end_high)
    return low, high, max(low, end_low), end_high


def ongoing_of(record, domain):
    words = {"ONGOING", "AFTER", "DURING/AFTER", "U-ONGOING"}
    return record.get(domain + "ENDTC") is None and bool(
        {up(record.get(domain + "ENRTPT")), up(record.get(domain + "ENRF"))} & words
    )


def touches(when, first, last):
    low, high, end_low, end_high = when
    if low > last or end_high < first:
        return False
    return True if high <= last and end_low >= first else None


def occurred(record, domain):
    answer, asked = up(record.get(domain + "OCCUR")), up(record.get(domain + "PRESP"))
    return {"Y": True, "N": False}.get(answer, True if answer is None and asked != "Y" else None)


def is_named(record, domain, terms):
    names = {up(record.get(domain + "DECOD")), up(record.get(domain + ("TERM" if domain == "MH" else "TRT")))}
    return bool(names & {t.upper() for t in terms})


class Reading:
    """A result: text, number with its relation, unit, day and clock."""

    def __init__(self, record, d):
        self.test, self.spec, self.method = (up(record.get(d + k)) for k in ("TESTCD", "SPEC", "METHOD"))
        raw = record.get(d + "ORRES") if record.get(d + "ORRES") is not None else record.get(d + "STRESC")
        self.text = up(record.get(d + "STRESC") if record.get(d + "STRESC") is not None else record.get(d + "ORRES"))
        found = re.match(r"^\s*(<=|>=|<|>)?\s*(-?\d+(?:\.\d+)?)\s*$", raw or "")
        standard = record.get(d + "STRESN")
        self.value = Decimal(str(standard)) if standard is not None else Decimal(found[2]) if found else None
        self.relation = (found and found[1]) or "="
        self.unit = record.get(d + ("STRESU" if standard is not None else "ORRESU"))
        limit, own = record.get(d + "STNRHI"), record.get(d + "ORNRHI")
        self.uln = Decimal(str(limit)) if limit is not None else None
        if standard is None:
            said = record.get(d + "STRESU")
            there, here = (UNITS.get((self.test, unit)) for unit in (said, self.unit))
            if said is None or said != self.unit:
                self.uln = self.uln * Decimal(there) / Decimal(here) if limit is not None and there and here else None
            self.uln = Decimal(str(own)) if own is not None else self.uln
        self.low, self.high = days_of(record.get(d + "DTC"))
        clock = re.search(r"T(\d\d:\d\d(?::\d\d)?)", record.get(d + "DTC") or "")
        self.clock = (
            (self.high, clock[1] + ("" if len(clock[1]) > 5 else ":00")) if clock and self.low == self.high else None
        )
        self.there = up(record.get(d + "STAT")) != "NOT DONE" and (self.value is not None or raw is not None)

    def convert(self, test):
        factor, made = UNITS.get((test, self.unit)), copy(self)
        made.value = self.value * Decimal(factor) if factor and self.value is not None else None
        made.uln = self.uln * Decimal(factor) if factor and self.uln is not None else None
        return made


def the_one(readings, badness):
    """Last day, latest time; without times the least favourable (unreadable ones rank lowest)."""
    if not readings:
        return None
    day = max(r.high for r in readings)
    rows = [r for r in readings if r.high == day]
    if all(r.clock for r in rows):
        rows = [r for r in rows if r.clock == max(x.clock for x in rows)]
    return max(rows, key=badness)


def compare(reading, limit, strict):
    """Is the measured value above (strict) or at least (not strict) the limit? Certain answers only."""
    if reading is None or reading.value is None or reading.value <= 0 or limit is None:
        return None
    value, relation = reading.value, reading.relation
    holds = value > limit if strict else value >= limit
    if relation == "=":
        return holds
    if relation == "<":
        return False if value <= limit else None
    if relation == "<=":
        return False if not holds else None
    if relation == ">":
        return True if value >= limit else None
    return True if holds else None


def above(reading, limit):
    return compare(reading, limit, True)


def at_least(reading, limit):
    return compare(reading, limit, False)


def below(reading, limit):
    return not_(at_least(reading, limit))


def number(value):
    return Decimal(str(value))


class Subject:
    def __init__(self, records, params, cutoff):
        self.r, self.p, self.t, self.data = records, params.screening, params.terms, params.data
        self.dm, self.read = records["DM"][0], {}
        self.attested, self.violations = {}, {}
        for domain, by in (("ATTEST", self.attested), ("IE", self.violations)):
            for x in records[domain]:
                by.setdefault(up(x.get("IETESTCD")), []).append(x)
        self.enrolled, self.dosed = self.milestone(params), self.first_dose()
        failed = [
            (exact_day(x["DSSTDTC"]), x["DSSEQ"], x) for x in records["DS"] if up(x.get("DSCAT")) == "DISPOSITION EVENT"
        ]
        failed.sort(key=lambda f: (f[0] is None, f[0] or ALWAYS, f[1]))
        last = failed[-1] if failed else None
        gone = last[0] if last and last[2].get("DSDECOD") == "SCREEN FAILURE" else None
        choice = {"enrolled_milestone": self.enrolled, "first_dose": self.dosed}.get(self.p.enrol_date_source)
        self.anchor = choice or gone or cutoff
        self.dosing = self.dosed or self.anchor

    def milestone(self, params):
        wanted = {n.upper() for n in params.data.enrolled_decod}
        found = [exact_day(x["DSSTDTC"]) for x in self.r["DS"] if up(x.get("DSDECOD")) in wanted]
        return min((d for d in found if d), default=None)

    def first_dose(self):
        given = [exact_day(x["EXSTDTC"]) for x in self.r["EX"] if x.get("EXDOSE") is None or x["EXDOSE"] > 0]
        return min((d for d in given if d), default=None)

    def since(self, anchor, days=0, months=0):
        start = months_before(anchor, months) - timedelta(days=days)
        return start if self.p.window_inclusive else start + timedelta(days=1)

    def readings(self, *domains):
        for d in domains:
            if d not in self.read:
                self.read[d] = [x for x in (Reading(r, d) for r in self.r[d]) if x.there]
        return [x for d in domains for x in self.read[d]]

    def recent(self, days, *domains, anchor=None):
        last = anchor or self.anchor
        return [x for x in self.readings(*domains) if x.low and self.since(last, days) <= x.low and x.high <= last]

    # --- history: (value, left open, asked and denied)
    def proof(self, records):
        """records : (occurred, answer) pairs."""
        answers = [and_(o, a) for o, a in records]
        if True in answers:
            return True, False
        if None in answers:
            return None, True
        return (False if any(o is False for o, _ in records) else None), False

    def history(self, terms, first, last, acute=False, records=None):
        rows = [x for x in self.r["MH"] if is_named(x, "MH", terms)] if records is None else records
        pairs = []
        for x in rows:
            one_day = acute and x.get("MHSTDTC") is not None and days_of(x["MHSTDTC"])[0] is not None
            pairs.append((occurred(x, "MH"), touches(span(x, "MH", one_day), first, last)))
        return pairs

    def treatments(self, wanted):
        return [(d, x) for d in ("CM", "PR") for x in self.r[d] if wanted(d, x)]

    def exposure(self, rows, first, last):
        return [(occurred(x, d), touches(self.treated(d, x), first, last)) for d, x in rows]

    def treated(self, d, x):
        return span(x, d, at_once=d == "PR" and not is_named(x, "PR", self.t.radiotherapy))

    # --- facts
    def ages(self, day):
        born = self.dm.get("BRTHDTC")
        if born is None:
            unit = up(self.dm.get("AGEU"))
            age = self.dm.get("AGE") if unit in (None, "YEARS") else None
            return age, age
        low, high = days_of(born)
        if low is None or day is None:
            return None, None
        years = lambda b: day.year - b.year - ((day.month, day.day) < (b.month, b.day))
        return years(high), years(low)

    def consent(self):
        ds = [days_of(x["DSSTDTC"]) for x in self.r["DS"] if up(x.get("DSDECOD")) == "INFORMED CONSENT OBTAINED"]
        ds = sorted(d for d in ds if d[0])
        return ds[0] if ds else days_of(self.dm.get("RFICDTC"))

    def consent_day(self):
        ds = [exact_day(x["DSSTDTC"]) for x in self.r["DS"] if up(x.get("DSDECOD")) == "INFORMED CONSENT OBTAINED"]
        return min((d for d in ds if d), default=None) or exact_day(self.dm.get("RFICDTC"))

    def qualitative(self, reading):
        if reading.text in self.t.positive_results:
            return True
        return False if reading.text in self.t.negative_results else None

    def result(self, readings, reply):
        chosen = the_one(readings, lambda x: {True: 2, None: 1, False: 0}[reply(x)])
        return None if chosen is None else reply(chosen)

    def detected(self, reading):
        word = self.qualitative(reading)
        if word is not None or reading.value is None:
            return word
        if reading.relation == "=":
            return reading.value > 0
        return {"<": False if reading.value <= 0 else None, "<=": False if reading.value <= 0 else None}.get(
            reading.relation, True if reading.value >= 0 and (reading.relation == ">" or reading.value > 0) else None
        )

    def beyond_normal(self, reading):
        if self.qualitative(reading) is False:
            return False
        if reading.value is None or reading.uln is None:
            return None
        v, u = reading.value, reading.uln
        return {"=": v > u, "<": False if v <= u else None, "<=": False if v <= u else None,
                ">": True if v >= u else None, ">=": True if v > u else None}[reading.relation]  # fmt: skip

    def lab(self, test, high_is_bad):
        rows = [x.convert(test) for x in self.recent(self.p.lab_window_days, "LB") if x.test == test]
        sign, rank = 1 if high_is_bad else -1, {"<": -2, "<=": -1, "=": 0, ">=": 1, ">": 2}
        nothing = (Decimal(-(10**12)), 0, 0)
        worst = lambda x: (
            nothing
            if x.value is None
            else (sign * x.value, sign * rank[x.relation], -x.uln if x.uln is not None else Decimal("1e300"))
        )
        found = the_one(rows, worst)
        if found is not None and found.uln is not None and found.uln <= 0:
            found.uln = None
        return found

    def lowest(self, rows):
        rank = {"<": 2, "<=": 1, "=": 0, ">=": -1, ">": -2}
        return the_one(rows, lambda x: (Decimal(-(10**12)), 0) if x.value is None else (-x.value, rank[x.relation]))

    def childbearing(self):
        sex = up(self.dm.get("SEX"))
        if sex == "M":
            return False
        if sex != "F":
            return None
        rows = []
        for i, x in enumerate(self.r["RP"]):
            low, high = days_of(x.get("RPDTC"))
            if up(x.get("RPTESTCD")) == "CHILDPOT" and not (low and low > self.anchor):
                rows.append((high or ALWAYS, {"Y": 2, "N": 0}.get(up(x.get("RPORRES")), 1), i))
        return {2: True, 0: False, 1: None}[max(rows)[1]] if rows else None

    def liver_metastasis(self):
        told, _ = self.proof(self.history(self.t.liver_metastasis, ALWAYS, self.anchor))
        tumours = [
            x for x in self.r["MH"] if up(x.get("MHCAT")) in self.t.primary_tumour_categories and occurred(x, "MH")
        ]
        primary = any(is_named(x, "MH", self.t.liver_primary) for x in tumours) if tumours else None
        imaged = any("LIVER" in (up(x.get("TULOC")) or "") for x in self.r["TU"])
        seen = True if imaged and primary is False else None
        if told is False and seen:
            return None, primary
        return (seen if told is None else told), primary

    def void_from(self, terms):
        products = self.treatments(lambda d, x: is_named(x, d, terms))
        first = self.since(self.anchor, self.p.e10_days)
        starts = [
            self.treated(d, x)[0]
            for d, x in products
            if and_(occurred(x, d), touches(self.treated(d, x), first, self.anchor)) is not False
        ]
        return min(starts, default=None)

    def count_low(self, test, limit, void_terms):
        found = self.lab(test, False)
        fails = below(found, number(limit))
        start = self.void_from(void_terms)
        return None if fails is False and start and found.high >= start else fails

    def chemistry(self, test, holds):
        found = self.lab(test, True)
        uln = found.uln if found else None
        times = lambda k: None if uln is None else number(k) * uln
        return holds(found, times)

    def clearance(self):
        if self.p.crcl_source == "reported":
            rows = [x.convert("CREATCLR") for x in self.recent(self.p.lab_window_days, "LB") if x.test == "CREATCLR"]
            return below(self.lowest(rows), number(self.p.crcl_min))
        creat = self.lab("CREAT", True)
        if creat is None or creat.value is None or creat.value <= 0:
            return None
        sex = up(self.dm.get("SEX"))
        young, old = self.ages(creat.high)
        rows = [x for x in self.readings("VS") if x.test == "WEIGHT" and x.low and x.high <= creat.high]
        usable = lambda x: x.value if x.unit == "kg" and x.relation == "=" else None
        found = the_one(rows, lambda x: -(10**12) if usable(x) is None else -usable(x))
        weight = usable(found) if found else None
        if sex not in ("M", "F") or young is None or weight is None or weight <= 0:
            return None
        answers = set()
        flipped = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}[creat.relation]
        for age in (young, old):
            if not 0 <= age <= 139:
                return None
            value = (
                (140 - number(age))
                * weight
                * (Decimal("0.85") if sex == "F" else 1)
                / (72 * creat.value / Decimal("88.4"))
            )
            made = Reading({"XSTRESN": value, "XORRES": None}, "X")
            made.relation = flipped
            answers.add(below(made, number(self.p.crcl_min)))
        return answers.pop() if len(answers) == 1 else None

    def qtc(self):
        unit = dict.fromkeys(("QTAG", "QTCFAG", "QTCBAG", "RRAG"), ("ms", "msec")) | {"EGHRMN": ("beats/min", "bpm")}
        rows = [x for x in self.recent(self.p.screen_window_days, "EG") if x.method not in self.t.other_ecg_methods]
        rows = [
            x
            for x in rows
            if x.value is not None and x.value > 0 and x.unit in unit.get(x.test, ()) and x.relation == "="
        ]
        for day in sorted({x.high for x in rows}, reverse=True):
            value = self.corrected([x for x in rows if x.high == day])
            if value:
                return value
        return None

    def corrected(self, readings):
        def mean(test):
            values = [float(x.value) for x in readings if x.test == test]
            return fmean(values) if values else None

        rr = mean("RRAG") or (60000 / mean("EGHRMN") if mean("EGHRMN") else None)
        derived = lambda root: mean("QTAG") / (rr / 1000) ** (1 / root) if mean("QTAG") and rr else None
        return {
            "QTcF": mean("QTCFAG") or derived(3),
            "QTcB": mean("QTCBAG") or derived(2),
            "reported": mean("QTCFAG") or mean("QTCBAG"),
        }[self.p.qtc_method]

    def measurable(self):
        first, last = self.since(self.dosing, self.p.baseline_scan_days), self.dosing
        mine = lambda x, d: up(x.get(d + "EVAL")) in (None, self.data.assessor.upper())
        inside = lambda text: days_of(text)[0] is not None and first <= days_of(text)[0] and days_of(text)[1] <= last
        where, measured, answers = {}, set(), []
        for x in self.r["TU"]:
            if up(x.get("TUTESTCD")) == "TUMIDENT" and mine(x, "TU") and up(x.get("TULNKID")):
                where.setdefault(up(x["TULNKID"]), x)
        for x in self.r["TR"]:
            if up(x.get("TRTESTCD")) not in ("LDIAM", "LPERP") or not mine(x, "TR"):
                continue
            site, short = where.get(up(x.get("TRLNKID"))), up(x["TRTESTCD"]) == "LPERP"
            place = up(site.get("TULOC")) if site else None
            if place is not None and ("LYMPH NODE" in place) != short:
                continue
            if not inside(x.get("TRDTC")):
                continue
            measured.add(up(x.get("TRLNKID")))
            size = x.get("TRSTRESN") if up(x.get("TRSTRESU")) in (None, "MM") else None
            method = up(x.get("TRMETHOD")) or (up(site.get("TUMETHOD")) if site else None)
            big = (
                None
                if size is None
                else number(size) >= number(self.p.measurable_node_mm if short else self.p.measurable_mm)
            )
            answers.append(and_(big, None if method is None else method in self.t.cross_section_methods))
        for x in self.r["TU"]:
            role = {"TARGET": None, "NON-TARGET": False}
            named = up(x.get("TUTESTCD")) == "TUMIDENT" and mine(x, "TU") and up(x.get("TUORRES")) in role
            if named and up(x.get("TULNKID")) not in measured and inside(x.get("TUDTC")):
                answers.append(role[up(x["TUORRES"])])
        return or_(*answers) if answers else None

    def lines(self):
        rows = [
            x for x in self.r["CM"] if up(x.get("CMCAT")) in self.t.prior_line_categories and occurred(x, "CM") is True
        ]
        rows = [x for x in rows if span(x, "CM")[0] <= self.anchor]
        failed = set()
        for x in rows:
            if x.get("CMLINE") is None or up(x.get("CMSTOPRS")) not in self.p.line_failure:
                continue
            if self.p.line_scope == "systemic" and up(x.get("CMROUTE")) in self.t.regional_routes:
                continue
            if up(x.get("CMINTENT")) in self.t.adjuvant_intents and self.p.adjuvant_counts != "always":
                end = span(x, "CM")[2]
                soon = [y for y in rows if y.get("CMLINE") is not None and y["CMLINE"] > x["CMLINE"]
                        and end < NEVER and span(y, "CM")[1] <= months_before(end, -6)]  # fmt: skip
                if self.p.adjuvant_counts == "never" or not soon:
                    continue
            failed.add(x["CMLINE"])
        return len(failed)

    def steroid(self, autoimmune):
        """(proven, left open): the highest daily sum of the window against the limit."""
        value, open_ = autoimmune
        active = True if value else None if open_ else False
        length = self.p.steroid_days + (1 if self.p.window_inclusive else 0)
        sure, may = [0.0] * length, [0.0] * length
        for x in self.r["CM"]:
            if not is_named(x, "CM", self.t.corticosteroid):
                continue
            route = up(x.get("CMROUTE"))
            systemic = or_(None if route is None else route not in self.t.local_routes, active)
            mg = {"MG": 1, "G": 1000, "UG": 0.001}.get(up(x.get("CMDOSU")))
            five = self.p.steroid_equivalents.get(up(x.get("CMDECOD"))) or self.p.steroid_equivalents.get(
                up(x.get("CMTRT"))
            )
            often, dose = PER_DAY.get(up(x.get("CMDOSFRQ"))), x.get("CMDOSE")
            known = mg and five and often and dose is not None and dose >= 0
            amount = dose * mg * often * 5 / five if known else None
            for k in range(length):
                day = self.anchor - timedelta(days=k)
                on = and_(occurred(x, "CM"), touches(span(x, "CM"), day, day), systemic)
                sure[k] += amount if on is True and amount is not None else 0
                may[k] += 0 if on is False else float("inf") if amount is None else amount
        total = max if self.p.steroid_basis == "highest_day" else fmean
        limit = self.p.steroid_max_mg * (1 + 1e-12)
        return (True, False) if total(sure) > limit else (None, total(may) > limit)

    # --- all conditions by data: {id: (value, left open)}
    def conditions(self):
        p, t, anchor = self.p, self.t, self.anchor
        out = dict.fromkeys(IDS, (None, False))
        plain = lambda i, value: out.__setitem__(i, (value, False))
        day = anchor if p.age_anchor == "enrolment" else self.consent_day()
        young, old = self.ages(day)
        fits = {p.age_min <= a <= p.age_max for a in (young, old) if a is not None}
        plain("I00", fits.pop() if len(fits) == 1 else None)
        volume = [Reading(x, "FA") for x in self.r["FA"] if up(x.get("FAOBJ")) == "ASCITES"]
        volume = [
            x
            for x in volume
            if x.there
            and x.test == "VOLUME"
            and x.low
            and self.since(anchor, p.screen_window_days) <= x.low
            and x.high <= anchor
        ]
        plain("I02a", self.result(volume, lambda x: None if x.value is None else x.value > 0))
        cytology = [
            x for x in self.readings("MI", "LB") if x.test == "CYTOLOGY" and x.spec in ("ASCITES FLUID", "ASCITES")
        ]
        if p.cytology_window == "any":
            cytology = [x for x in cytology if not (x.low and x.low > anchor)]
        else:
            cytology = [
                x for x in cytology if x.low and self.since(anchor, p.screen_window_days) <= x.low and x.high <= anchor
            ]
        grades = [{"POSITIVE": True, "NEGATIVE": False}.get(x.text) for x in cytology]
        plain("I02b", or_(*grades) if grades else None)
        enough = self.lines() >= p.lines_min
        out["I02c"] = (True, False) if enough else (None, True)
        plain("I03", self.measurable())
        scales = self.recent(p.screen_window_days, "QS", "RS")
        ecog = [x for x in scales if x.test == "ECOG101"]
        ok = lambda x: x.value if x.value in range(6) and x.relation == "=" else None
        found = the_one(ecog, lambda x: -1 if ok(x) is None else ok(x))
        plain("I04", None if found is None or ok(found) is None else ok(found) <= p.ecog_max)
        able = self.childbearing()
        serum = [x for x in self.recent(p.pregnancy_window_days, "LB") if x.test == "HCG" and x.spec == "SERUM"]
        plain("I07a", not_(self.result(serum, self.qualitative)) if able else None)
        low, high = self.consent()
        seen = [x for x in self.readings("LB", "VS", "EG", "CV", "QS") if x.low]
        if low is None:
            plain("I09", None)
        elif not seen:
            plain("I09", True)
        else:
            first, surely = min(x.low for x in seen), min(x.high for x in seen)
            plain("I09", True if high <= first else False if low > surely else None)
        now = lambda terms: self.proof(self.history(terms, anchor, anchor))
        ever = lambda terms: self.proof(self.history(terms, ALWAYS, anchor))
        six = self.since(anchor, months=p.e05_months)
        recent = lambda terms, acute=True: self.proof(self.history(terms, six, anchor, acute))
        immune = [
            x for x in self.r["MH"] if is_named(x, "MH", t.autoimmune) and not is_named(x, "MH", t.autoimmune_exempt)
        ]
        out["E01a"], out["E01b"], out["E03"] = (
            now(t.symptomatic_cns),
            now(t.carcinomatous_meningitis),
            self.proof(self.history((), anchor, anchor, records=immune)),
        )
        other = [
            x
            for x in self.r["MH"]
            if up(x.get("MHCAT")) in t.other_malignancy_categories and not is_named(x, "MH", p.e02_exceptions)
        ]
        out["E02"] = self.proof(self.history((), self.since(anchor, months=12 * p.e02_years), anchor, records=other))
        out["E04b"], out["E05l"], out["E13"] = (
            ever(t.immunodeficiency),
            ever(t.other_severe_vascular),
            ever(t.pd1_hypersensitivity),
        )
        grafts = [(d, x) for d, x in self.treatments(lambda d, x: d == "PR" and is_named(x, d, t.transplant))]
        out["E04c"] = self.proof(self.history(t.transplant, ALWAYS, anchor) + self.exposure(grafts, ALWAYS, anchor))
        for i, terms in (("E05a", t.severe_arrhythmia), ("E05b", t.severe_conduction)):
            said = [x for x in self.readings("EG") if x.value is None and x.text in terms]
            ecg = [
                (True, touches((x.low or ALWAYS, x.high or ALWAYS, x.low or ALWAYS, x.high or ALWAYS), ALWAYS, anchor))
                for x in said
            ]
            out[i] = self.proof(self.history(terms, ALWAYS, anchor) + ecg)
        value = self.qtc()
        plain("E05c", None if value is None else value > p.qtc_max * (1 + 1e-12))
        out["E05d"], out["E05e"] = recent(t.acute_coronary), recent(t.heart_failure, False)
        out["E05f"], out["E05g"], out["E05h"] = (
            recent(t.aortic_dissection),
            recent(t.stroke),
            recent(t.other_grade3_vascular),
        )
        classes = {"I": 1, "II": 2, "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4}
        rank = lambda x: classes.get((x.text or "").removeprefix("CLASS "))
        found = the_one([x for x in scales if x.test == "NYHACLS"], lambda x: rank(x) or 0)
        plain("E05i", None if found is None or rank(found) is None else rank(found) >= p.nyha_excluded_from)
        lvef = [x.convert("LVEF") for x in self.recent(p.screen_window_days, "CV") if x.test == "LVEF"]
        plain("E05j", below(self.lowest(lvef), number(p.lvef_min)))
        self.therapy(out)
        labs = [x for x in self.recent(p.screen_window_days, "LB", "MB", "IS")]
        word = lambda code: self.result([x for x in labs if x.test == code], self.qualitative)
        plain("E04a", word("HIV12AB"))
        dna = [x for x in labs if x.test == "HBVDNA"]
        over, there = self.result(dna, self.beyond_normal), self.result(dna, self.detected)
        plain("E12a", and_(word("HBSAG"), over if p.hbv_rule == "above_uln_only" else or_(there, over)))
        rna = self.result([x for x in labs if x.test == "HCVRNA"], self.detected)
        plain("E12b", and_(word("HCAB"), rna) if p.hcv_rule == "rna_confirmed" else word("HCAB"))
        plain("E14a1", self.count_low("NEUT", p.anc_min, t.growth_factor))
        plain("E14a2", self.count_low("PLAT", p.platelets_min, t.platelet + t.transfusion))
        plain("E14a3", self.count_low("HGB", p.hgb_min, t.erythropoietin + t.red_cell + t.transfusion))
        spread, primary = self.liver_metastasis()
        relief = or_(spread, primary) if p.liver_primary_relief else spread

        def enzyme(found, times):
            with_it, without = at_least(found, times(p.alt_liver_metastasis_uln)), above(found, times(p.alt_uln))
            return (with_it if with_it == without else None) if relief is None else with_it if relief else without

        plain("E14b1", self.chemistry("ALT", enzyme))
        plain("E14b2", self.chemistry("AST", enzyme))
        gilbert, _ = self.proof(self.history(t.gilbert, ALWAYS, anchor))
        if gilbert is None and self.said("E14b3")[0] is not None:
            gilbert = False

        def bilirubin(found, times):
            a, b = above(found, times(p.bili_gilbert_uln)), above(found, number(p.bili_gilbert_mg_dl) * Decimal("17.1"))
            with_it = {"uln": a, "mg_dl": b, "either": or_(a, b), "both": and_(a, b)}[p.gilbert_rule]
            without = above(found, times(p.bili_uln))
            return (with_it if with_it == without else None) if gilbert is None else with_it if gilbert else without

        plain("E14b3", self.chemistry("BILI", bilirubin))
        plain("E14c1", self.chemistry("CREAT", lambda found, times: above(found, times(p.creat_uln))))
        plain("E14c2", self.clearance())
        return out

    def therapy(self, out):
        p, t, anchor, dosing = self.p, self.t, self.anchor, self.dosing
        window = lambda days: (self.since(anchor, days), anchor)
        courses = self.treatments(lambda d, x: is_named(x, d, t.radiotherapy))
        radical, palliative = [], []
        for d, x in courses:
            intent = up(x.get("RTINTENT" if d == "PR" else "CMINTENT"))
            is_radical = True if intent in t.radical_intents else False if intent in t.palliative_intents else None
            radical.append((occurred(x, d), and_(touches(self.treated(d, x), *window(p.radical_rt_days)), is_radical)))
            palliative.append(
                (
                    occurred(x, d),
                    and_(touches(self.treated(d, x), *window(p.palliative_rt_days)), is_radical is not True),
                )
            )
        out["E06a"], out["E06b"] = self.proof(radical), self.proof(palliative)
        injuries = [x for x in self.r["MH"] if is_named(x, "MH", t.trauma)]
        if p.surgery_rule == "in_window_and_unrecovered":
            pairs = []
            for x in injuries:
                low, high, _, _ = span(x, "MH")
                recent, still = (
                    touches((low, high, low, high), *window(p.surgery_days)),
                    and_(occurred(x, "MH"), ongoing_of(x, "MH")),
                )
                pairs.append((occurred(x, "MH"), None if still and recent is False else and_(still, recent)))
            out["E07"] = self.proof(pairs)
        elif p.surgery_rule == "any_unrecovered":
            out["E07"] = self.proof([(occurred(x, "MH"), ongoing_of(x, "MH")) for x in injuries])
        else:
            major = lambda d, x: (
                d == "PR" and (is_named(x, d, t.major_surgery) or up(x.get("PRCAT")) in t.major_surgery)
            )
            out["E07"] = self.proof(
                self.exposure(self.treatments(major), *window(p.surgery_days))
                + self.history(t.trauma, *window(p.surgery_days), acute=True)
            )
        trial = self.treatments(lambda d, x: up(x.get(d + "CAT")) in t.investigational_categories)
        out["E08"] = self.proof(self.exposure(trial, *window(p.trial_drug_days)))
        is_cells = lambda d, x: (d == "CM" and up(x.get("CELLTHER")) == "Y") or is_named(x, d, t.cell_therapy)
        cells = self.treatments(is_cells)
        out["E09a"] = self.proof(self.exposure(cells, self.since(dosing, months=12 * p.cell_therapy_years), dosing))
        against = lambda d, x: (
            up(x.get(d + "CAT")) in t.anticancer_categories
            or is_named(x, d, t.anticancer_medicines + t.regional_anticancer)
        )
        drugs = self.treatments(
            lambda d, x: against(d, x) and not is_cells(d, x) and not is_named(x, d, t.radiotherapy)
        )
        out["E09b"] = self.proof(self.exposure(drugs, self.since(dosing, p.anticancer_days), dosing))
        products = t.growth_factor + t.erythropoietin + t.red_cell + t.platelet + t.transfusion + t.plasma
        products += t.albumin if p.albumin_is_transfusion else ()
        out["E10"] = self.proof(
            self.exposure(self.treatments(lambda d, x: is_named(x, d, products)), *window(p.e10_days))
        )
        out["E11a"] = self.steroid(out["E03"])
        modulators = self.treatments(lambda d, x: is_named(x, d, t.immunomodulator))
        out["E11b"] = self.proof(self.exposure(modulators, *window(p.steroid_days)))

    # --- people
    def said(self, i):
        """(attested value, contradicting attestations)."""
        rows = self.attested.get(i.upper(), [])
        values = [{"YES": True, "NO": False}.get(up(x.get("VALUE"))) for x in rows]
        if True in values and False in values:
            return None, True
        if not rows:
            return None, False
        newest = max(days_of(x.get("ATDTC"))[1] or ALWAYS for x in rows)
        last = [v for v, x in zip(values, rows, strict=True) if (days_of(x.get("ATDTC"))[1] or ALWAYS) == newest]
        return (None if None in last else last[0]), False

    def violated(self, i):
        rows = self.violations.get(i.upper(), [])
        if not rows:
            return None
        answer = {"Y": True, "YES": True, "N": False, "NO": False}.get(up(rows[-1].get("IEORRES")))
        return i[0] == "E" if answer is None else answer

    def decide(self):
        """{id: (CONDITION, EFFECT, CONFLICT)}"""
        out = {}
        for i, (data, left_open) in self.conditions().items():
            passing, said, record = i[0] == "I", self.said(i)[0], self.violated(i)
            spared = i in ("I07a", "I07b") and self.childbearing() is False
            if i in ATTESTED_ONLY:
                value = said
            elif i in DATA_ONLY:
                value = data
            elif i in HISTORY_FROM_DATA:
                value = passing if data is None and not left_open and said is passing else data
            elif data is (not passing) or said is (not passing):
                value = not passing
            else:
                value = passing if said is passing and not left_open else None
            conflict = record is not None and (spared or (value is not None and record is not value))
            if not spared and i not in ATTESTED_ONLY:
                conflict |= None not in (data, said) and data is not said
                conflict |= i == "I02c" and left_open and said is True
            word = "NA" if spared else {True: "YES", False: "NO", None: "UNKNOWN"}[value]
            effect = "NA" if spared else {None: "UNDECIDED"}.get(value, "PASS" if value is passing else "FAIL")
            out[i] = (word, effect, bool(conflict))
        return out


def screen(frames, params, cutoff):
    """{(USUBJID, id): (CONDITION, EFFECT, CONFLICT)} for every subject. frames : domain code -> list of dicts, None missing."""
    found = {}
    by_subject = {}
    for domain, records in frames.items():
        for record in records:
            by_subject.setdefault(record["USUBJID"], {}).setdefault(domain, []).append(record)
    for subject in [record["USUBJID"] for record in frames["DM"]]:
        mine = {d: by_subject[subject].get(d, []) for d in frames}
        for i, answer in Subject(mine, params, cutoff).decide().items():
            found[subject, i] = answer
    return found
