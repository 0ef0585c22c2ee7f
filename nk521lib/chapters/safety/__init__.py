"""Safety: what happened to whom, when, how bad, and was it looked for (spec safety.md, rulings.md section 5)."""

from dataclasses import dataclass, field

import pandas as pd

from nk521lib.chapters.safety.adverse_events import derive_adae
from nk521lib.chapters.safety.ecg import derive_adeg
from nk521lib.chapters.safety.expected import derive_expected
from nk521lib.chapters.safety.exposure import derive_adex
from nk521lib.chapters.safety.findings import check_safety
from nk521lib.chapters.safety.laboratory import derive_adlb
from nk521lib.chapters.safety.people import derive_deaths, derive_safety_subjects, safety_columns
from nk521lib.chapters.safety.shifts import derive_hys_law
from nk521lib.chapters.safety.vitals import derive_advs
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.findings import to_frame
from nk521lib.results import Column


@dataclass(frozen=True)
class Safety:
    """Everything the chapter derives from one snapshot, once."""

    adsl: pd.DataFrame = field(repr=False)
    columns: list[Column] = field(repr=False)
    adae: pd.DataFrame = field(repr=False)
    adlb: pd.DataFrame = field(repr=False)
    advs: pd.DataFrame = field(repr=False)
    adeg: pd.DataFrame = field(repr=False)
    adex: pd.DataFrame = field(repr=False)
    deaths: pd.DataFrame = field(repr=False)
    expected: pd.DataFrame = field(repr=False)
    hys_pairs: pd.DataFrame = field(repr=False)
    hys_status: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False)
    datasets: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def overall(self) -> Column:
        """All dosed subjects."""
        return self.columns[-1]

    @property
    def order(self) -> list[str]:
        """Dosed subjects by group, level and first dose: the order of every figure of the chapter."""
        return list(self.overall.usubjids)

    @property
    def without_group(self) -> int:
        """Dosed subjects whose arm belongs to no group of the parameters: they are in the overall column only."""
        dosed = self.adsl["SAFFL"].isin(["Y"])
        return int((dosed & self.adsl["GROUP"].isna()).sum())


def derive_safety(cut: Cut) -> Safety:
    """All analysis datasets of the chapter; one whose source domain the snapshot does not have is not among `datasets`."""
    adsl = derive_subjects(cut)
    adae, adlb, advs, adeg, adex = (
        derive(cut, adsl) for derive in (derive_adae, derive_adlb, derive_advs, derive_adeg, derive_adex)
    )
    pairs, status = derive_hys_law(adlb, adsl, cut)
    findings = to_frame(check_safety(cut, adsl, adae, adlb, advs, adeg))
    datasets = {
        "adae": ("AE", adae),
        "adlb": ("LB", adlb),
        "advs": ("VS", advs),
        "adeg": ("EG", adeg),
        "adex": ("EX", adex),
    }
    present = {name: frame for name, (domain, frame) in datasets.items() if cut.has(domain)}
    present |= {"adsl": derive_safety_subjects(adsl, status), "findings": findings}
    return Safety(
        adsl, safety_columns(adsl, cut), adae, adlb, advs, adeg, adex, derive_deaths(cut, adsl, adae),
        derive_expected(cut, adsl), pairs, status, findings, present,
    )  # fmt: skip
