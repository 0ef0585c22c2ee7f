"""From YAML text to frozen, typed parameters; everything doubtful is refused by name, with what is allowed."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from nk521lib.errors import ParamsError
from nk521lib.params.models import SECTIONS, Data, Efficacy, Escalation, Safety, Screening, Section, Trial
from nk521lib.terms import Tag


class _StrictLoader(yaml.SafeLoader):
    """YAML 1.2 scalars without the silent habits of 1.1: NO is text, 0123 is text, 1e9 is a number, a date is text;
    a key given twice is an error, not the last value."""

    yaml_implicit_resolvers: ClassVar[dict] = {}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", list("tf")),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-+0123456789")),
):
    _StrictLoader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def _mapping_without_duplicates(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict:
    seen: set = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            line = key_node.start_mark.line + 1
            raise ParamsError(f"line {line}: the key {key_node.value} is not text; put it in quotes")
        if key in seen:
            raise ParamsError(f"line {key_node.start_mark.line + 1}: {key} is given twice")
        seen.add(key)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


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


@dataclass(frozen=True)
class Params:
    """All parameters of one run: typed sections, and the story behind each entry."""

    trial: Trial
    data: Data
    screening: Screening
    escalation: Escalation
    safety: Safety
    efficacy: Efficacy
    about: Mapping[str, About] = field(repr=False)

    def effective(self) -> dict[str, dict[str, Any]]:
        """Plain values by section and name, as they go into provenance."""
        return {section: getattr(self, section).model_dump(mode="json") for section in SECTIONS}

    @property
    def sha256(self) -> str:
        text = json.dumps(self.effective(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

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
    entries = _base_entries(*base)
    home = {name: section for section, names in entries.items() for name in names}
    values = {name: entry.value for names in entries.values() for name, entry in names.items()}
    defaults = dict(values)
    for source, text in overlays:
        values |= _overlay(source, _yaml(source, text), home)
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
    return Params(**sections, about=about)


def _yaml(source: str, text: str) -> dict:
    try:
        loaded = yaml.load(text, Loader=_StrictLoader)
    except ParamsError as error:
        raise ParamsError(f"{source} {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise ParamsError(f"{source}{where}: not YAML ({getattr(error, 'problem', 'unreadable')})") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ParamsError(f"{source}: expected names with values, found {type(loaded).__name__}")
    return loaded


def _base_entries(source: str, text: str) -> dict[str, dict[str, _Entry]]:
    loaded, problems = _yaml(source, text), []
    entries: dict[str, dict[str, _Entry]] = {}
    for section, model in SECTIONS.items():
        given = loaded.get(section) or {}
        for name in model.model_fields.keys() - given.keys():
            problems.append(f"{source}: {section}.{name} is missing")
        for name in given.keys() - model.model_fields.keys():
            problems.append(f"{source}: {_unknown(name, model.model_fields)}")
        entries[section] = {}
        for name, raw in given.items():
            try:
                entry = _Entry.model_validate(raw)
            except ValidationError as error:
                problems.append(f"{source}: {name}: {_first_problem(error)}")
                continue
            if entry.tag is Tag.ASSUMPTION and entry.alternatives is None:
                problems.append(f"{source}: {name}: an assumption [A] must list its alternatives")
            entries[section][name] = entry
    problems += [f"{source}: {_unknown(name, SECTIONS)}" for name in loaded.keys() - SECTIONS.keys()]
    if problems:
        raise ParamsError(*problems)
    return entries


def _overlay(source: str, loaded: dict, home: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, raw in loaded.items():
        if key == "scenario":
            continue  # its author's note and hashes belong to the runner
        inner = raw if key in SECTIONS else {key: raw}
        if not isinstance(inner, dict):
            raise ParamsError(f"{source}: {key}: expected names with values, found {raw!r}")
        for name, value in inner.items():
            if name not in home or (key in SECTIONS and home[name] != key):
                raise ParamsError(f"{source}: {_unknown(name, home)}")
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
        raise ParamsError(f"--set {_unknown(key, home)}")
    return {bare: yaml.load(text, Loader=_StrictLoader)}


def _typed(values: Mapping[str, Any], entries: Mapping[str, Mapping[str, _Entry]]) -> dict[str, Section]:
    """Validate in JSON mode: strict about types, yet lists may become tuples and text may become an enum."""
    sections, problems = {}, []
    for section, model in SECTIONS.items():
        own = {name: values[name] for name in entries[section]}
        try:
            sections[section] = model.model_validate_json(json.dumps(own, allow_nan=True))
        except ValidationError as error:
            problems += [_explain(item) for item in error.errors()]
        except TypeError:
            problems += [f"{name}: {value!r} is not plain text, number, list or mapping; quote it"
                         for name, value in own.items() if not _plain(value)]  # fmt: skip
        if section in sections:
            problems += _bad_alternatives(model, sections[section], entries[section])
    if problems:
        raise ParamsError(*problems)
    return sections


def _bad_alternatives(model: type[Section], good: Section, entries: Mapping[str, _Entry]) -> list[str]:
    """Every alternative must itself be a value that could be set, or it could not be tried."""
    problems = []
    current = good.model_dump(mode="json")
    for name, entry in entries.items():
        for alternative in entry.alternatives or ():
            try:
                model.model_validate_json(json.dumps(current | {name: alternative}))
            except ValidationError as error:
                problems.append(f"alternative of {_explain(error.errors()[0])}")
    return problems


def _explain(item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"]) or "parameters"
    kind, given = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"{where}: unknown entry"
    if kind == "value_error":
        return f"{where}: {item['msg'].removeprefix('Value error, ')}"
    shown = "nothing" if kind == "missing" else json.dumps(given, ensure_ascii=False, default=str)
    return f"{where}: {_expected(item)}, given {shown}"


def _expected(item: Mapping[str, Any]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    words = {
        "int_type": "expected a whole number", "int_parsing": "expected a whole number",
        "int_from_float": "expected a whole number", "float_type": "expected a number",
        "bool_type": "expected true or false", "string_type": "expected text", "tuple_type": "expected a list",
        "missing": "expected a value", "dict_type": "expected names with values",
        "model_type": "expected names with values", "finite_number": "expected a finite number",
    }  # fmt: skip
    if kind in words:
        return words[kind]
    if kind in ("literal_error", "enum"):
        return f"expected {context['expected']}"
    bounds = {"greater_than": ("more than", "gt"), "greater_than_equal": ("at least", "ge"),
              "less_than": ("less than", "lt"), "less_than_equal": ("at most", "le")}  # fmt: skip
    if kind in bounds:
        phrase, key = bounds[kind]
        return f"expected {phrase} {context[key]:g}"
    return item["msg"].lower()


def _first_problem(error: ValidationError) -> str:
    return _explain(error.errors()[0])


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name.rpartition(".")[2], list(known), n=1, cutoff=0.5)
    return f"{name}: unknown parameter" + (f", did you mean {near[0]}?" if near else "")
