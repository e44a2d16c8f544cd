"""The algorithm card says what the code does: its tables are compared with the values they speak of."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import padan.matching
from padan import __version__
from padan.matching.acceptance import Edges
from padan.matching.allocate import allocate
from padan.matching.fairness import ATTRIBUTES
from padan.matching.features import Profile, Side
from padan.matching.kernels import TERMS
from padan.matching.propensity import Priors, Records
from padan.matching.rank import Weights, rank
from padan.model import Jobseeker

ROOT = Path(__file__).resolve().parents[1]
CARD = ROOT / "docs" / "algorithm-card.md"
TEXT = CARD.read_text(encoding="utf-8")


def table(section: str, first: str) -> dict[str, list[str]]:
    """The table under a heading whose first column is called `first`: first cell -> the others."""
    body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert body, f"the card has no section {section!r}"
    lines = body.group(1).splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(f"| {first} |")]
    assert starts, f"{section}: no table begins with {first!r}"
    found: dict[str, list[str]] = {}
    for start in starts:
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            name, *others = (cell.strip() for cell in line.strip().strip("|").split("|"))
            assert name.strip("`") not in found, f"{section}: {name} stands twice"
            found[name.strip("`")] = others
    return found


def constant(name: str) -> Any:
    """The value of a constant of matching, wherever in the room it stands; one value only."""
    values = set()
    for module in pkgutil.iter_modules(padan.matching.__path__, "padan.matching."):
        value = getattr(importlib.import_module(module.name), name, None)
        values |= {tuple(value) if isinstance(value, list | tuple) else value}
    values -= {None}
    assert len(values) == 1, f"{name}: {values}"
    return values.pop()


def test_the_weights_are_the_defaults_in_the_order_of_the_terms():
    stated = table("The score", "term")
    assert tuple(stated) == TERMS == tuple(f.name for f in fields(Weights))
    assert [float(cells[0]) for cells in stated.values()] == [getattr(Weights(), term) for term in TERMS]
    assert sum(float(cells[0]) for cells in stated.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("section", "names"),
    [
        (
            "The score",
            "NEARNESS NEUTRAL_REGION NEUTRAL REGION_SCALE_KM STATED IMPLIED_ESSENTIAL IMPLIED_USEFUL",
        ),
        ("Thresholds", "PRIOR_TRUST MIN_EVENTS MIN_CALIBRATED FOUR_FIFTHS LEVEL LEAST_PEOPLE"),
    ],
)
def test_constants_are_those_of_the_code(section, names):
    stated = table(section, "constant")
    assert list(stated) == names.split()
    for name, (value, _) in stated.items():
        numbers = tuple(float(part) for part in value.split(","))
        code = constant(name)
        assert numbers == (code if isinstance(code, tuple) else (code,)), name


def test_options_of_the_allocation_are_its_defaults():
    stated = table("Allocation", "option")
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(allocate).parameters.items()
        if parameter.default is not inspect.Parameter.empty and parameter.default is not None
    }
    del defaults["threads"]  # the result is the same on any number
    assert {name: cells[0] for name, cells in stated.items()} == {n: str(d) for n, d in defaults.items()}
    assert int(stated["k"][0]) == inspect.signature(rank).parameters["k"].default


def test_priors_are_those_of_the_code():
    stated = table("Propensities", "prior")
    for side in ("p", "q"):
        numbers = [float(cell) for cell in stated[side]]
        assert numbers == [getattr(Priors(), f"{side}_level"), *getattr(Priors(), f"{side}_slopes")]
    assert f"| prior | level | {' | '.join(TERMS)} |" in TEXT


def test_every_input_is_listed_and_nothing_else():
    stated = table("Inputs used", "field")
    assert list(stated) == [f.name for kind in (Side, Edges) for f in fields(kind)]


def test_no_input_is_called_by_what_is_not_used():
    stated = table("Not used", "attribute")
    names = {name for cells in stated.values() for name in re.findall(r"`(\w+)`", cells[0])}
    assert {"sex", "age", "religion", "marital_status", "disability", "ethnicity", "birth_year"} <= names
    # what the report looks at is not used, or is one of the six terms
    assert set(ATTRIBUTES) - names <= set(TERMS)
    held = {f.name for kind in (Side, Profile, Edges, Records, Priors) for f in fields(kind)}
    assert not held & names
    asked = {name for function in (rank, allocate) for name in inspect.signature(function).parameters}
    assert not asked & names
    # the record of a person has no such field either
    assert not {f.name for f in fields(Jobseeker)} & names


def test_the_version_is_that_of_the_code():
    assert f"| version | {__version__} |" in TEXT


def test_every_document_it_speaks_of_is_there():
    targets = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert {"matching.md", "allocation.md", "fairness.md", "linking.md", "skills.md"} <= set(targets)
    assert [t for t in targets if not (CARD.parent / t).exists()] == []
    for path in re.findall(r"`(tests/[\w/]+\.py)`", TEXT):
        assert (ROOT / path).exists()


def test_it_says_what_a_card_must_say():
    sections = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert sections == [
        "Purpose",
        "Who is affected",
        "Inputs used",
        "Not used",
        "The score",
        "Allocation",
        "Propensities",
        "Thresholds",
        "Human oversight",
        "Known limits",
        "Measured",
        "Questions and appeals",
    ]
