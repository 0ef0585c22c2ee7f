"""ASTCT consensus grades of cytokine release syndrome and ICANS (Lee et al., Biol Blood Marrow Transplant 2019;25:625).

Inputs may be missing: the grade is the highest certainly true, and missing when grade 1 cannot be decided. Whether a
sign has another cause is the clinician's judgement and an input here. CTCAE grades CRS differently: never mix them.
"""

import pandas as pd

from nk521lib.standards.comparison import at_least, highest_certain

FEVER_C = 38.0
LOW_FLOW_MAX_L_MIN = 6.0

OXYGEN = ("NONE", "LOW FLOW", "HIGH FLOW", "POSITIVE PRESSURE")
"""Oxygen support from least to most."""
_DEVICES = {
    "ROOM AIR": "NONE",
    "NASAL CANNULA": "LOW FLOW",
    "BLOW-BY": "LOW FLOW",
    "HIGH-FLOW NASAL CANNULA": "HIGH FLOW",
    "FACE MASK": "HIGH FLOW",
    "NON-REBREATHER MASK": "HIGH FLOW",
    "VENTURI MASK": "HIGH FLOW",
    "CPAP": "POSITIVE PRESSURE",
    "BIPAP": "POSITIVE PRESSURE",
    "MECHANICAL VENTILATION": "POSITIVE PRESSURE",
}

CONSCIOUSNESS = ("ALERT", "SPONTANEOUS", "VOICE", "TACTILE", "UNAROUSABLE")
"""What awakens the patient; each place in the list is its grade. UNAROUSABLE: or vigorous stimuli, stupor, coma."""
SEIZURE = {"NONE": 0, "BRIEF": 3, "PROLONGED": 4}
"""BRIEF resolves rapidly; PROLONGED lasts over 5 minutes or repeats without recovery between."""
OEDEMA = {"NONE": 0, "FOCAL": 3, "DIFFUSE": 4}
"""On imaging; DIFFUSE stands also for posturing, sixth-nerve palsy, papilloedema or Cushing's triad."""
ICE_MAXIMA = {"ORIENTATION": 4, "NAMING": 3, "COMMAND": 1, "WRITING": 1, "ATTENTION": 1}


def _coded(values: pd.Series, codes: dict[str, int], name: str) -> pd.Series:
    """Codes as Int64; a word that is not in the list raises, a missing one stays missing."""
    text = values.astype("string")
    unknown = sorted(set(text.dropna()) - set(codes))
    if unknown:
        raise ValueError(f"{name}: {unknown[0]!r} is not known; expected one of {', '.join(codes)}")
    return text.map(codes, na_action="ignore").astype("Int64")


def oxygen_support(device: pd.Series, flow: pd.Series) -> pd.Series:
    """Oxygen support (one of OXYGEN) from the device and its flow in L/min.

    A nasal cannula above 6 L/min is high flow; with its flow unknown it is at least low flow, and low flow is what
    is certain. Raises ValueError for an unknown device.
    """
    _coded(device, dict.fromkeys(_DEVICES, 0), "oxygen device")
    support = device.astype("string").map(_DEVICES, na_action="ignore").astype("string")
    fast = (device.astype("string") == "NASAL CANNULA") & ~at_least(LOW_FLOW_MAX_L_MIN - flow.astype("Float64"), 0)
    return support.mask(fast.fillna(False), "HIGH FLOW")  # unknown flow: only low flow is certain


def has_crs_fever(temperature: pd.Series, other_cause: pd.Series, masked: pd.Series) -> pd.Series:
    """Fever as CRS counts it: 38.0 C or more and no other cause, or masked.

    temperature : C. other_cause : fever explained otherwise. masked : CRS had begun and antipyretics, steroids or
    anticytokine therapy were given since, so fever is no longer required. Nullable boolean throughout.
    """
    feverish = at_least(temperature, FEVER_C) & ~other_cause.astype("boolean")
    return feverish | masked.astype("boolean")


def grade_crs(frame: pd.DataFrame) -> pd.Series:
    """CRS grade 0 to 5 (Int64, NA where it cannot be told).

    frame : FEVER (boolean, see `has_crs_fever`), HYPOTENSION (boolean), VASOPRESSORS (Int64, number of pressors,
    vasopressin not counted), VASOPRESSIN (boolean), OXYGEN ("string", one of OXYGEN, given for hypoxia), and
    optionally FATAL (boolean, death due to CRS: grade 5).
    Grade = the worse of hypotension and hypoxia, in the presence of fever; organ toxicity does not count. Vasopressin
    alone is one pressor (the publication names it only beside another). Source: spec safety.md section 5.
    """
    fever = frame["FEVER"].astype("boolean")
    pressors = frame["VASOPRESSORS"].astype("Int64")
    vasopressin = frame["VASOPRESSIN"].astype("boolean")
    oxygen = _coded(frame["OXYGEN"], {word: i for i, word in enumerate(OXYGEN)}, "OXYGEN")
    on_pressor = (pressors >= 1) | vasopressin
    entered = {
        1: fever,
        2: fever & (frame["HYPOTENSION"].astype("boolean") | on_pressor | (oxygen >= 1)),
        3: fever & (on_pressor | (oxygen >= 2)),
        4: fever & ((pressors >= 2) | (oxygen >= 3)),
    }
    grade = highest_certain(entered)
    if "FATAL" in frame:
        grade = grade.mask(frame["FATAL"].astype("boolean").fillna(False), 5)  # only a known death is grade 5
    return grade


def ice_score(frame: pd.DataFrame) -> pd.Series:
    """ICE score 0 to 10 (Int64): ORIENTATION 0-4, NAMING 0-3, COMMAND, WRITING, ATTENTION 0-1 each.

    NA when an item is missing. Raises ValueError for an item outside its range.
    """
    items = frame[list(ICE_MAXIMA)].astype("Int64")
    for name, most in ICE_MAXIMA.items():
        outside = items[name].dropna()
        outside = outside[~outside.between(0, most)]
        if len(outside):
            raise ValueError(f"ICE item {name}: {outside.iloc[0]} is not in 0 to {most}")
    return items.sum(axis=1, skipna=False).astype("Int64")


def grade_icans(frame: pd.DataFrame) -> pd.Series:
    """ICANS grade of an adult, 0 to 5 (Int64, NA where it cannot be told): the worst row of the table.

    frame : ICE (Int64 0-10), CONSCIOUSNESS, SEIZURE, OEDEMA ("string", the words of this module), MOTOR (boolean, deep
    focal weakness), each already judged not due to another cause; optionally FATAL (boolean): grade 5.
    ICE 0 is grade 3 while the patient can be awakened (global aphasia), grade 4 when not, which CONSCIOUSNESS says.
    Haemorrhage is not ICANS. Raises ValueError for an unknown word or an ICE outside 0 to 10.
    Source: spec safety.md section 5.
    """
    ice = frame["ICE"].astype("Int64")
    outside = ice.dropna()[~ice.dropna().between(0, 10)]
    if len(outside):
        raise ValueError(f"ICE: {outside.iloc[0]} is not in 0 to 10")
    awake = _coded(frame["CONSCIOUSNESS"], {word: i for i, word in enumerate(CONSCIOUSNESS)}, "CONSCIOUSNESS")
    seizure = _coded(frame["SEIZURE"], SEIZURE, "SEIZURE")
    oedema = _coded(frame["OEDEMA"], OEDEMA, "OEDEMA")
    motor = frame["MOTOR"].astype("boolean")
    entered = {
        1: (ice <= 9) | (awake >= 1) | (seizure >= 3) | motor | (oedema >= 3),
        2: (ice <= 6) | (awake >= 2) | (seizure >= 3) | motor | (oedema >= 3),
        3: (ice <= 2) | (awake >= 3) | (seizure >= 3) | motor | (oedema >= 3),
        4: (awake >= 4) | (seizure >= 4) | motor | (oedema >= 4),
    }
    grade = highest_certain(entered)
    if "FATAL" in frame:
        grade = grade.mask(frame["FATAL"].astype("boolean").fillna(False), 5)  # only a known death is grade 5
    return grade
