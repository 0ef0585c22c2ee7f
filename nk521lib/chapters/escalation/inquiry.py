"""A what-if as one pure question: inputs in, the whole answer out, at the speed of a conversation.

What the statuses rest on (window, clauses, evaluability) is derived once per set of parameters, a `Ground`; everything
after it is counted from plain records. The record is the answer to a question without differences.
Source: spec escalation.md sections 3, 4, 9, 10.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from nk521lib.chapters.escalation.comparators import compare_designs
from nk521lib.chapters.escalation.course import Course, follow
from nk521lib.chapters.escalation.decide import (
    LISTED,
    Escalation,
    GroupReview,
    derive_escalation,
    entry_of,
    ladders_of,
    recommend_group,
)
from nk521lib.chapters.escalation.supposed import window_length
from nk521lib.cut import Cut
from nk521lib.errors import DesignError
from nk521lib.params import Params
from nk521lib.terms import Decision, DltStatus

AFTER_STATUSES = frozenset(
    {"mtd_min_n", "top_confirm6", "group_cap", "cap_policy", "cap_basis", "target_rate", "groups_independent"}
)
"""Parameters that change what follows from the statuses, and no status."""

FORESEES_MORE = frozenset({Decision.ESCALATE, Decision.EXPAND, Decision.CONFIRM_LOWER})
Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inputs:
    """What is asked; only differences from the record are held.

    statuses : (USUBJID, status).   imagined : (group, cohorts as `2NNT`).   settings : (parameter, value as JSON text).
    rates : true DLT rate per level that is assumed, None to average over what the data leave open.
    """

    group: str
    statuses: tuple[tuple[str, DltStatus], ...] = ()
    imagined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    settings: Settings = ()
    rates: tuple[float, ...] | None = None

    @property
    def is_record(self) -> bool:
        return not (self.statuses or self.imagined or self.settings or self.rates)

    def cohorts(self, group: str) -> tuple[str, ...]:
        return dict(self.imagined).get(group, ())

    def with_status(self, usubjid: str, status: DltStatus | None) -> "Inputs":
        """Another status for a subject; None is the one on record."""
        kept = {key: value for key, value in self.statuses if key != usubjid}
        kept |= {} if status is None else {usubjid: status}
        return replace(self, statuses=tuple(sorted(kept.items())))

    def with_imagined(self, group: str, cohorts: Iterable[str]) -> "Inputs":
        kept = dict(self.imagined) | {group: tuple(cohorts)}
        return replace(self, imagined=tuple(sorted((g, c) for g, c in kept.items() if c)))

    def with_setting(self, params: Params, name: str, value: Any) -> "Inputs":
        """Another value of a parameter, as it would stand in a file; that of `params` is no difference.

        Raises KeyError for an unknown parameter, ParamsError for a value that it cannot have.
        """
        plain = params.having(name, value).about[name].value
        kept = {key: text for key, text in self.settings if key != name}
        kept |= {} if plain == params.about[name].value else {name: json.dumps(plain, sort_keys=True)}
        return replace(self, settings=tuple(sorted(kept.items())))

    def setting(self, params: Params, name: str) -> Any:
        """The value in use."""
        text = dict(self.settings).get(name)
        return params.about[name].value if text is None else json.loads(text)


@dataclass(frozen=True)
class Ground:
    """What one set of parameters makes of a snapshot: the group's courses and all that stays when statuses change."""

    found: Escalation
    courses: Mapping[str, Course]


class Grounds(Protocol):
    """Gives the ground of settings. Unless `whole`, only those of `deciding_statuses` need be followed."""

    def __call__(self, settings: Settings, whole: bool = False) -> Ground: ...


def derive_ground(cut: Cut, settings: Settings = ()) -> Ground:
    """Derive the whole chapter under other settings: half a second, so keep the answer."""
    found = derive_escalation(replace(cut, params=params_with(cut.params, settings)))
    return Ground(found, {group: review.history.course for group, review in found.groups.items()})


def params_with(params: Params, settings: Settings) -> Params:
    for name, text in settings:
        params = params.having(name, json.loads(text))
    return params


def deciding_statuses(params: Params, settings: Settings, record: Ground) -> Settings:
    """Those settings that can change a status of this snapshot. params : of the record.

    A clause that no event of the record meets, wherever its onset, changes nothing by being switched off; D10 counts
    doses in the window and is always looked at again.
    """
    met = {clause for text in record.found.events["CLAUSES"].dropna() for clause in text.split(";")} | {"D10"}
    kept = []
    for name, text in settings:
        if name in AFTER_STATUSES:
            continue
        if name == "dlt_clauses":
            usual, asked = params.about[name].value, json.loads(text)
            idle = {c for c, v in asked.items() if c not in met and v == usual[c] | {"on": False}}
            text = json.dumps({c: usual[c] if c in idle else v for c, v in asked.items()}, sort_keys=True)
            if json.loads(text) == usual:
                continue
        kept.append((name, text))
    return tuple(kept)


def review_groups(cut: Cut, inputs: Inputs, grounds: Grounds, advised: bool = True) -> dict[str, GroupReview]:
    """Every group under the inputs. advised : with what other designs say.

    Raises DesignError where a cohort is imagined that the rules would not dose.
    """
    ground, params = grounds(inputs.settings), params_with(cut.params, inputs.settings)
    groups: dict[str, GroupReview] = {}
    for group, recorded in ground.courses.items():
        base = ground.found.groups[group]
        course = recorded.supposing(dict(inputs.statuses), params.escalation.replace_nonevaluable)
        course = course.imagining(inputs.cohorts(group), cut.cutoff.toordinal(), window_length(params))
        standing = follow(course, params)
        recommendation = recommend_group(params, standing, base.holds, above=next(iter(groups.values()), None))
        advice = compare_designs(standing, recommendation.level, params, cut.cutoff) if advised else {}
        blocks = base.blocks
        if follow(recorded, params).irregularities != base.history.irregularities:
            # Under other rules a dosing on record may be irregular, and that blocks; a supposition never does.
            blocks = grounds(inputs.settings, whole=True).found.groups[group].blocks
        groups[group] = GroupReview(group, standing, recommendation, blocks, advice, base.recorded, base.holds)
    return groups


def entry(params: Params, review: GroupReview) -> dict[str, Any]:
    """The group as decisions.json would say it."""
    course = sorted(review.history.course.subjects, key=lambda s: (s.imagined, s.usubjid))
    return entry_of(params, review, {status: [s.usubjid for s in course if s.status is status] for status in LISTED})


def same_answer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Would the committee be told the same?"""
    return all(one[key] == other[key] for key in ("decision", "to_level", "would_be", "mtd", "claim", "withheld"))


@dataclass(frozen=True)
class Difference:
    """One thing that differs from the record: a status, a parameter, imagined subjects or assumed rates.

    alone : does it change the decision by itself?  needed : would the answer be another without it?
    None where that cannot be asked, as of assumed rates, which no decision reads.
    """

    kind: str
    key: str
    recorded: Any
    supposed: Any
    alone: bool | None = None
    needed: bool | None = None


def differences(cut: Cut, inputs: Inputs, record: Ground) -> list[Difference]:
    """Everything that differs, subjects first."""
    known = {s.usubjid: s.status for course in record.courses.values() for s in course.subjects}
    found = [Difference("status", usubjid, known.get(usubjid), status) for usubjid, status in inputs.statuses]
    found += [Difference("imagined", group, (), cohorts) for group, cohorts in inputs.imagined]
    found += [Difference("setting", n, cut.params.about[n].value, json.loads(text)) for n, text in inputs.settings]
    return found + ([Difference("rates", "", None, inputs.rates)] if inputs.rates else [])


def only(inputs: Inputs, wanted: Iterable[Difference]) -> Inputs:
    """The same question with the given differences alone."""
    keep = {(d.kind, d.key) for d in wanted}
    return replace(
        inputs,
        statuses=tuple(item for item in inputs.statuses if ("status", item[0]) in keep),
        imagined=tuple(item for item in inputs.imagined if ("imagined", item[0]) in keep),
        settings=tuple(item for item in inputs.settings if ("setting", item[0]) in keep),
        rates=inputs.rates if ("rates", "") in keep else None,
    )


def weigh(cut: Cut, inputs: Inputs, grounds: Grounds, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:  # fmt: skip
    """The differences, each with whether it alone makes the change and whether the change needs it."""
    found = differences(cut, inputs, grounds(()))

    def answer(asked: Inputs) -> Mapping[str, Any] | None:
        try:
            review = review_groups(cut, asked, grounds, advised=False)[inputs.group]
        except DesignError:
            return None
        return entry(params_with(cut.params, asked.settings), review)

    def asked_alone(difference: Difference) -> Difference:
        if difference.kind == "rates":
            return difference
        alone = answer(only(inputs, [difference]))
        rest = answer(only(inputs, [d for d in found if d is not difference]))
        return replace(
            difference,
            alone=None if alone is None else not same_answer(before, alone),
            needed=None if rest is None else not same_answer(after, rest),
        )

    return tuple(asked_alone(difference) for difference in found)


def next_cohort_size(review: GroupReview) -> tuple[int, int] | str:
    """Level and number of the subjects whom the rules would dose next, or why nobody can be imagined now."""
    rec = review.recommendation
    if rec.decision in FORESEES_MORE:
        return rec.to_level, rec.needs
    if rec.decision is Decision.WAIT and rec.unfilled:
        return rec.level, rec.unfilled
    open_ = [s.usubjid for s in review.history.course.subjects if s.outcome == "P"]
    if rec.decision is Decision.WAIT:
        return f"the rules wait for {len(open_)} open outcome{'s' if len(open_) != 1 else ''}: suppose {'them' if len(open_) != 1 else 'it'} first"
    if rec.decision is Decision.CAP_HOLD:
        return "the cap holds the group: ignore the cap or raise it first"
    if rec.decision is Decision.HOLD:
        return "the group is on hold, so nobody can be dosed"
    return "the rules have stopped here, so nobody can be dosed"


def asked_in(cut: Cut) -> tuple[Cut, Inputs]:
    """The scenario of a cut's parameters as a question: the cut with the parameters' defaults, and what differs.

    Without a scenario: the cut as it is and nothing asked.
    """
    asked, params = cut.params.scenario, replace(cut.params, scenario=None)
    group = next(iter(ladders_of(params)), "")
    if asked is None:
        return cut, Inputs(group)
    changed = {e.name: e for e in params.non_default if e.section == "escalation"}
    for name, about in changed.items():
        params = params.having(name, about.default)
    rates = asked.rates
    if rates is not None:
        changed.pop("pathway_truth", None)
    inputs = Inputs(
        group,
        tuple(sorted((usubjid, DltStatus(status)) for usubjid, status in asked.statuses.items())),
        tuple(sorted((g, c) for g, c in asked.imagined.items() if c)),
        tuple(sorted((name, json.dumps(about.value, sort_keys=True)) for name, about in changed.items())),
        rates,
    )
    return replace(cut, params=params), inputs
