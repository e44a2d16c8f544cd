"""Records and their tables: the same fields in order, there and back, and errors that name the cell."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.model import (
    RECORD_TYPES,
    CourseRun,
    Employer,
    Establishment,
    Jobseeker,
    Kind,
    Vacancy,
    WorkSpell,
    check_table,
    from_table,
    schema,
    to_table,
)

ARROW = {
    "str": pa.string(),
    "int": pa.int64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "tuple[str, ...]": pa.list_(pa.string()),
}
NESTED = {
    "tuple[WorkSpell, ...]": WorkSpell,
    "tuple[CourseRun, ...]": CourseRun,
    "tuple[Establishment, ...]": Establishment,
}

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_values: dict[str, st.SearchStrategy[Any]] = {
    "str": _texts,
    "int": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "date": st.dates(),
    "tuple[str, ...]": st.lists(_texts, max_size=3).map(tuple),
}


def _record(record_type: type[Any]) -> st.SearchStrategy[Any]:
    """Any record of a type, by the types its dataclass writes down."""
    parts: dict[str, st.SearchStrategy[Any]] = {}
    for field in fields(record_type):
        written = str(field.type)
        plain = written.removesuffix(" | None")
        if plain in NESTED:
            value: st.SearchStrategy[Any] = st.lists(_record(NESTED[plain]), max_size=2).map(tuple)
        else:
            value = _values[plain]
        parts[field.name] = st.none() | value if written.endswith(" | None") else value
    return st.builds(record_type, **parts)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_schema_has_the_fields_of_its_record_in_order(kind: Kind) -> None:
    record_type = RECORD_TYPES[kind]
    assert schema(kind).names == [f.name for f in fields(record_type)]
    for column, field in zip(schema(kind), fields(record_type), strict=True):
        written = str(field.type)
        plain = written.removesuffix(" | None")
        if plain in NESTED:
            inner = column.type.value_type
            assert [f.name for f in inner] == [f.name for f in fields(NESTED[plain])]
        else:
            assert column.type == ARROW[plain]
        assert column.nullable is (written.endswith(" | None") or plain.startswith("tuple"))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_table_says_what_it_holds(kind: Kind) -> None:
    assert schema(kind).metadata == {b"padan.kind": kind.value.encode(), b"padan.schema": b"1"}
    assert to_table(kind, []).schema.metadata[b"padan.kind"] == kind.value.encode()


def test_a_jobseeker_has_no_field_for_name_contact_or_what_may_not_be_scored() -> None:
    names = {f.name for f in fields(Jobseeker)}
    forbidden = {
        "name",
        "email",
        "phone",
        "birth_date",
        "age",
        "sex",
        "gender",
        "religion",
        "marital_status",
        "restrictions",
    }
    assert not names & forbidden


@pytest.mark.parametrize("kind", list(Kind))
@given(data=st.data())
def test_records_come_back_from_a_table_as_they_went_in(kind: Kind, data: st.DataObject) -> None:
    records = data.draw(st.lists(_record(RECORD_TYPES[kind]), max_size=4))
    table = to_table(kind, records)
    assert table.schema == schema(kind)
    assert len(table) == len(records)
    assert from_table(kind, table) == records


def test_codes_stay_text() -> None:
    army = Vacancy(
        id="a:1",
        source="a",
        title="Bintara",
        identifier="0110",
        province="01",
        regency="01.02",
        regions=("0110",),
    )
    table = to_table(Kind.VACANCY, [army])
    assert table.column("identifier").to_pylist() == ["0110"]
    (back,) = from_table(Kind.VACANCY, table)
    assert back.identifier == "0110"
    assert back.regions == ("0110",)


def test_a_table_from_elsewhere_is_cast_and_ordered_and_completed() -> None:
    table = pa.table(
        {
            "unknown": [1, 2],
            "title": pa.array(["Kasir", "Sopir"], pa.large_string()),
            "source": ["s", "s"],
            "base_salary_min": pa.array([3_000_000, None], pa.int32()),
            "date_posted": pa.array(["2026-01-31", None]),
            "id": ["s:1", "s:2"],
        }
    )
    checked = check_table(Kind.VACANCY, table)
    assert checked.schema == schema(Kind.VACANCY)
    assert "unknown" not in checked.column_names
    first, second = from_table(Kind.VACANCY, table)
    assert isinstance(first, Vacancy)
    assert isinstance(second, Vacancy)
    assert (first.base_salary_min, first.date_posted) == (3_000_000, date(2026, 1, 31))
    assert (second.base_salary_min, second.date_posted, second.skills) == (None, None, ())


def test_a_missing_required_column_is_named_with_the_next_step() -> None:
    with pytest.raises(ShapeError, match="the table of vacancies has no column 'title'") as caught:
        check_table(Kind.VACANCY, pa.table({"id": ["1"], "source": ["s"]}))
    assert caught.value.field == "title"
    assert "padan read FILE --as vacancies" in str(caught.value.hint)


def test_a_missing_required_value_is_named_by_row_and_column() -> None:
    table = pa.table({"id": ["1", "2", "3"], "source": ["s"] * 3, "title": ["Kasir", None, None]})
    with pytest.raises(InputError, match="vacancies row 2: title is missing") as caught:
        check_table(Kind.VACANCY, table)
    assert caught.value.field == "title"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "base_salary_min",
            ["3000000", "tiga juta", "x"],
            "vacancies row 2: base_salary_min is 'tiga juta', expected int64",
        ),
        (
            "date_posted",
            ["2026-01-01", "2026-02-01", "31/12/2026"],
            "row 3: date_posted is '31/12/2026', expected date32",
        ),
        ("remote", ["true", "barangkali", "false"], "row 2: remote is 'barangkali', expected bool"),
        ("total_job_openings", [1.0, 2.5, 3.0], "row 2: total_job_openings is 2.5, expected int64"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_row_column_and_value(
    column: str, values: list[Any], message: str
) -> None:
    table = pa.table({"id": ["1", "2", "3"], "source": ["s"] * 3, "title": ["a", "b", "c"], column: values})
    with pytest.raises(InputError) as caught:
        check_table(Kind.VACANCY, table)
    assert message in caught.value.message
    assert caught.value.field == column


def test_a_column_of_another_shape_is_an_error_and_no_crash() -> None:
    table = pa.table({"id": ["1"], "source": ["s"], "title": ["a"], "skills": pa.array([[[1]]])})
    with pytest.raises(InputError, match="skills"):
        check_table(Kind.VACANCY, table)


def test_records_cannot_be_changed_and_know_their_defaults() -> None:
    employer = Employer(
        id="e:1", source="e", name="Toko Makmur", establishments=(Establishment(name="Pusat"),)
    )
    with pytest.raises(FrozenInstanceError):
        employer.name = "Lain"  # type: ignore[misc]
    assert employer.flags == ()
    assert Vacancy(id="v", source="s", title="t").total_job_openings is None
