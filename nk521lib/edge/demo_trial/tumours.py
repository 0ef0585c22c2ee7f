"""TU, TR and RS from scans and lesions: what was found, how large it was, and how the investigator read it."""

import pandas as pd

from nk521lib.edge.demo_trial.cast import Cast
from nk521lib.edge.demo_trial.frames import KNOWN, finished, iso
from nk521lib.edge.demo_trial.story_findings import NEW, NON_TARGET, TARGET

NODE = "LYMPH NODE"
READINGS = ("TRGRESP", "NTRGRESP", "NEWLPROG", "OVRLRESP")


def measured(cast: Cast) -> pd.DataFrame:
    """One row per lesion and scan: SIZE in mm, missing where not evaluable; every subject's ascites is a non-target."""
    scans = cast.scans.sort_values(["USUBJID", "DAY"], kind="stable")
    scans = scans.assign(NTH=scans.groupby("USUBJID").cumcount())
    sizes = cast.lesions.explode("SIZES").rename(columns={"SIZES": "SIZE"})
    sizes["NTH"] = sizes.groupby(["USUBJID", "LINK"]).cumcount()
    rows = sizes.merge(scans, on=["USUBJID", "NTH"], validate="many_to_one")
    rows = rows[~(rows["ROLE"].eq(NEW) & rows["SIZE"].isna())]
    fluid = scans.assign(LINK="NT01", ROLE=NON_TARGET, PLACE="PERITONEAL CAVITY", SIZE=None)
    both = pd.concat([rows, fluid], ignore_index=True)
    both = both.astype(
        {"LINK": "string", "ROLE": "string", "PLACE": "string", "SIZE": "Float64", "VISITNUM": "Float64"}
    )
    return both.sort_values(["USUBJID", "DAY", "ROLE", "LINK"], kind="stable", ignore_index=True)


def derive_tu(rows: pd.DataFrame) -> pd.DataFrame:
    """TU: each lesion once, at the scan that showed it first."""
    first = rows.drop_duplicates(["USUBJID", "LINK"]).reset_index(drop=True)
    return finished(pd.DataFrame({
        "USUBJID": first["USUBJID"], "TULNKID": first["LINK"], "TUTESTCD": "TUMIDENT", "TUORRES": first["ROLE"],
        "TUSTRESC": first["ROLE"], "TULOC": first["PLACE"], **_how(first, "TU"), KNOWN: first["DAY"],
    }), "TU")  # fmt: skip


def derive_tr(rows: pd.DataFrame) -> pd.DataFrame:
    """TR: diameters of targets, state of the others, and the sum of diameters where every target was measured."""
    target = rows[rows["ROLE"].eq(TARGET)]
    node = target["PLACE"].eq(NODE)
    size = target["SIZE"].round(0).astype("Int64").astype("string")
    lost = target["SIZE"].isna()
    diameters = pd.DataFrame({
        "USUBJID": target["USUBJID"], "TRLNKID": target["LINK"], "TRGRPID": "TARGET",
        "TRTESTCD": node.map({True: "LPERP", False: "LDIAM"}), "TRORRES": size, "TRORRESU": "mm", "TRSTRESC": size,
        "TRSTRESN": target["SIZE"], "TRSTRESU": "mm", "TRSTAT": lost.map({True: "NOT DONE", False: None}),
        "TRREASND": lost.map({True: "NOT EVALUABLE", False: None}), **_how(target, "TR"), KNOWN: target["DAY"],
    })  # fmt: skip
    other = rows[~rows["ROLE"].eq(TARGET)]
    state = other["ROLE"].map({NEW: "UNEQUIVOCAL", NON_TARGET: "PRESENT"})
    states = pd.DataFrame({
        "USUBJID": other["USUBJID"], "TRLNKID": other["LINK"], "TRGRPID": other["ROLE"], "TRTESTCD": "TUMSTATE",
        "TRORRES": state, "TRSTRESC": state, **_how(other, "TR"), KNOWN: other["DAY"],
    })  # fmt: skip
    by_scan = target.assign(LOST=lost).groupby(["USUBJID", "DAY"], sort=False)
    whole = by_scan.agg({"SIZE": "sum", "VISITNUM": "first", "VISIT": "first", "LOST": "any"})
    whole = whole[~whole["LOST"]].reset_index()
    text = whole["SIZE"].round(0).astype("Int64").astype("string")
    sums = pd.DataFrame({
        "USUBJID": whole["USUBJID"], "TRGRPID": "TARGET", "TRTESTCD": "SUMDIAM", "TRORRES": text, "TRORRESU": "mm",
        "TRSTRESC": text, "TRSTRESN": whole["SIZE"], "TRSTRESU": "mm", **_how(whole, "TR"), KNOWN: whole["DAY"],
    })  # fmt: skip
    frame = pd.concat([diameters, states, sums], ignore_index=True)
    text_columns = [c for c in frame if c not in ("TRSTRESN", "VISITNUM", KNOWN)]
    return finished(frame.astype({**dict.fromkeys(text_columns, "string"), "TRSTRESN": "Float64"}), "TR")


def derive_rs(cast: Cast) -> pd.DataFrame:
    """RS: the investigator's reading of each scan after baseline, in four parts."""
    read = cast.scans[cast.scans["READING"].notna()].reset_index(drop=True)
    parts = pd.DataFrame(read["READING"].tolist(), columns=list(READINGS), index=read.index)
    long = pd.concat([read, parts], axis=1).melt(
        ["USUBJID", "DAY", "VISITNUM", "VISIT"], list(READINGS), "RSTESTCD", "RSORRES"
    )  # fmt: skip
    frame = pd.DataFrame({
        "USUBJID": long["USUBJID"], "RSTESTCD": long["RSTESTCD"], "RSCAT": "RECIST 1.1", "RSORRES": long["RSORRES"],
        "RSSTRESC": long["RSORRES"], "RSEVAL": "INVESTIGATOR", "VISITNUM": long["VISITNUM"].astype("Float64"),
        "VISIT": long["VISIT"], "RSDTC": iso(long["DAY"]), KNOWN: long["DAY"],
    })  # fmt: skip
    return finished(frame.astype({c: "string" for c in frame if c not in ("VISITNUM", KNOWN)}), "RS")


def _how(rows: pd.DataFrame, prefix: str) -> dict[str, pd.Series | str]:
    return {
        f"{prefix}METHOD": "CT SCAN", f"{prefix}EVAL": "INVESTIGATOR", "VISITNUM": rows["VISITNUM"], "VISIT": rows["VISIT"],
        f"{prefix}DTC": iso(rows["DAY"]),
    }  # fmt: skip
