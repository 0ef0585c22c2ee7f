"""Small synthetic snapshots made in the test itself, and the places of public test data."""

import gc
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from nk521lib.cut import Cut
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.warm.start import warm_kernels
from nk521lib.manifest import Manifest
from nk521lib.params import load_params
from nk521lib.schemas import DOMAINS, DTYPE, kind

settings.register_profile(
    "workbook", deadline=None, derandomize=True
)  # the same examples on every machine, never a timed test
settings.load_profile("workbook")

gc.set_threshold(20_000, 25, 25)  # thousands of small frames: collecting as often as usual costs a tenth of the time

ROOT = Path(__file__).resolve().parent.parent
BASE = ("nk521.yaml", (ROOT / "params" / "nk521.yaml").read_text(encoding="utf-8"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that make whole packs come first: begun last, the longest of them would leave the other cores idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _the_users_cache_stays_untouched():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NK521_CACHE", "")
        yield


@pytest.fixture(scope="session")
def base_params() -> tuple[str, str]:
    """Name and text of the parameter file."""
    return BASE


@pytest.fixture(scope="session")
def make_params():
    """make_params("mtd_min_n=3", …): the default parameters with settings laid over them."""
    load = cache(lambda settings, overlays: load_params(BASE, overlays, settings))
    return lambda *settings, overlays=(): load(settings, tuple(overlays))


@pytest.fixture(scope="session")
def make_cut(make_params):
    """make_cut(DM=[{…}], AE=[{…}], cutoff="2026-09-30", settings=("mtd_min_n=3",)): a typed, already cut snapshot."""

    def make(cutoff="2026-09-30", settings=(), **domains) -> Cut:
        frames, variables = {}, {}
        for code, records in domains.items():
            given = pd.DataFrame(records)
            if not given.empty and f"{code}SEQ" in DOMAINS[code].key and f"{code}SEQ" not in given:
                given[f"{code}SEQ"] = given.groupby("USUBJID").cumcount() + 1
            wanted = list(dict.fromkeys([*DOMAINS[code].columns, *given.columns]))
            frames[code] = pd.DataFrame(
                {
                    c: pd.array(list(given[c]) if c in given else [None] * len(given), dtype=DTYPE[kind(c)])
                    for c in wanted
                }
            )
            variables[code] = frozenset(given.columns)
        manifest = Manifest(
            snapshot_id="T001", study="NCT07561437", cutoff_date=cutoff, extracted_at=f"{cutoff}T12:00:00+08:00",
            synthetic=True, files=(),
        )  # fmt: skip
        return Cut(manifest, "0" * 64, make_params(*settings), frames, variables, pd.DataFrame(), pd.DataFrame())

    return make


@pytest.fixture(scope="session")
def demo_cut():
    """demo_cut("D3"): a demo snapshot as a chapter opens it, read once for all tests; a test that changes it takes a copy."""
    return cache(lambda name: open_chapter(f"demo:{name}"))


@pytest.fixture(scope="session")
def warm():
    """One warm process for every kernel that this test process starts: ask for it where packs are made."""
    with warm_kernels() as warm:
        yield warm


@pytest.fixture(scope="session")
def public_study() -> Path:
    """The public SDTM of pharmaverse, laid beside the project; the test is skipped, saying so, where it is absent."""
    folder = ROOT.parent / "shared" / "data" / "pharmaverse_sdtm"
    if not folder.is_dir():
        pytest.skip(f"public SDTM test data not found beside the project ({folder.name})")
    return folder
