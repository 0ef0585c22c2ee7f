"""Listings and tables for the trial's file: XLSX and RTF with titles, footnotes and programme identification.

Tables are read back from the pages, so that what is filed is what was shown; listings are the pack's datasets in full.
Both are the same bytes on every run and hold no formula, link or field made of data.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nk521lib.cut import Cut
from nk521lib.display.say import extraction
from nk521lib.display.words import day
from nk521lib.edge import provenance, software
from nk521lib.edge.filing.content import Document, Listing, listing_of, tables_of
from nk521lib.edge.filing.rtf import write_rtf
from nk521lib.edge.filing.xlsx import write_xlsx
from nk521lib.edge.render import Body

FOLDER = "filing"
PRINTED = {
    "adsl": "USUBJID SUBJID AGE SEX TRT01P TRT01A RFICDT ENROLDT TRTSDT TRTEDT NDOSE ELIGSTAT EOSSTT EOSDT DTHDT LSTALVDT",
    "addlt": "USUBJID GROUP LEVEL ADLTSDT ADLTEDT NDOSEWIN NFULLWIN STATUS REASON SRCIDS",
    "adae": "USUBJID AESEQ TRT01A ASOC APT AETERM AESTDTC AEENDTC ASTDY ATOXGR AESER AREL AEACN AEOUT AESICAT DLTFL TRTEMFL",
    "adex": "USUBJID TRT01A PARAMCD AVAL ADT ADY DOSENO EXLOT EXADJ",
    "findings": "id level effect group domain usubjid seq key message disposition",
}
"""Listings that are also printed as RTF, and their columns; the XLSX has every dataset with every column."""

PRINTED_AT_MOST = 5000
"""Records of a printed listing; nobody turns more pages, and the XLSX has them all. The footnote says so."""


def write_filing(
    pack: Path, cut: Cut, bodies: Mapping[str, Body], stems: Mapping[str, str], tables: Mapping[str, pa.Table], findings: pd.DataFrame
) -> None:  # fmt: skip
    """The folder `filing/` of a pack whose data files are written. bodies, stems : page and file stem by chapter."""
    folder = pack / FOLDER
    folder.mkdir()
    about = _identification(cut, provenance.content_sha256(pack))
    for chapter, body in bodies.items():
        shown = tables_of(str(body.lead) + str(body.parts))
        if shown:
            document = Document(f"{cut.manifest.study}: {body.title}", tuple(shown), f"Programme: notebooks/{stems[chapter]}.ipynb. {about}",
                                _marks(cut), cut.cutoff.to_pydatetime())  # fmt: skip
            write_xlsx(document, folder / f"tables_{stems[chapter]}.xlsx")
            write_rtf(document, folder / f"tables_{stems[chapter]}.rtf")
    listings = {name: listing_of(name, table) for name, table in tables.items()}
    listings["findings"] = listing_of("findings", pa.Table.from_pandas(findings, preserve_index=False))
    whole = _listings(cut, about, tuple(listings.values()))
    write_xlsx(whole, folder / "listings.xlsx")
    for name, columns in PRINTED.items():
        if name in listings:
            printed = listings[name].only(columns.split(), PRINTED_AT_MOST)
            write_rtf(_listings(cut, about, (printed,)), folder / f"listing_{name}.rtf")


def _listings(cut: Cut, about: str, listings: tuple[Listing, ...]) -> Document:
    return Document(
        f"{cut.manifest.study}: listings", listings, f"Programme: nk521lib.edge.filing. {about}", _marks(cut),
        cut.cutoff.to_pydatetime(),
    )  # fmt: skip


def _identification(cut: Cut, content: str) -> str:
    m = cut.manifest
    return (f"{software.version_line()}. Snapshot {m.snapshot_id}, data up to {day(m.cutoff_date)}, {extraction(m)}; "
            f"manifest {cut.manifest_sha256[:12]}, parameters {cut.params.sha256[:12]}, pack content {content[:12]}.")  # fmt: skip


def _marks(cut: Cut) -> str:
    marks = ["SYNTHETIC DATA, not from any patient"] if cut.manifest.synthetic else []
    changed = cut.params.non_default
    marks += [f"settings differ from default: {', '.join(entry.name for entry in changed)}"] if changed else []
    return "; ".join(marks)
