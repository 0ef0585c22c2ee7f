"""What a refused parameter is told: its name, what was given, what is allowed."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError


def explain(item: Mapping[str, Any]) -> str:
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
        expected = context["expected"].replace("False", "false").replace("True", "true")
        return f"expected {expected}"
    bounds = {"greater_than": ("more than", "gt"), "greater_than_equal": ("at least", "ge"),
              "less_than": ("less than", "lt"), "less_than_equal": ("at most", "le")}  # fmt: skip
    if kind in bounds:
        phrase, key = bounds[kind]
        return f"expected {phrase} {context[key]:g}"
    return item["msg"].lower()


def first_problem(error: ValidationError) -> str:
    return explain(error.errors()[0])


def is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except TypeError:
        return False
    return True


def unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name.rpartition(".")[2], list(known), n=1, cutoff=0.6)
    return f"{name}: unknown parameter" + (f", did you mean {near[0]}?" if near else "")
