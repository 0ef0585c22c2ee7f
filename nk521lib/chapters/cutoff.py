"""Apply the cut-off (being written)."""

import pandas as pd

from nk521lib.cut import Cut


def apply_cutoff(whole: Cut) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    return dict(whole.frames), pd.DataFrame(), pd.DataFrame()
