"""The examples of the README run as they are printed (escalation.md section 3)."""

import doctest
from pathlib import Path

import nk521lib.standards.designs as designs


def test_the_example_of_the_readme_runs():
    text = Path(designs.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = text.split("```python")[1].split("```")[0]
    test = doctest.DocTestParser().get_doctest(example, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(verbose=False)
    report = []
    runner.run(test, out=report.append)
    assert runner.tries > 5
    assert not runner.failures, "".join(report)
