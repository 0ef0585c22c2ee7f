"""Aalen-Johansen cumulative incidence: one cause of an event where other causes compete with it.

Counting a competing cause as censored would estimate a world in which it does not exist. Sources: Aalen &
Johansen 1978; Marubini & Valsecchi 1995 section 11 (variance); spec efficacy.md section 3.
"""

import numpy as np
import pandas as pd

from nk521lib.standards.survival import checked_times, count_steps, survival_limits


def estimate_cumulative_incidence(time, cause, of: int = 1, conf: float = 0.95) -> pd.DataFrame:
    """Aalen-Johansen cumulative incidence of one cause where others compete, of one group.

    time : per subject.   cause : 0 censored, 1, 2, … causes.   of : the cause estimated.
    Returns TIME, AT_RISK, EVENTS (of this cause), COMPETING, CENSORED, INCIDENCE, SE (delta method on multinomial
    steps, as Greenwood for one cause), LOWER, UPPER (log-log; NA where the incidence is 0 or 1).
    """
    time, cause = checked_times(time, cause)
    if of < 1:
        raise ValueError(f"of is {of}; expected a cause, 1 or more")
    times, n, d, d_of, here = count_steps(time, cause, of)
    before = np.concatenate([[1.0], np.cumprod(1 - d / n)[:-1]]) if len(times) else np.zeros(0)
    incidence = np.cumsum(before * d_of / n)
    # Var F(t) = sum over s<=t of (F(t)-F(s))^2 d/(n(n-d)) + S(s-)^2 d_of(n-d_of)/n^3 - 2 S(s-)(F(t)-F(s)) d_of/n^2
    # where everybody left has the event (n = d) nothing can follow, F(t) = F(s), and the first term is 0
    a = np.where(n > d, d / (n * np.where(n > d, n - d, 1.0)), 0.0)
    c = before * d_of / n**2
    variance = (
        incidence**2 * np.cumsum(a)
        - 2 * incidence * np.cumsum(a * incidence)
        + np.cumsum(a * incidence**2)
        + np.cumsum(before**2 * d_of * (n - d_of) / n**3)
        - 2 * incidence * np.cumsum(c)
        + 2 * np.cumsum(c * incidence)
    )
    se = np.sqrt(np.maximum(variance, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        se_log = se / incidence  # undefined at 0, where _interval gives no limits
    lower, upper = survival_limits(incidence, se_log, conf, "log-log")
    return pd.DataFrame(
        {
            "TIME": pd.array(times, dtype="Float64"),
            "AT_RISK": pd.array(n, dtype="Int64"),
            "EVENTS": pd.array(d_of, dtype="Int64"),
            "COMPETING": pd.array(d - d_of, dtype="Int64"),
            "CENSORED": pd.array(here - d, dtype="Int64"),
            "INCIDENCE": pd.array(incidence, dtype="Float64"),
            "SE": pd.array(se, dtype="Float64"),
            "LOWER": pd.array(lower, dtype="Float64"),
            "UPPER": pd.array(upper, dtype="Float64"),
        }
    )
