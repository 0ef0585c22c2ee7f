"""One small subject in the making: scans as sizes per study day, drainages, deaths and therapies by study day."""

from datetime import date, timedelta

import pytest

START = date(2026, 1, 5)


def day(number: int) -> str:
    """ISO date of a study day (day 1 = first dose; there is no day 0)."""
    return (START + timedelta(days=number - 1 if number > 0 else number)).isoformat()


class Subject:
    """Collects the SDTM records of one subject; every method returns the subject, so that a test reads as a history."""

    def __init__(self, usubjid="NK521-01-001", arm="A_DL1", doses=(1, 8, 15, 22, 29, 36), last_visit=None):
        self.id, self.tables, self._new = usubjid, {}, 0
        self.add("DM", STUDYID="NCT07561437", SUBJID=usubjid[-3:], ARMCD=arm)
        for number in doses:
            route = "INTRAVENOUS" if arm[0] == "A" else "INTRAPERITONEAL"
            self.add("EX", EXTRT="NK521", EXDOSE=1.0, EXDOSU="10^9 CELLS", EXROUTE=route, EXSTDTC=day(number))
        if last_visit:
            self.add("SV", VISITNUM=99.0, SVSTDTC=day(last_visit))

    def add(self, domain, **values):
        self.tables.setdefault(domain, []).append({"USUBJID": self.id} | values)
        return self

    def named(self, usubjid):
        self.id = usubjid
        for row in (row for rows in self.tables.values() for row in rows):
            row["USUBJID"] = usubjid
        return self

    def scan(self, at, sizes, non_target="NON-CR/NON-PD", new=None, overall=None, recorded_target=None, node=()):
        """sizes: mm per target in order, None not measured. at: study day; 0 or less is baseline."""
        visit = {"VISITNUM": float(at), "VISIT": "SCREENING" if at <= 0 else f"DAY {at}"}
        if at > 0:
            visit["VISITNUM"] = 100.0 + at
        for i, size in enumerate(sizes, 1):
            is_node = i in node
            if at <= 0:
                self.add(
                    "TU",
                    TULNKID=f"T{i:02d}",
                    TUTESTCD="TUMIDENT",
                    TUSTRESC="TARGET",
                    TULOC="LYMPH NODE" if is_node else "LIVER",
                    TUDTC=day(at),
                    **visit,
                )
            self.add("TR", TRLNKID=f"T{i:02d}", TRGRPID="TARGET", TRTESTCD="LPERP" if is_node else "LDIAM", TRSTRESN=size, TRSTRESU="mm" if size is not None else None,
                     TRSTAT=None if size is not None else "NOT DONE", TRDTC=day(at), **visit)  # fmt: skip
        if at <= 0:
            self.add(
                "TU",
                TULNKID="NT01",
                TUTESTCD="TUMIDENT",
                TUSTRESC="NON-TARGET",
                TULOC="PERITONEAL CAVITY",
                TUDTC=day(at),
                **visit,
            )
        if sizes:
            self.add(
                "TR",
                TRLNKID="NT01",
                TRGRPID="NON-TARGET",
                TRTESTCD="TUMSTATE",
                TRSTRESC="PRESENT",
                TRDTC=day(at),
                **visit,
            )
        if at > 0:
            words = {"NTRGRESP": non_target, "NEWLPROG": new, "OVRLRESP": overall, "TRGRESP": recorded_target}
            for test, word in words.items():
                if word is not None:
                    self.add("RS", RSTESTCD=test, RSCAT="RECIST 1.1", RSSTRESC=word, RSDTC=day(at), **visit)
        return self

    def drain(self, at, purpose, ml, kind="PARACENTESIS", **more):
        return self.add("PR", PRTRT=kind, PRINDC=purpose, PRVOL=ml, **{"PRSTDTC": day(at)} | more)

    def dies(self, at):
        self.tables["DM"][0] |= {"DTHDTC": day(at), "DTHFL": "Y"}
        return self

    def therapy(self, at, **more):
        return self.add("CM", CMTRT="PACLITAXEL", CMCAT="SUBSEQUENT ANTICANCER", **{"CMSTDTC": day(at)} | more)


def sharer():
    """A list, and a function that names a subject apart and puts it there: one snapshot then holds every case of a table.

    For what is each subject's own; what counts a group, or says something of the snapshot, needs a snapshot of its own.
    """
    held = []

    def shared(subject):
        held.append(subject.named(f"S-{len(held):03d}"))
        return subject

    return held, shared


def of(frame, subject):
    """The rows of one subject, counted from 0."""
    column = "USUBJID" if "USUBJID" in frame else "usubjid"
    return frame[frame[column].eq(subject.id)].reset_index(drop=True)


def together(*subjects):
    tables = {}
    for subject in subjects:
        for domain, rows in subject.tables.items():
            tables.setdefault(domain, []).extend(rows)
    return tables


@pytest.fixture(scope="session")
def make_efficacy(make_cut):
    """make_efficacy(subject, …, settings=(…)): the chapter on these subjects; always with TR, RS and PR in the snapshot."""
    from nk521lib.chapters.efficacy import derive_efficacy

    def make(*subjects, settings=(), cutoff="2027-06-30", drop=()):
        tables = {"TU": [], "TR": [], "RS": [], "PR": []} | together(*subjects)
        return derive_efficacy(
            make_cut(cutoff=cutoff, settings=settings, **{k: v for k, v in tables.items() if k not in drop})
        )

    return make


def ended(found, paramcd, subject):
    """(study day on which the time ended, code, rule)."""
    rows = of(found.adtte, subject)
    row = rows[rows["PARAMCD"].eq(paramcd)].iloc[0]
    return (row["ADT"].date() - START).days + 1, int(row["CNSR"]), row["RULE"]
