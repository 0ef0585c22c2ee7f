"""From YAML text to frozen, typed parameters; everything doubtful is refused by name, with what is allowed."""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from nk521lib.errors import ParamsError
from nk521lib.params.messages import explain, first_problem, is_plain, unknown
from nk521lib.params.models import SECTIONS, Data, Efficacy, Escalation, Safety, Screening, Section, Terms, Trial
from nk521lib.params.scenario import Scenario, read_scenario, refuse_other_parameters
from nk521lib.params.strict_yaml import read_value, read_yaml, written
from nk521lib.terms import Tag


class _Entry(BaseModel):
    """One entry of the base file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: Any
    tag: Tag
    source: str
    alternatives: list[Any] | None = None
    says: str = ""


@dataclass(frozen=True)
class About:
    """What is known about one parameter: for assumption boxes, tables of parameters and provenance."""

    section: str
    name: str
    value: Any
    default: Any
    tag: Tag
    source: str
    says: str
    alternatives: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return self.value != self.default


class Ambiguity(BaseModel):
    """What the protocol's text leaves open, how it is read here, and which parameters carry the reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    issue: str
    reading: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Params:
    """All parameters of one run: typed sections, the story behind each entry, and the what-if scenario if it is one."""

    trial: Trial
    data: Data
    screening: Screening
    escalation: Escalation
    safety: Safety
    efficacy: Efficacy
    terms: Terms
    about: Mapping[str, About] = field(repr=False)
    ambiguities: tuple[Ambiguity, ...] = field(repr=False, default=())
    scenario: Scenario | None = None

    def effective(self) -> dict[str, dict[str, Any]]:
        """Plain values by section and name, as they go into provenance."""
        return {section: getattr(self, section).model_dump(mode="json") for section in SECTIONS}

    def having(self, name: str, value: Any) -> "Params":
        """The same parameters with one value changed, in the plain form it would have in a file.

        Raises KeyError for a name that does not exist, ParamsError for a value that could not be set.
        """
        entry = self.about[name]
        section = getattr(self, entry.section)
        try:
            changed = type(section).model_validate_json(json.dumps(section.model_dump(mode="json") | {name: value}))
        except ValidationError as error:
            raise ParamsError(first_problem(error)) from None
        plain = changed.model_dump(mode="json")[name]
        return replace(self, **{entry.section: changed}, about={**self.about, name: replace(entry, value=plain)})

    @property
    def settings_sha256(self) -> str:
        """Of the effective parameters alone: what a scenario names as its own."""
        return _sha256(self.effective())

    @property
    def sha256(self) -> str:
        """Of everything that can change an answer beside the data: a scenario too."""
        if self.scenario is None:
            return self.settings_sha256
        return _sha256({**self.effective(), "scenario": self.scenario.model_dump(mode="json")})

    @property
    def non_default(self) -> tuple[About, ...]:
        return tuple(entry for entry in self.about.values() if entry.differs)


def load_params(
    base: tuple[str, str], overlays: Iterable[tuple[str, str]] = (), settings: Iterable[str] = ()
) -> Params:
    """Read the base file, lay overlay files and `key=value` settings over it, later ones winning.

    base, overlays : (name for messages, YAML text). An overlay names entries inside their section or bare, each as
        a value or as `{value: …}`; a repetition of the base's tag, source and alternatives is allowed, a change is not.
    Raises ParamsError: one line per problem (unknown, misspelt, duplicate, wrongly typed, out of range).
    """
    entries, ambiguities = _read_base(*base)
    home = {name: section for section, names in entries.items() for name in names}
    values = {name: entry.value for names in entries.values() for name, entry in names.items()}
    defaults, scenarios = dict(values), {}
    for source, text in overlays:
        overlay = read_yaml(source, text)
        if "scenario" in overlay:
            scenarios[source] = read_scenario(source, overlay.pop("scenario"))
        values |= _overlay(source, overlay, home)
    if len(scenarios) > 1:
        raise ParamsError(f"{' and '.join(scenarios)}: two scenarios; a run follows one")
    for setting in settings:
        values |= _setting(setting, home)
    sections = _typed(values, entries)
    plain = {name: value for section in sections.values() for name, value in section.model_dump(mode="json").items()}
    typed_defaults = plain
    if values != defaults:
        usual = _typed(defaults, entries)
        typed_defaults = {n: v for s in usual.values() for n, v in s.model_dump(mode="json").items()}
    about = {
        name: About(
            section, name, plain[name], typed_defaults[name], e.tag, e.source, e.says, tuple(e.alternatives or ())
        )
        for section, names in entries.items()
        for name, e in names.items()
    }
    params = Params(**sections, about=about, ambiguities=_ambiguities(base[0], ambiguities, about))
    for source, scenario in scenarios.items():
        refuse_other_parameters(source, scenario, params.settings_sha256)
        params = replace(params, scenario=scenario)
    return params


@lru_cache(maxsize=4)
def _read_base(source: str, text: str) -> tuple[dict[str, dict[str, _Entry]], list]:
    """Entries by section and name, and the ambiguities as listed. Kept: the text is the same in every run of a process."""
    loaded = read_yaml(source, text)
    ambiguities = loaded.pop("ambiguities", [])
    return _base_entries(source, loaded), ambiguities


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _ambiguities(source: str, listed: list, known: Mapping[str, About]) -> tuple[Ambiguity, ...]:
    try:
        ambiguities = tuple(Ambiguity.model_validate(item) for item in listed)
    except ValidationError as error:
        raise ParamsError(f"{source}: ambiguities: {first_problem(error)}") from None
    strangers = [
        f"{source}: {a.id}: {unknown(name, known)}" for a in ambiguities for name in a.parameters if name not in known
    ]
    if strangers:
        raise ParamsError(*strangers)
    return ambiguities


def _base_entries(source: str, loaded: dict) -> dict[str, dict[str, _Entry]]:
    problems = []
    entries: dict[str, dict[str, _Entry]] = {}
    for section, model in SECTIONS.items():
        given = loaded.get(section) or {}
        for name in model.model_fields.keys() - given.keys():
            problems.append(f"{source}: {section}.{name} is missing")
        for name in given.keys() - model.model_fields.keys():
            problems.append(f"{source}: {unknown(name, model.model_fields)}")
        entries[section] = {}
        for name, raw in given.items():
            try:
                entry = _Entry.model_validate(raw)
            except ValidationError as error:
                problems.append(f"{source}: {name}: {first_problem(error)}")
                continue
            if entry.tag is Tag.ASSUMPTION and entry.alternatives is None:
                problems.append(f"{source}: {name}: an assumption [A] must list its alternatives")
            entries[section][name] = entry
    problems += [f"{source}: {unknown(name, SECTIONS)}" for name in loaded.keys() - SECTIONS.keys()]
    if problems:
        raise ParamsError(*problems)
    return entries


def _overlay(source: str, loaded: dict, home: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, raw in loaded.items():
        inner = raw if key in SECTIONS else {key: raw}
        if not isinstance(inner, dict):
            raise ParamsError(f"{source}: {key}: expected names with values, found {written(raw)}")
        for name, value in inner.items():
            if name not in home:
                raise ParamsError(f"{source}: {unknown(name, [*SECTIONS, *home])}")
            if key in SECTIONS and home[name] != key:
                raise ParamsError(f"{source}: {name} belongs to {home[name]}, not to {key}")
            if name in values:
                raise ParamsError(f"{source}: {name} is given twice")
            values[name] = value["value"] if isinstance(value, dict) and "value" in value else value
    return values


def _setting(setting: str, home: Mapping[str, str]) -> dict[str, Any]:
    key, separator, text = setting.partition("=")
    if not separator:
        raise ParamsError(f"--set {setting}: expected key=value, as mtd_min_n=3")
    section, _, bare = key.rpartition(".")
    if bare not in home or section not in ("", home[bare]):
        raise ParamsError(f"--set {unknown(key, home)}")
    return {bare: read_value(text)}


def _typed(values: Mapping[str, Any], entries: Mapping[str, Mapping[str, _Entry]]) -> dict[str, Section]:
    """Validate in JSON mode: strict about types, yet lists may become tuples and text may become an enum."""
    sections, problems = {}, []
    for section, model in SECTIONS.items():
        own = {name: values[name] for name in entries[section]}
        try:
            sections[section] = model.model_validate_json(json.dumps(own, allow_nan=True))
        except ValidationError as error:
            problems += [explain(item) + _as_typed(item, entries[section]) for item in error.errors()]
        except TypeError:
            problems += [f"{name}: {value} is not plain text, number, list or mapping; quote it"
                         for name, value in own.items() if not is_plain(value)]  # fmt: skip
        if section in sections:
            problems += _bad_alternatives(model, sections[section], entries[section])
    if problems:
        raise ParamsError(*problems)
    return sections


def _as_typed(item: ErrorDetails, entries: Mapping[str, _Entry]) -> str:
    """How the default would be typed, where something of another shape was: pages say yes, none, or a list without its brackets."""
    where = item["loc"]
    usual = entries[where[0]].value if len(where) == 1 and where[0] in entries else ""
    if not item["type"].endswith("_type") or not (usual is None or isinstance(usual, bool | list | dict)):
        return ""
    return f"; the default is typed --set {shlex.quote(f'{where[0]}={written(usual)}')}"


def _bad_alternatives(model: type[Section], good: Section, entries: Mapping[str, _Entry]) -> list[str]:
    """Every alternative must itself be a value that could be set, or it could not be tried."""
    problems = []
    current = good.model_dump(mode="json")
    for name, entry in entries.items():
        for alternative in entry.alternatives or ():
            try:
                model.model_validate_json(json.dumps(current | {name: alternative}))
            except ValidationError as error:
                problems.append(f"alternative of {explain(error.errors()[0])}")
    return problems
