"""Random efficacy histories that crowd the limits: sizes at 20 %, 30 %, 5 and 10 mm, missed scans, therapies, drainages, deaths."""

import random

from tests.chapters.efficacy.conftest import Subject

BASE = [12.0, 15.0, 20.0, 25.0, 50.0]
FACTORS = [0.0, 0.0, 0.5, 0.69, 0.7, 0.7, 0.71, 0.84, 1.0, 1.0, 1.19, 1.2, 1.25]
PURPOSES = ["PROTOCOL DRAINAGE"] * 4 + [
    "THERAPEUTIC",
    "SYMPTOM RELIEF",
    "DIAGNOSTIC",
    "CATHETER CARE",
    None,
    "FREE TEXT",
]
VOLUMES = [None, 50.0, 300.0, 499.0, 500.0, 2000.0]


def random_subject(number, rng):
    """One dosed subject with up to nine scans."""
    maybe = lambda p: rng.random() < p
    arm = rng.choice(["A_DL1", "A_DL2", "B_DL1", "B_DL3"])
    one = Subject(
        f"NK521-R-{number:05d}", arm, doses=(1, 8, 15, 22, 29, 36)[: rng.randint(1, 6)], last_visit=rng.randint(40, 700)
    )
    n = rng.randint(1, 3)
    nodes = tuple(i for i in range(1, n + 1) if maybe(0.3))
    sizes = [rng.choice(BASE) for _ in range(n)]
    end = rng.choice([None, None, rng.randint(20, 600)])
    if not maybe(0.05):
        one.scan(-rng.randint(1, 20), sizes, node=nodes)
    shrinking = maybe(0.5)
    for week in (6, 12, 18, 24, 36, 48, 60, 72, 84):
        at = 7 * week + rng.choice([-7, -3, 0, 0, 2, 7])
        if (end is not None and at >= end) or maybe(0.15):
            continue
        factors = FACTORS[:8] if shrinking else FACTORS
        now = [None if maybe(0.04) else round(rng.choice(factors) * s, 2) for s in sizes]
        other = rng.choice(["NON-CR/NON-PD"] * 5 + ["CR"] * 4 + ["NE", None] + ["PD"] * maybe(0.2))
        one.scan(at, now, non_target=other, new=rng.choice([None, "N", "N"] + ["Y"] * maybe(0.1)), node=nodes)
    if end is not None:
        one.dies(end)
    if maybe(0.2):
        one.therapy(rng.randint(2, 500))
    if maybe(0.1):
        one.add(
            "DS",
            DSDECOD=rng.choice(["WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP"]),
            DSCAT="DISPOSITION EVENT",
            DSSTDTC=f"2026-{rng.randint(3, 9):02d}-15",
        )
    if maybe(0.05):
        one.add("CM", CMTRT="CISPLATIN", CMCAT="CONCOMITANT", CMROUTE="INTRAPERITONEAL", CMSTDTC="2026-05-01")
    for _ in range(rng.choice([0, 1, 2, 3])):
        one.drain(
            rng.randint(1, 200),
            rng.choice(PURPOSES),
            rng.choice(VOLUMES),
            kind=rng.choice(["PARACENTESIS"] * 3 + ["CATHETER DRAINAGE"]),
        )
    return one


def random_subjects(n, seed):
    rng = random.Random(seed)
    return [random_subject(number, rng) for number in range(n)]
