"""Crosswalks: a worked example by hand, and what must hold whatever the schemes hold."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import InputError, NotFound
from padan.taxonomy import Library, Scheme, SchemeInfo, starter, starter_esco
from padan.taxonomy.crosswalk import CROSSWALK, compose, crosswalk, invert, to_unit_groups
from padan.taxonomy.importers import import_scheme
from padan.taxonomy.scheme import CONCEPTS

Pairs = dict[str, dict[str, float]]


def scheme(name: str, **columns: list[object]) -> Scheme:
    fields = [f for f in CONCEPTS if f.name in columns]
    table = pa.Table.from_pydict({f.name: columns[f.name] for f in fields}, schema=pa.schema(fields))
    return Scheme(SchemeInfo(name, "2026", "own rows", "", table.num_rows, 0), table)


@pytest.fixture
def own(tmp_path: Path) -> Library:
    """A library of a few concepts of our own, whose crosswalks can be told by hand."""
    found = Library(tmp_path / "schemes")
    found.add(
        [
            scheme(
                "kbji",
                id=["7212", "7212.01", "7212.02", "8344.01", "9999.01"],
                level=[4, 6, 6, 6, 6],
                isco08=[["7212"], ["7212"], ["7212"], ["8344"], []],
            ),
            scheme("esco-occupation", id=["u:a", "u:b", "u:c"], isco08=[["7212"], ["7212"], ["8344"]]),
            scheme("onet", id=["51-4121.00"], isco08=[["7212", "8344"]]),
            scheme(
                "kbli",
                id=["A", "01", "0111", "01111", "01999"],
                parent=[None, "A", "01", "0111", "01"],
                isic4=["A", "01", "0111", None, None],
            ),
            scheme("isic", id=["A", "01", "0111"]),
            scheme("esco-skill", id=[*sorted(starter_esco().values())[:5], "u:other"]),
        ]
    )
    return found


def pairs(table: pa.Table) -> Pairs:
    out: Pairs = defaultdict(dict)
    for row in table.to_pylist():
        out[row["source_id"]][row["target_id"]] = row["weight"]
    return dict(out)


def test_an_occupation_lies_in_its_unit_group_whole(own: Library) -> None:
    assert pairs(crosswalk(own, "kbji", "isco08")) == {
        "7212": {"7212": 1.0},
        "7212.01": {"7212": 1.0},
        "7212.02": {"7212": 1.0},
        "8344.01": {"8344": 1.0},
    }


def test_a_unit_group_is_divided_over_the_finest_concepts_in_it(own: Library) -> None:
    assert pairs(crosswalk(own, "isco08", "kbji")) == {
        "7212": {"7212.01": 0.5, "7212.02": 0.5},
        "8344": {"8344.01": 1.0},
    }


def test_kbji_reaches_esco_through_isco(own: Library) -> None:
    found = pairs(crosswalk(own, "kbji", "esco-occupation"))
    assert found["7212.01"] == {"u:a": 0.5, "u:b": 0.5}
    assert found["8344.01"] == {"u:c": 1.0}
    assert "9999.01" not in found


def test_an_ambiguous_concept_divides_its_weight(own: Library) -> None:
    assert pairs(crosswalk(own, "onet", "esco-occupation")) == {
        "51-4121.00": {"u:a": 0.25, "u:b": 0.25, "u:c": 0.5}
    }
    assert pairs(crosswalk(own, "esco-occupation", "onet"))["u:c"] == {"51-4121.00": 1.0}


def test_kbli_without_a_class_of_its_own_takes_that_of_the_group_above(own: Library) -> None:
    assert {s: next(iter(t)) for s, t in pairs(crosswalk(own, "kbli", "isic")).items()} == {
        "A": "A",
        "01": "01",
        "0111": "0111",
        "01111": "0111",
        "01999": "01",
    }


def test_starter_skills_reach_the_esco_skills_that_are_installed(own: Library) -> None:
    there = pairs(crosswalk(own, "skill", "esco-skill"))
    assert len(there) == 5
    assert all(starter_esco()[skill] in targets for skill, targets in there.items())
    back = pairs(crosswalk(own, "esco-skill", "skill"))
    assert {t: {s: 1.0} for s, targets in there.items() for t in targets} == back


def test_a_row_says_where_it_comes_from(own: Library) -> None:
    table = crosswalk(own, "kbji", "esco-occupation")
    assert table.schema == CROSSWALK
    assert set(table.column("source").to_pylist()) == {"unit groups of kbji 2026 and of esco-occupation 2026"}


@pytest.mark.parametrize(
    ("source", "target"), [("kbji", "kbji"), ("kbji", "esco-skill"), ("isic", "kbli"), ("x", "y")]
)
def test_schemes_that_are_not_joined_are_an_error(own: Library, source: str, target: str) -> None:
    with pytest.raises(InputError, match="there is no crosswalk") as caught:
        crosswalk(own, source, target)
    assert "kbli to isic" in str(caught.value)


def test_a_scheme_that_is_not_installed_is_named_with_the_command_that_adds_it() -> None:
    with pytest.raises(NotFound, match="padan taxonomy add kbji PATH"):
        crosswalk(Library(), "isco08", "kbji")


# -- properties --------------------------------------------------------------------------------------------

units = st.sampled_from(["7212", "8344", "9333", "5120", "2512"])
memberships = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.lists(units, min_size=1, max_size=4, unique=True),
    max_size=12,
)


def shares(of: dict[str, list[str]]) -> Pairs:
    return {concept: {code: 1 / len(codes) for code in codes} for concept, codes in of.items()}


@given(memberships)
def test_inverting_keeps_the_pairs_and_sums_to_one(of: dict[str, list[str]]) -> None:
    there = shares(of)
    back = invert(there)
    assert {(s, t) for s, ends in there.items() for t in ends} == {
        (t, s) for s, ends in back.items() for t in ends
    }
    assert all(sum(ends.values()) == pytest.approx(1) for ends in back.values())
    assert all(weight > 0 for ends in back.values() for weight in ends.values())


@given(memberships, memberships)
def test_composing_sums_to_one_and_joins_what_shares_a_unit_group(
    first: dict[str, list[str]], last: dict[str, list[str]]
) -> None:
    found = compose(shares(first), invert(shares(last)))
    assert all(sum(ends.values()) == pytest.approx(1) for ends in found.values())
    expected = {(a, b) for a, x in first.items() for b, y in last.items() if set(x) & set(y)}
    assert {(a, b) for a, ends in found.items() for b in ends} == expected


@given(memberships, memberships)
def test_the_order_of_concepts_changes_nothing(
    first: dict[str, list[str]], last: dict[str, list[str]]
) -> None:
    one = compose(shares(first), invert(shares(last)))
    two = compose(shares(dict(reversed(first.items()))), invert(shares(dict(reversed(last.items())))))
    assert one.keys() == two.keys()
    assert all(one[k] == pytest.approx(two[k]) for k in one)


@given(memberships)
def test_a_concept_of_one_unit_group_goes_there_and_back_to_its_equals(of: dict[str, list[str]]) -> None:
    single = {concept: codes[:1] for concept, codes in of.items()}
    round_trip = compose(shares(single), invert(shares(single)))
    for concept, ends in round_trip.items():
        equals = [other for other, codes in single.items() if codes == single[concept]]
        assert ends == pytest.approx({other: 1 / len(equals) for other in equals})


@pytest.mark.shared
def test_the_shared_schemes_join_whole(shared: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "schemes")
    for name, path in (("esco", "esco120"), ("kbji", "kbji2014.csv"), ("kbli", "kbli2020.csv")):
        library.add(import_scheme(name, shared / "data" / "taxonomy" / path).schemes)
    leaves = [c for c in library.get("kbji").ids if "." in c]
    unit_groups = {c for c in starter("isco08").ids if len(c) == 4}
    for source, target in (
        ("kbji", "isco08"),
        ("isco08", "kbji"),
        ("kbji", "esco-occupation"),
        ("isco08", "esco-occupation"),
        ("esco-occupation", "kbji"),
        ("kbli", "isic"),
        ("skill", "esco-skill"),
    ):
        table = crosswalk(library, source, target)
        rows = list(
            zip(table.column("source_id").to_pylist(), table.column("target_id").to_pylist(), strict=True)
        )
        assert rows == sorted(set(rows))
        assert {s for s, _ in rows} <= set(library.get(source).ids)
        assert {t for _, t in rows} <= set(library.get(target).ids)
        assert all(sum(ends.values()) == pytest.approx(1) for ends in pairs(table).values())
    down = pairs(crosswalk(library, "isco08", "kbji"))
    assert set().union(*down.values()) == set(leaves)
    assert unit_groups - set(down) == {"3355", "5412"}  # KBJI counts the police with the armed forces
    assert len(pairs(crosswalk(library, "kbli", "isic"))) == 2712
    assert len(pairs(crosswalk(library, "skill", "esco-skill"))) == len(starter_esco())
    assert set(to_unit_groups(library.get("kbji"), finest=True)) == set(leaves)
