"""Chapter 0: what a snapshot brought, domain by domain."""

from collections.abc import Iterator

from nk521lib.cut import Cut
from nk521lib.results import Number
from nk521lib.schemas import DOMAINS


def count_domains(cut: Cut) -> Iterator[tuple[str, str, int | None, Number | None]]:
    """Code, label, records and subjects of every domain a chapter reads; None where the snapshot has no such domain."""
    for code, domain in DOMAINS.items():
        if not cut.has(code):
            yield code, domain.label, None, None
            continue
        frame = cut[code]
        ids = tuple(sorted(frame["USUBJID"].dropna().unique())) if "USUBJID" in frame else ()
        subjects = Number(
            "domain_subjects", "protocol", "ALL", "n", float(len(ids)), str(len(ids)), ids,
            variable="DOMAIN", variable_level=code, stat_label="subjects with a record",
        )  # fmt: skip
        yield code, domain.label, len(frame), subjects
