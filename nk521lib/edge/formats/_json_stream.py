"""JSON read a window at a time, as strictly as at once: names are given once, NaN and Infinity are not JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

_WINDOW = 1 << 20
_BLANKS = re.compile(r"[ \t\n\r]*")
_DIGITS = 400
"""More digits than the largest double has; the number is then infinite, and refused where it stands."""


class NotJson(Exception):
    """What is wrong is not shown, only in which line."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name given twice")
    return found


def _no_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole)


def load(text: str, line: int) -> Any:
    """The one value in a text. line : where it stands in its file. Raises NotJson."""
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise NotJson(line + getattr(error, "lineno", 1) - 1) from None


class Stream:
    """The values of a JSON text one after the other; only a window of the text is held. Every method raises NotJson."""

    def __init__(self, file: TextIO):
        self._file, self._text, self._at, self._line = file, "", 0, 1

    def next(self) -> str:
        """The character that comes next, blanks left out; empty at the end."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError as error:
                if self._more():
                    continue
                raise self.broken(getattr(error, "pos", None)) from None
            if end < len(self._text) or not self._more():  # a number may go on in the next window
                self._at = end
                return value

    def members(self) -> Iterator[str]:
        """The names in an object; whoever takes one reads its value before the next."""
        for _ in self._within("{", "}"):
            if self.next() != '"':
                raise self.broken()
            name = self.value()
            self._take(":")
            yield name

    def items(self) -> Iterator[Any]:
        for _ in self._within("[", "]"):
            yield self.value()

    def end(self) -> None:
        if self.next():
            raise self.broken()

    def broken(self, position: int | None = None) -> NotJson:
        """What to raise about the text at a position; here where none is given."""
        return NotJson(self._line + self._text.count("\n", 0, self._at if position is None else position))

    def _within(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if self.next() == closing:
            self._take(closing)
            return
        while True:
            yield
            if self._take("," + closing) == closing:
                return

    def _take(self, expected: str) -> str:
        found = self.next()
        if not found or found not in expected:
            raise self.broken()
        self._at += 1
        return found

    def _more(self) -> bool:
        """Let go of what is read; twice as much each time, so that a value of any size is soon in sight."""
        more = self._file.read(max(_WINDOW, len(self._text) - self._at))
        if not more:
            return False
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + more, 0
        return True
