"""Random screening records that crowd the limits: values at and beside them, partial dates, denials, gaps, contradictions."""

import random

from plain_screening import DOMAINS, IDS

CUTOFF = "2026-09-30"


def random_frames(n, params, seed):
    """Records by domain for n subjects, as lists of dicts."""
    rng = random.Random(seed)
    frames = {d: [] for d in DOMAINS}
    for k in range(n):
        _subject(f"R-{k:05d}", rng, params, frames)
    return frames


def _day(rng, low=0, high=45):
    return f"2026-{8 if (b := rng.randint(low, high)) > 29 else 9:02d}-{(30 - b) if b <= 29 else max(1, 61 - b):02d}"


def _date(rng):
    """A date near the windows' edges; sometimes partial, long ago, ahead or malformed."""
    day = _day(rng, 0, 40)
    return rng.choice([day] * 12 + [day + "T08:30", day[:7], day[:4], "2025-09-30", "2025-10-01", "2026-03-30", "2026-03-31",
                       "2023-09-30", "2023-10-01", "2026-09-16", "2026-09-15", "2026-09-02", "2026-09-01", None])  # fmt: skip


def _subject(name, rng, params, f):
    t, maybe = params.terms, lambda p: rng.random() < p
    add = lambda domain, **values: f[domain].append({"USUBJID": name, **values})
    f["DM"].append({
        "USUBJID": name, "SEX": rng.choice(["M", "F", "F", "U", None]), "AGE": rng.choice([17, 18, 50, 75, 76, None]),
        "AGEU": rng.choice(["YEARS", "YEARS", None, "MONTHS"]), "RFICDTC": rng.choice(["2026-09-01", "2026-09", None]),
        "BRTHDTC": rng.choice(["1970-05-05", "1951-09-30", "1951-10-01", "1950", "2008-09-30", "2008-10-01", "2008", None, "1951-09"]),
    })  # fmt: skip
    if maybe(0.5):
        add(
            "DS",
            DSDECOD="ENROLLED",
            DSCAT="PROTOCOL MILESTONE",
            DSSTDTC=rng.choice(["2026-09-20", "2026-09-16", "2026-09"]),
        )
    if maybe(0.2):
        add(
            "DS",
            DSDECOD=rng.choice(["SCREEN FAILURE", "WITHDRAWAL BY SUBJECT"]),
            DSCAT="DISPOSITION EVENT",
            DSSTDTC=_day(rng),
        )
    if maybe(0.7):
        add("DS", DSDECOD="INFORMED CONSENT OBTAINED", DSCAT="PROTOCOL MILESTONE", DSSTDTC=_date(rng))
    if maybe(0.3):
        add("EX", EXDOSE=rng.choice([1.0, 0.0, None]), EXSTDTC=rng.choice(["2026-09-24", "2026-09-30"]))
    _laboratory(rng, maybe, add)
    _history(rng, maybe, add, t)
    _treatments(rng, maybe, add, t)
    _tumours(rng, maybe, add)
    for i in IDS:
        for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 2])):
            passes = "YES" if i[0] == "I" else "NO"
            add("ATTEST", IETESTCD=rng.choice([i] * 9 + [i.upper()]), VALUE=rng.choice([passes] * 12 + ["YES", "NO", "UNKNOWN", None]),
                BY=rng.choice(["A", "B"]), ATDTC=rng.choice(["2026-09-10", "2026-09-12", "2026-09", None]))  # fmt: skip
        if maybe(0.03):
            add("IE", IETESTCD=i, IEORRES=rng.choice(["Y", "N", None]))
    for i in ("E99", "E05"):
        if maybe(0.05):
            add("ATTEST", IETESTCD=i, VALUE="NO", BY="A", ATDTC="2026-09-10")


def _laboratory(rng, maybe, add):
    values = {
        "NEUT": (["1.5", "1.49", "1.51", "3"], "10^9/L"), "PLAT": (["75", "74.9", "200"], "10^9/L"), "HGB": (["90", "89.9", "120"], "g/L"),
        "ALT": (["120", "120.1", "200", "199.9", "30"], "U/L"), "AST": (["120", "120.1", "200", "199.9", "30"], "U/L"),
        "BILI": (["30.75", "30.76", "51.25", "51.3", "51.4", "12"], "umol/L"), "CREAT": (["88.4", "132", "132.1", "150", "60"], "umol/L"),
        "CREATCLR": (["50", "49.9", "80"], "mL/min"),
    }  # fmt: skip
    other = {"HGB": ("9", "g/dL"), "BILI": ("1.8", "mg/dL"), "CREAT": ("1", "mg/dL")}
    limits = {"ALT": 40.0, "AST": 40.0, "BILI": 20.5, "CREAT": 88.0}
    for test, (numbers, unit) in values.items():
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            value, uln = rng.choice(numbers), limits.get(test) if maybe(0.85) else rng.choice([None, 0.0])
            if maybe(0.1) and test in other:
                value, unit_used = other[test]
                uln = None if uln is None else {"HGB": 16.0, "BILI": 1.2, "CREAT": 1.0}[test]
            else:
                unit_used = rng.choice([unit] * 15 + ["furlong", None])
            result = rng.choice(
                [value] * 12 + ["<" + value, ">" + value, "<=" + value, ">=" + value, "0", "-1", "haemolysed"]
            )
            plain = result.lstrip("-").replace(".", "").isdigit()
            if plain and maybe(0.6):
                add(
                    "LB",
                    LBTESTCD=test,
                    LBSTRESN=float(result),
                    LBSTRESU=unit_used,
                    LBSTNRHI=uln,
                    LBORRES=result,
                    LBDTC=_date(rng),
                    LBSTAT=None,
                )
            else:
                own = uln is None or value[-1] in "09"  # else the laboratory's range is given in the standard unit only
                add("LB", LBTESTCD=test, LBORRES=result, LBORRESU=unit_used, LBORNRHI=str(uln) if own and uln is not None else None,
                    LBSTNRHI=None if own else limits.get(test), LBSTRESU=None if own else unit, LBDTC=_date(rng), LBSTAT=rng.choice([None] * 9 + ["NOT DONE"]))  # fmt: skip
    words = ["NEGATIVE"] * 5 + ["POSITIVE", "REACTIVE", "INDETERMINATE", None]
    for test in ("HIV12AB", "HBSAG", "HCAB"):
        for _ in range(rng.choice([0, 1, 1, 2])):
            d = rng.choice(["LB", "MB", "IS"])
            add(d, **{d + "TESTCD": test, d + "ORRES": rng.choice(words), d + "DTC": _date(rng)})
    for test in ("HBVDNA", "HCVRNA"):
        for _ in range(rng.choice([0, 1, 2])):
            add("LB", LBTESTCD=test, LBORRES=rng.choice(["NEGATIVE", "POSITIVE", "<20", ">10", "20", "20.5", "0"]), LBORRESU="IU/mL",
                LBORNRHI=rng.choice(["20", None]), LBDTC=_date(rng))  # fmt: skip
    for _ in range(rng.choice([0, 1, 2])):
        add(
            "LB",
            LBTESTCD="HCG",
            LBSPEC=rng.choice(["SERUM", "SERUM", "URINE"]),
            LBORRES=rng.choice(words),
            LBDTC=_date(rng),
        )
    for _ in range(rng.choice([0, 1, 1, 2])):
        add("RP", RPTESTCD="CHILDPOT", RPORRES=rng.choice(["Y", "N", "U"]), RPDTC=_date(rng))
    for _ in range(rng.choice([0, 1, 2])):
        add(
            "VS",
            VSTESTCD="WEIGHT",
            VSSTRESN=rng.choice([60.0, 40.0, 75.5]),
            VSSTRESU=rng.choice(["kg"] * 6 + ["LB"]),
            VSDTC=_date(rng),
        )
    for _ in range(rng.choice([0, 1, 2, 3])):
        test = rng.choice(["QTCFAG", "QTCFAG", "QTAG", "RRAG", "EGHRMN", "QTCBAG"])
        number = {"RRAG": rng.choice([1000.0, 800.0]), "EGHRMN": 60.0}.get(
            test, rng.choice([480.0, 480.5, 479.0, 482.0])
        )
        add("EG", EGTESTCD=test, EGSTRESN=number, EGSTRESU="beats/min" if test == "EGHRMN" else rng.choice(["ms", "ms", "s"]),
            EGMETHOD=rng.choice(["12 LEAD STANDARD", None, "HOLTER"]), EGDTC=_date(rng))  # fmt: skip
    if maybe(0.1):
        add("EG", EGTESTCD="INTP", EGORRES=rng.choice(["NORMAL", "VENTRICULAR TACHYCARDIA"]), EGDTC=_date(rng))
    for _ in range(rng.choice([0, 1, 1, 2])):
        add(
            "CV",
            CVTESTCD="LVEF",
            CVSTRESN=rng.choice([50.0, 49.9, 60.0]),
            CVSTRESU=rng.choice(["%"] * 5 + [None]),
            CVDTC=_date(rng),
        )
    for _ in range(rng.choice([0, 1, 1, 2])):
        add("QS", QSTESTCD="ECOG101", QSORRES=rng.choice(["0", "1", "2", "3", "7", "ONE"]), QSDTC=_date(rng))
    for _ in range(rng.choice([0, 1])):
        add("RS", RSTESTCD="NYHACLS", RSORRES=rng.choice(["I", "II", "CLASS I", "IV", "V"]), RSDTC=_date(rng))
    for _ in range(rng.choice([0, 1, 2])):
        add(
            "FA",
            FAOBJ=rng.choice(["ASCITES", "ASCITES", "OEDEMA"]),
            FATESTCD="VOLUME",
            FASTRESN=rng.choice([0.0, 400.0]),
            FASTRESU="mL",
            FADTC=_date(rng),
        )
        add(
            "MI",
            MITESTCD="CYTOLOGY",
            MISPEC=rng.choice(["ASCITES FLUID", "PLEURA"]),
            MIORRES=rng.choice(["POSITIVE", "NEGATIVE", "SUSPICIOUS"]),
            MIDTC=_date(rng),
        )


def _history(rng, maybe, add, t):
    listed = [t.symptomatic_cns, t.carcinomatous_meningitis, t.autoimmune, t.autoimmune_exempt, t.immunodeficiency, t.transplant,
              t.severe_arrhythmia, t.severe_conduction, t.acute_coronary, t.heart_failure, t.aortic_dissection, t.stroke,
              t.other_grade3_vascular, t.other_severe_vascular, t.pd1_hypersensitivity, t.trauma, t.gilbert, t.liver_metastasis]  # fmt: skip
    for _ in range(rng.choice([0, 0, 1, 2])):
        term = rng.choice(rng.choice(listed))
        asked = maybe(0.3)
        add("MH", MHTERM=rng.choice([term.title(), "something else", rng.choice(t.autoimmune_exempt)]), MHDECOD=term if maybe(0.7) else None, MHCAT=rng.choice([None, "OTHER MALIGNANCY"]),
            MHPRESP="Y" if asked else None, MHOCCUR=rng.choice(["Y", "N", "U", None]) if asked else None, MHSTDTC=_date(rng),
            MHENDTC=_date(rng) if maybe(0.3) else None, MHENRF=rng.choice([None, "ONGOING", "BEFORE"]))  # fmt: skip
    if maybe(0.6):
        add(
            "MH",
            MHTERM=rng.choice(["Gastric cancer", "Hepatocellular carcinoma"]),
            MHCAT="PRIMARY DIAGNOSIS",
            MHSTDTC="2024",
        )
    if maybe(0.1):
        add(
            "MH",
            MHTERM="Melanoma",
            MHCAT="OTHER MALIGNANCY",
            MHSTDTC=_date(rng),
            MHENDTC=_date(rng) if maybe(0.5) else None,
        )


def _treatments(rng, maybe, add, t):
    for _ in range(rng.choice([0, 1, 1, 2])):
        add("CM", CMTRT=rng.choice(["Prednisone", "Dexamethasone", "Fluticasone"]), CMDOSE=rng.choice([5.0, 10.0, 10.1, 1.5, None]), CMDOSU=rng.choice(["mg"] * 6 + ["puff"]),
            CMDOSFRQ=rng.choice(["QD", "BID", "QOD", "PRN"]), CMROUTE=rng.choice(["ORAL", "ORAL", "TOPICAL", None]), CMSTDTC=_date(rng),
            CMENDTC=_date(rng) if maybe(0.6) else None, CMENRTPT=rng.choice([None, "ONGOING"]))  # fmt: skip
    for _ in range(rng.choice([0, 1, 2, 3])):
        add("CM", CMTRT="Chemotherapy", CMCAT="PRIOR ANTICANCER THERAPY", CMLINE=rng.choice([1.0, 2.0, 3.0, None]), CMINTENT=rng.choice([None, None, "ADJUVANT"]),
            CMSTOPRS=rng.choice(["PROGRESSIVE DISEASE", "RELAPSE", "COMPLETED", None]), CELLTHER=rng.choice([None] * 8 + ["Y"]), CMROUTE=rng.choice(["INTRAVENOUS", "INTRAPERITONEAL", None]),
            CMSTDTC=rng.choice(["2026-01-05", "2025-06", _date(rng)]), CMENDTC=rng.choice(["2026-05-01", "2025-09", _date(rng)]))  # fmt: skip
    products = rng.choice([t.growth_factor, t.erythropoietin, t.red_cell, t.platelet, t.transfusion, t.plasma, t.albumin, t.immunomodulator,
                           t.anticancer_medicines, t.cell_therapy])  # fmt: skip
    if maybe(0.4):
        add(
            "CM",
            CMTRT=rng.choice(products),
            CMCAT=rng.choice([None, "INVESTIGATIONAL"]),
            CMSTDTC=_date(rng),
            CMENDTC=_date(rng) if maybe(0.5) else None,
        )
    if maybe(0.5):
        name = rng.choice(
            ["RADIOTHERAPY", "RADIOTHERAPY", "LAPAROTOMY", "TACE", "PLATELET TRANSFUSION", "RENAL TRANSPLANT"]
        )
        add(
            "PR",
            PRTRT=name,
            RTINTENT=rng.choice(["RADICAL", "PALLIATIVE", None]),
            PRSTDTC=_date(rng),
            PRENDTC=_date(rng) if maybe(0.5) else None,
        )


def _tumours(rng, maybe, add):
    for k in range(rng.choice([0, 1, 1, 2])):
        day, place = _date(rng), rng.choice(["LIVER", "LUNG", "LYMPH NODE", None])
        if maybe(0.8):
            add("TU", TULNKID=f"T{k}", TUTESTCD="TUMIDENT", TUORRES=rng.choice(["TARGET", "TARGET", "NON-TARGET", "NEW"]), TULOC=place,
                TUMETHOD=rng.choice(["CT SCAN", None, "ULTRASOUND"]), TUEVAL=rng.choice(["INVESTIGATOR", None, "INDEPENDENT ASSESSOR"]), TUDTC=day)  # fmt: skip
        if maybe(0.8):
            add("TR", TRLNKID=f"T{k}", TRTESTCD=rng.choice(["LDIAM", "LPERP"]), TRSTRESN=rng.choice([10.0, 9.9, 15.0, 14.9, None]), TRSTRESU="mm",
                TRMETHOD=rng.choice([None, "MRI"]), TREVAL=rng.choice(["INVESTIGATOR", None]), TRDTC=day)  # fmt: skip
