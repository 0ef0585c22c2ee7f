"""Response at each assessment and best response, one subject at a time: efficacy.md section 2, rulings.md 6.1 to 6.5.

Diameters are read as fractions of their decimal text, so 30 % and 20 % are exact.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from nk521lib.params import Params
from nk521lib.recount.people import Person
from nk521lib.recount.records import Beyond, Row, upper, when

WORDS = ("CR", "PR", "SD", "PD", "NON-CR/NON-PD", "NE")
NEEDS = {
    "TU": "USUBJID TUSEQ TULNKID TUSTRESC TUORRES TULOC TUEVAL VISITNUM TUDTC",
    "TR": "USUBJID TRSEQ TRLNKID TRGRPID TRTESTCD TRORRES TRORRESU TRSTRESC TRSTRESN TRSTRESU TRSTAT TREVAL VISITNUM TRDTC",
    "RS": "USUBJID RSSEQ RSTESTCD RSCAT RSORRES RSSTRESC RSSTAT RSEVAL VISITNUM RSDTC",
}
"""Columns read of each domain."""


@dataclass(frozen=True)
class Scan:
    day: date
    overall: str


@dataclass(frozen=True)
class Assessment:
    """Records of one assessment after the baseline."""

    day: date
    tr: tuple[Row, ...]
    rs: tuple[Row, ...]
    named_new: bool


def scans_of(person: Person, mine: dict[str, list[Row]], params: Params) -> list[Scan]:
    """Overall response at each assessment after the first dose, in the order of their days."""
    assessor = params.data.assessor.upper()
    own = {d: [r for r in mine[d] if (upper(r[f"{d}EVAL"]) or assessor) == assessor] for d in ("TU", "TR", "RS")}
    lesions = _lesions(own, params)
    baseline, later = _assessments(person.first, own, params.efficacy.scan_span_days)
    targets = [
        name for name, (role, _) in lesions.items() if role == "TARGET" and any(r["TRLNKID"] == name for r in baseline)
    ]
    others = {r["TRLNKID"] for r in baseline if lesions.get(r["TRLNKID"], ("", False))[0] == "NON-TARGET"}
    sizes = {}
    for name in targets:
        records = [r for r in baseline if r["TRLNKID"] == name]
        last = max(when(r["TRDTC"]).low for r in records)
        sizes[name] = _size(name, lesions[name][1], [r for r in records if when(r["TRDTC"]).low == last], params)
    known = bool(baseline) and bool(sizes) and None not in sizes.values() and sum(sizes.values()) > 0
    judge = _Targets(sum(sizes.values()) if known else None, {name: lesions[name][1] for name in targets}, params)
    answers = []
    for one in later:
        target = judge.at(one)
        answers.append(Scan(one.day, _overall(one, target, others, targets, lesions, bool(baseline), params)))
    return answers


def _lesions(own: dict[str, list[Row]], params: Params) -> dict[str, tuple[str | None, bool | None]]:
    """Role of each lesion, by TU, else by its measurements, and whether it is a node: None where no site is recorded."""
    lesions = {}
    for row in own["TU"]:
        if row["TULNKID"]:
            site = upper(row["TULOC"])
            node = None if site is None else any(name in site for name in params.efficacy.node_locations)
            lesions.setdefault(row["TULNKID"], (upper(row["TUSTRESC"] or row["TUORRES"]), node))
    for row in own["TR"]:
        if row["TRLNKID"]:
            role, node = lesions.get(row["TRLNKID"], (None, None))
            lesions[row["TRLNKID"]] = (role or upper(row["TRGRPID"]), node)
    return lesions


def _assessments(first: date, own: dict[str, list[Row]], span: int) -> tuple[list[Row], list[Assessment]]:
    """Baseline measurements, and later records by visit."""
    days = {"TR": "TRDTC", "RS": "RSDTC", "TU": "TUDTC"}
    baseline, visits = [], {}
    for domain, variable in days.items():
        for row in own[domain]:
            if domain == "TU" and upper(row["TUSTRESC"] or row["TUORRES"]) != "NEW":
                continue
            at = when(row[variable])
            if at.low is None or at.low != at.high:
                raise Beyond(f"{variable} without a complete date")
            if at.low > first:
                visits.setdefault(row["VISITNUM"], []).append((at.low, domain, row))
            elif domain == "TR":
                baseline.append(row)
    made = []
    for records in visits.values():
        seen = [day for day, _, _ in records]
        if (max(seen) - min(seen)).days > span:
            raise Beyond("one visit number for assessments far apart")
        day = min([d for d, domain, _ in records if domain != "RS"] or seen)
        tr, rs = (tuple(r for _, d, r in records if d == domain) for domain in ("TR", "RS"))
        made.append(Assessment(day, tr, rs, any(domain == "TU" for _, domain, _ in records)))
    if len({one.day for one in made}) < len(made):
        raise Beyond("two assessments on one day")
    return baseline, sorted(made, key=lambda one: one.day)


def _size(name: str, node: bool | None, records: list[Row], params: Params) -> Fraction | None:
    """What counts of a target at one assessment in mm; None where it was not measured."""
    axes = ["DIAMETER", "LPERP" if node else "LDIAM", *(["LPERP"] if node is None else [])]
    measured = next(filter(None, ([r for r in records if r["TRTESTCD"] == axis] for axis in axes)), [])
    said = {upper(r["TRSTRESC"] or r["TRORRES"]) for r in records if r["TRTESTCD"] == "TUMSTATE"}
    if said - {"PRESENT", "ABSENT", "TARGET"} or len(measured) > 1 or (said and not measured):
        raise Beyond(f"lesion {name}: described by words, or twice")
    if not measured:
        return None
    row = measured[0]
    text = upper(row["TRSTRESC"] or row["TRORRES"]) or ""
    if upper(row["TRSTAT"]) == "NOT DONE" or text in ("NE", "NOT EVALUABLE"):
        return None
    if "TOO SMALL" in text:
        return Fraction(str(params.efficacy.too_small_mm))
    unit, value = row["TRSTRESU"] or row["TRORRESU"], row["TRSTRESN"]
    if value is None or unit not in ("mm", "MM") or value < 0:
        raise Beyond(f"lesion {name}: size without a number in mm")
    return Fraction(str(value))


class _Targets:
    """Target response in order of time: against baseline for PR, against the smallest sum so far for PD."""

    def __init__(self, base: Fraction | None, nodes: dict[str, bool | None], params: Params):
        self.base, self.nodes, self.params = base, nodes, params
        self.nadir, self.had_cr = base, False

    def at(self, one: Assessment) -> str:
        p = self.params.efficacy
        if not self.nodes:
            return "NONE"
        if any("." in (r["TRLNKID"] or "") for r in one.tr):
            raise Beyond("a lesion that split")
        sizes = {
            name: _size(name, node, [r for r in one.tr if r["TRLNKID"] == name], self.params)
            for name, node in self.nodes.items()
        }
        known = {name: size for name, size in sizes.items() if size is not None}
        complete, total = len(known) == len(sizes), sum(known.values(), Fraction(0))
        if self.base is None:
            return "NE"
        normal = Fraction(str(p.node_normal_mm))
        gone = complete and all(v == 0 or (self.nodes[k] and v < normal) for k, v in known.items())
        rise = total - self.nadir
        grown = rise >= Fraction(str(p.pd_rise_mm)) and rise >= self.nadir * Fraction(str(p.pd_rise))
        again = self.had_cr and any(v > 0 and self.nodes[k] is False for k, v in known.items())
        if gone:
            answer = "CR"
        elif grown or (again and p.cr_then_pr == "pd"):
            answer = "PD"
        elif not complete or (again and p.cr_then_pr == "query"):
            answer = "NE"
        else:
            answer = "PR" if self.base - total >= self.base * Fraction(str(p.pr_drop)) else "SD"
        self.had_cr = self.had_cr or answer == "CR"
        self.nadir = min(self.nadir, total) if complete else self.nadir
        return answer


def _overall(one, target, others, targets, lesions, has_baseline, params) -> str:
    """The table of efficacy.md section 2, from its last row upwards; the assessor's word where nothing was measured."""
    said = {}
    for row in sorted(one.rs, key=lambda r: (when(r["RSDTC"]).low, r["RSSEQ"])):
        if (upper(row["RSCAT"]) or "RECIST 1.1") == "RECIST 1.1":
            word = upper(row["RSSTRESC"] or row["RSORRES"])
            said[row["RSTESTCD"]] = "NE" if upper(row["RSSTAT"]) == "NOT DONE" else word
    roles = {lesions.get(r["TRLNKID"], (upper(r["TRGRPID"]), False))[0] for r in one.tr}
    measured = "TARGET" in roles or (not targets and "NON-TARGET" in roles)
    if not measured or params.efficacy.response_source == "investigator":
        return said.get("OVRLRESP") if said.get("OVRLRESP") in WORDS else "NE"
    if not has_baseline:
        return "NE"
    other = said.get("NTRGRESP")
    if other not in ("CR", "NON-CR/NON-PD", "PD", "NE") or (other == "NE" and not others):
        other = _others(one, others)
    new = said.get("NEWLPROG")
    if new in ("EQUIVOCAL", "NE") or any(
        r["TRTESTCD"] == "TUMSTATE" and upper(r["TRSTRESC"] or r["TRORRES"]) == "EQUIVOCAL" for r in one.tr
    ):
        raise Beyond("a new lesion that is not certain")
    if new in ("Y", "YES", "UNEQUIVOCAL") or one.named_new or "NEW" in roles or "PD" in (other, target):
        return "PD"
    if target == "NONE":
        return "NE" if other == "NONE" else other
    if target == "CR":
        return "CR" if other in ("CR", "NONE") else "PR"
    return target


def _others(one: Assessment, listed: set[str]) -> str:
    """Non-target response from the lesions' own words."""
    states = {
        r["TRLNKID"]: upper(r["TRSTRESC"] or r["TRORRES"])
        for r in one.tr
        if r["TRTESTCD"] == "TUMSTATE" and r["TRLNKID"] in listed
    }
    if any(state in ("UNEQUIVOCAL PD", "UNEQUIVOCAL PROGRESSION") for state in states.values()):
        return "PD"
    if not listed:
        return "NONE"
    if set(states) != listed or not set(states.values()) <= {"ABSENT", "DISAPPEARED", "PRESENT", "INCREASED"}:
        return "NE"
    return "CR" if set(states.values()) <= {"ABSENT", "DISAPPEARED"} else "NON-CR/NON-PD"


def counted(scans: list[Scan], ends: date | None) -> list[Scan]:
    """Those that count for the best response: up to new therapy, death or exit, and to the first PD."""
    kept = []
    for scan in scans:
        if ends is None or scan.day <= ends:
            kept.append(scan)
            if scan.overall == "PD":
                break
    return kept


def best_response(scans: list[Scan], start: date, params: Params, confirm: bool) -> tuple[str, date | None]:
    """Best response and the day of the response: the first that holds of (confirmed) CR, PR, long enough SD, PD, NE."""
    p, words = params.efficacy, [scan.overall for scan in scans]
    any_response = None
    if confirm:
        spanned = ("SD", "NE") if p.sd_between_pr else ("NE",)
        any_response = _confirmed(scans, ("CR", "PR"), spanned, params)
        if _confirmed(scans, ("CR",), ("NE",), params):
            return "CR", any_response
        if any_response:
            return "PR", any_response
    else:
        for best in ("CR", "PR"):
            if best in words:
                return best, next(s.day for s in scans if s.overall in ("CR", "PR"))
    if any(s.overall not in ("PD", "NE") and (s.day - start).days >= p.sd_min_days for s in scans):
        return ("NON-CR/NON-PD" if "NON-CR/NON-PD" in words and not {"SD", "PR"} & set(words) else "SD"), None
    return ("PD" if "PD" in words else "NE"), None


def _confirmed(scans: list[Scan], kinds: tuple, spanned: tuple, params: Params) -> date | None:
    """Day of the first response that a second one confirms, with no more between than is allowed."""
    p = params.efficacy
    for i, one in enumerate(scans):
        for j in range(i + 1, len(scans)):
            between = [s.overall for s in scans[i + 1 : j] if s.overall not in kinds]
            far = (scans[j].day - one.day).days >= p.confirm_days
            allowed = len(between) <= p.max_between and all(word in spanned for word in between)
            if one.overall in kinds and scans[j].overall in kinds and far and allowed:
                return one.day
    return None
