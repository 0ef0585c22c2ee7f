"""Thousands of random lesion histories: the library and the plain loops of plain_recist.py must agree exactly."""

import numpy as np
import pandas as pd
import pytest

from nk521lib.standards.recist import RecistRules, derive_responses
from nk521lib.standards.recist_best import BestResponseRules, derive_best_response
from tests.standards import plain_recist

# few sizes, chosen so that 20 %, 30 %, 5 mm and 10 mm are met exactly, often
SIZES = [0, 0, 0, 0, 4, 5, 6, 7, 8, 9.9, 10, 12, 12.5, 14, 15, 18, 20, 24, 25, 30, 0.7, 1.1, 33.3, 39.96]
STATES = {"NON-TARGET": ["PRESENT", "ABSENT", "ABSENT", "ABSENT", "EQUIVOCAL", "NE", "UNEQUIVOCAL PD"]}
STATES["NEW"] = ["EQUIVOCAL", "ABSENT", "UNEQUIVOCAL", "NE", "PRESENT"]


def random_history(rng):
    """{visit: records} of one subject: up to 3 targets, 2 non-targets, 2 new lesions, 1 to 7 visits, with holes."""
    n_targets, n_non_targets = int(rng.integers(0, 4)), int(rng.integers(0, 3))
    nodes = rng.random(n_targets) < 0.4
    missing = rng.choice([0, 0, 0.1])  # half of the histories are whole
    shrinking = rng.random() < 0.5
    history = {}
    for visit in range(int(rng.integers(1, 8))):
        records = []
        for i in range(n_targets):
            size = float(rng.choice(SIZES))
            if visit == 0 and rng.random() < 0.95:
                size = float(rng.choice([12, 15, 20, 24, 25, 33.3, 1.1]))
            elif shrinking and rng.random() < 0.6:
                size = 0.0
            record = {
                "LESION": f"T{i}",
                "ROLE": "TARGET",
                "NODE": bool(nodes[i]),
                "DIAMETER": size,
                "STATE": None,
            }
            odd = rng.random()
            if odd < missing:
                record["EVALUABLE"] = False
            elif odd < 1.5 * missing:
                record |= {
                    "DIAMETER": None,
                    "STATE": str(rng.choice(["TOO SMALL", "ABSENT", "NE", "MERGED"])),
                }
            if rng.random() >= missing:
                records.append({"EVALUABLE": True} | record)
        for i in range(n_non_targets):
            if rng.random() >= missing:
                state = "PRESENT" if visit == 0 else str(rng.choice(STATES["NON-TARGET"]))
                records.append(_by_state(f"N{i}", "NON-TARGET", state))
        for i in range(2):
            if visit and rng.random() < 0.08:
                records.append(_by_state(f"X{i}", "NEW", str(rng.choice(STATES["NEW"]))))
        if records:
            history[visit] = records
    if rng.random() < 0.02:
        history.pop(0, None)
    return history


def _by_state(lesion, role, state):
    return {
        "LESION": lesion,
        "ROLE": role,
        "NODE": False,
        "DIAMETER": None,
        "STATE": state,
        "EVALUABLE": True,
    }


def lesion_frame(histories):
    rows = [
        {
            "SUBJECT": f"S{s:05d}",
            "VISIT": visit,
            "DATE": pd.Timestamp("2026-01-01") + pd.Timedelta(days=visit),
        }
        | record
        for s, history in enumerate(histories)
        for visit, records in history.items()
        for record in records
    ]
    types = {"SUBJECT": "string", "VISIT": "Int64", "LESION": "string", "ROLE": "string", "NODE": "boolean"}
    return pd.DataFrame(rows).astype(types | {"DIAMETER": "Float64", "STATE": "string", "EVALUABLE": "boolean"})


@pytest.mark.parametrize("cr_then_pr, seed", [("pd", 1), ("plain", 2), ("query", 3)])
def test_responses_agree_on_random_lesion_histories(cr_then_pr, seed):
    rng = np.random.default_rng(seed)
    histories = [random_history(rng) for _ in range(3000)]
    out = derive_responses(lesion_frame(histories), RecistRules(cr_then_pr=cr_then_pr))
    out = out[~out["BASELINE"].astype(bool)]
    ours = {
        (subject, int(visit)): tuple(parts)
        for subject, visit, *parts in out[
            ["SUBJECT", "VISIT", "TARGET", "NON_TARGET", "NEW_LESION", "OVERALL"]
        ].itertuples(index=False)
    }
    plain = {
        (f"S{s:05d}", visit): answers
        for s, history in enumerate(histories)
        for visit, answers in plain_recist.responses(history, cr_then_pr).items()
    }
    assert len(plain) > 8000 and set(ours) == set(plain)
    assert {key: (ours[key], plain[key]) for key in plain if ours[key] != plain[key]} == {}
    # a sample without every answer would prove little
    assert {answers[0] for answers in plain.values()} == {"CR", "PR", "SD", "PD", "NE", "NONE"}
    assert {answers[3] for answers in plain.values()} == {"CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD"}


#   confirm, confirm_days, sd_min_days, max_between, sd_between_pr
CONVENTIONS = [
    (True, 28, 35, 1, True),
    (True, 28, 42, 1, False),
    (True, 42, 35, 0, True),
    (True, 1, 35, 2, True),
]


@pytest.mark.parametrize("choice", [*CONVENTIONS, (False, 28, 35, 1, True)])
def test_best_responses_agree_on_random_courses(choice):
    rng = np.random.default_rng(sum(choice))
    words = ["CR", "PR", "SD", "NE", "PD", "NON-CR/NON-PD"]
    start = pd.Timestamp("2026-03-02")
    courses, censors, rows = [], [], []
    for s in range(4000):
        likely = rng.dirichlet([1, 1, 1, 1, 0.3, 0.3])
        days = np.cumsum(rng.choice([7, 14, 27, 28, 35, 42], size=rng.integers(0, 9))) - int(rng.choice([0, 0, 30]))
        course = [(int(day), str(rng.choice(words, p=likely))) for day in days]
        courses.append(course)
        censors.append(int(rng.choice([28, 42, 84])) if rng.random() < 0.3 else None)
        rows += [
            {"SUBJECT": f"S{s}", "VISIT": v, "DATE": start + pd.Timedelta(days=day), "OVERALL": answer}
            for v, (day, answer) in enumerate(course)
        ]
    responses = pd.DataFrame(rows).astype({"SUBJECT": "string", "VISIT": "Int64", "OVERALL": "string"})
    subjects = pd.DataFrame({"SUBJECT": pd.array([f"S{s}" for s in range(4000)], dtype="string"), "START": start})
    subjects["CENSOR"] = [pd.NaT if c is None else start + pd.Timedelta(days=c) for c in censors]
    rules = BestResponseRules(*choice)
    out = derive_best_response(responses, subjects, rules)
    day = (out["RESPONSE_DATE"] - start).dt.days
    ours = [(best, None if pd.isna(d) else int(d)) for best, d in zip(out["BEST"], day, strict=True)]
    plain = [
        plain_recist.best_response(course, *choice, censor=censor)
        for course, censor in zip(courses, censors, strict=True)
    ]
    differ = [(c, a, b) for c, a, b in zip(courses, ours, plain, strict=True) if a != b]
    assert differ == []
    assert {best for best, _ in plain} == {"CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD"}
