"""Kaplan-Meier and reverse Kaplan-Meier curves, medians, landmarks and numbers at risk.

Plain numpy: the product-limit estimate is a few lines, and each convention that packages differ in is then in
the open. A median is a convention where S(t) = 0.5 over a stretch, the interval is log-log unless said otherwise,
and nothing is said beyond the last follow-up. Sources: Kaplan & Meier 1958; Greenwood 1926; Brookmeyer & Crowley
1982 (median); Kalbfleisch & Prentice 2002 (log-log); Schemper & Smith 1996 (reverse KM). Spec efficacy.md
section 3, rulings.md 6.9. Competing causes: cumulative_incidence.py.
"""

from typing import Literal

import numpy as np
import pandas as pd
import scipy  # its parts load themselves when they are first used

TIE = 1e-10
"""S within this of a level is at the level: far above the rounding of a product, far below one event's step."""

Interval = Literal["log-log", "log"]


def checked_times(time, event) -> tuple[np.ndarray, np.ndarray]:
    """Times as float and event codes as int, or ValueError: nothing missing, negative or infinite gets in."""
    time = pd.array(time, dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    event = pd.array(event, dtype="Int64")
    if len(time) != len(event):
        raise ValueError(f"time has {len(time)} values, event {len(event)}")
    if np.isnan(time).any() or event.isna().any():
        raise ValueError("time or event is missing; leave such subjects out in the open, with their number")
    if (time < 0).any() or not np.isfinite(time).all():
        raise ValueError("time is negative or infinite")
    event = event.to_numpy(dtype=np.int64)
    if (event < 0).any():
        raise ValueError("event is 0 (censored), 1 (event), or a cause above that")
    return time, event


def count_at_risk(time, event, at) -> pd.DataFrame:
    """Numbers under a curve. time, event (0 censored) per subject; `at` times. TIME, AT_RISK, EVENTS, CENSORED.

    AT_RISK: time not before `at`. EVENTS, CENSORED: cumulative, up to and including `at`.
    """
    time, event = checked_times(time, event)
    at = np.asarray(at, dtype=float)
    ended = {flag: np.sort(time[(event > 0) == flag]) for flag in (True, False)}
    return pd.DataFrame(
        {
            "TIME": at,
            "AT_RISK": len(time) - np.searchsorted(np.sort(time), at, side="left"),
            "EVENTS": np.searchsorted(ended[True], at, side="right"),
            "CENSORED": np.searchsorted(ended[False], at, side="right"),
        }
    ).astype({"TIME": "Float64", "AT_RISK": "Int64", "EVENTS": "Int64", "CENSORED": "Int64"})


def count_steps(time: np.ndarray, event: np.ndarray, cause: int | None = None):
    """Distinct times with numbers at risk, events of any cause, and events of this cause."""
    times, position = np.unique(time, return_inverse=True)
    here = np.bincount(position, minlength=len(times))
    any_cause = np.bincount(position[event > 0], minlength=len(times))
    this_cause = any_cause if cause is None else np.bincount(position[event == cause], minlength=len(times))
    return times, len(time) - np.cumsum(here) + here, any_cause, this_cause, here


def survival_limits(survival: np.ndarray, se_log: np.ndarray, conf: float, interval: Interval):
    """Limits of S from the standard error of log S. No limits (NaN) where S is 0, or where nothing happened yet."""
    z = scipy.special.ndtri(1 - (1 - conf) / 2)
    inside = (survival > 0) & (survival < 1)
    s, se = survival[inside], se_log[inside]
    if interval == "log-log":
        spread = z * se / -np.log(s)
        low, high = s ** np.exp(spread), s ** np.exp(-spread)
    elif interval == "log":
        low, high = s * np.exp(-z * se), np.minimum(s * np.exp(z * se), 1.0)
    else:
        raise ValueError(f'interval is "{interval}"; expected log-log or log')
    lower, upper = np.full(len(survival), np.nan), np.full(len(survival), np.nan)
    lower[inside], upper[inside] = low, high
    return lower, upper


def estimate_survival(time, event, conf: float = 0.95, interval: Interval = "log-log") -> pd.DataFrame:
    """Kaplan-Meier curve of one group: one row per distinct time, events before censorings of the same time.

    time : per subject, any unit, 0 or more.   event : 1 event, 0 censored.
    Returns TIME, AT_RISK, EVENTS, CENSORED (at that time), SURVIVAL, SE (Greenwood), LOWER, UPPER. Limits are NA
    where S is 1 (nothing happened yet) or 0, SE where S is 0. No subject: no row. Raises ValueError on a missing or negative time.
    """
    time, event = checked_times(time, event)
    if (event > 1).any():
        raise ValueError("event is 0 or 1 here; for several causes use estimate_cumulative_incidence")
    times, at_risk, events, _, here = count_steps(time, event)
    survival = np.cumprod(1 - events / at_risk)
    survivors = at_risk - events
    last = survivors == 0  # S is 0 from here on: Greenwood's term does not exist and is not used
    terms = np.where(last & (events > 0), 0.0, events / (at_risk * np.where(last, 1, survivors)))
    se_log = np.sqrt(np.cumsum(terms))
    lower, upper = survival_limits(survival, se_log, conf, interval)
    return pd.DataFrame(
        {
            "TIME": pd.array(times, dtype="Float64"),
            "AT_RISK": pd.array(at_risk, dtype="Int64"),
            "EVENTS": pd.array(events, dtype="Int64"),
            "CENSORED": pd.array(here - events, dtype="Int64"),
            "SURVIVAL": pd.array(survival, dtype="Float64"),
            "SE": pd.array(np.where(survival > 0, survival * se_log, np.nan), dtype="Float64"),
            "LOWER": pd.array(lower, dtype="Float64"),
            "UPPER": pd.array(upper, dtype="Float64"),
        }
    )


def _first_at_or_below(curve: pd.DataFrame, column: str, level: float) -> tuple[float, bool]:
    """Time at which the step function falls to the level, and whether it stays on it to the end.

    On the level over a stretch: the middle between its start and the next event. No next event: its start.
    NaN when the level is not reached, or reached only where the limit does not exist.
    """
    values = curve[column].to_numpy(dtype=float, na_value=np.nan)
    times = curve["TIME"].to_numpy(dtype=float)
    reached = np.flatnonzero(values <= level + TIE)
    if not len(reached):
        return np.nan, False
    start = reached[0]
    if abs(values[start] - level) > TIE:
        return times[start], False
    later_events = np.flatnonzero(curve["EVENTS"].to_numpy(dtype=float)[start + 1 :] > 0)
    if not len(later_events):
        return times[start], True
    return (times[start] + times[start + 1 + later_events[0]]) / 2, False


def estimate_quantile(curve: pd.DataFrame, survival: float = 0.5) -> dict[str, float | bool]:
    """Time by which S has fallen to `survival` (0.5: the median), with its Brookmeyer-Crowley interval.

    curve : from estimate_survival, whose interval decides that of the quantile.
    Returns TIME, LOWER, UPPER (NaN: not reached, to be printed NE) and ENDS_AT_LEVEL (the curve ends exactly on
    the level, so that the time given is the start of that last stretch). Source: rulings.md 6.9.
    """
    if not 0 < survival < 1:
        raise ValueError(f"survival is {survival}; expected a value between 0 and 1")
    time, ends = _first_at_or_below(curve, "SURVIVAL", survival)
    return {
        "TIME": time,
        "LOWER": _first_at_or_below(curve, "LOWER", survival)[0],
        "UPPER": _first_at_or_below(curve, "UPPER", survival)[0],
        "ENDS_AT_LEVEL": ends,
    }


def survival_at(curve: pd.DataFrame, at) -> pd.DataFrame:
    """Landmarks: TIME, SURVIVAL, LOWER, UPPER of a curve at given times; NA beyond the last follow-up.

    Before the first time S is 1 without limits. A curve that has reached 0 stays 0.
    """
    at = np.asarray(at, dtype=float)
    times = curve["TIME"].to_numpy(dtype=float)
    step = np.searchsorted(times, at, side="right") - 1
    out = pd.DataFrame({"TIME": at})
    for column in ("SURVIVAL", "LOWER", "UPPER"):
        at_start = 1.0 if column == "SURVIVAL" else np.nan
        values = np.append(curve[column].to_numpy(dtype=float, na_value=np.nan), at_start)
        out[column] = values[step]  # step -1, before the first time, is the value appended last
    still_alive = not len(times) or curve["SURVIVAL"].iloc[-1] > 0
    if still_alive:
        out.loc[at > times.max(initial=-np.inf), ["SURVIVAL", "LOWER", "UPPER"]] = np.nan
    return out.astype("Float64")


def estimate_follow_up(time, event, conf: float = 0.95, interval: Interval = "log-log") -> pd.DataFrame:
    """Reverse Kaplan-Meier curve of potential follow-up: being censored is the event, the event censors.

    The plain exchange of the two codes, as in Surv(time, 1 - status): of one time, the censored go first.
    Median follow-up is estimate_quantile of it. Any cause above 0 censors.
    """
    time, event = checked_times(time, event)
    return estimate_survival(time, (event == 0).astype(np.int64), conf, interval)
