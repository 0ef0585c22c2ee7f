"""A drawing is the same text on every run, and text stays text."""

import re
import subprocess
import sys

PROGRAM = """
from nk521lib.display.figures.base import canvas, drawing, theme
held = [object() for _ in range({waste})]
with theme():
    figure, axes = canvas()
    axes.axvspan(1, 2, color="#e69f00")
    axes.plot([0, 1, 2], [1, 3, 2], marker="o")
    axes.axhline(2)
    axes.set_title("发热 $x_{{ <b>")
print(drawing(figure, "name", "heading", "caption", "alt").html)
"""


def drawn(waste: int) -> str:
    """In a process of its own, with another layout of memory."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(waste=waste)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_same_figure_same_bytes_in_every_process():
    first, second = drawn(0), drawn(100_000)
    assert first == second
    for reference in re.findall(r'url\(#([\w-]+)\)|href="#([\w-]+)"', first):
        assert f'id="{"".join(reference)}"' in first, "every reference finds what it refers to"


def test_hostile_text_is_drawn_as_text():
    assert "发热 $x_{ &lt;b&gt;" in drawn(0)
