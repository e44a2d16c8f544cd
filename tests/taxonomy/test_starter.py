"""The starter pack is whole and free of contradictions, and the checker finds what is not."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from padan.errors import NotFound, UnknownCode
from padan.taxonomy import Library, Scheme, SchemeInfo, read_rows, starter, starter_esco
from padan.taxonomy.check import (
    UNIT_GROUPS,
    check_country,
    check_groups,
    check_industries,
    check_links,
    check_scheme,
    check_skills,
    check_starter,
    check_titles,
)
from padan.taxonomy.scheme import CONCEPTS, RELATIONS

ROOT = Path(__file__).parents[2]

Row = dict[str, str]


def errors(findings: object) -> list[str]:
    return [f.what for f in findings if f.severity == "error"]  # type: ignore[attr-defined]


def test_the_starter_pack_has_no_error() -> None:
    found = [f"{f.file} line {f.line}: {f.what}" for f in check_starter() if f.severity == "error"]
    assert found == []


def test_structure_of_isco08_is_10_43_130_436() -> None:
    scheme = starter("isco08")
    assert Counter(scheme.column("level")) == {1: 10, 2: 43, 3: 130, 4: 436}
    assert set(UNIT_GROUPS) == {c for c in scheme.ids if len(c) == 4}
    assert scheme.children(None) == list("0123456789")
    assert scheme.children("01") == ["011"]
    assert [f for f in check_scheme(scheme) if f.severity == "error"] == []


def test_a_unit_group_has_a_label_in_both_languages_and_its_skills() -> None:
    scheme = starter("isco08")
    skills = starter("skill")
    for code in UNIT_GROUPS:
        assert scheme.label(code, lang="id")
        assert scheme.label(code, lang="en")
        related = scheme.related(code)
        assert 10 <= len(related) <= 20
        assert all(skill in skills.row_of for _, skill in related)
        assert related[0][0] == "essential"


@pytest.mark.parametrize(
    ("code", "titles"),
    [
        ("5321", {"asisten perawat", "asisten keperawatan"}),
        ("5312", {"shadow teacher"}),
        ("9334", {"MD supermarket"}),
        ("6113", {"tukang kebun"}),
        ("5414", {"satpam"}),
        ("7212", {"tukang las"}),
        ("0110", {"perwira TNI"}),
    ],
)
def test_titles_people_use_stand_in_the_usual_unit_group(code: str, titles: set[str]) -> None:
    plain = {r["title"] for r in read_rows("titles") if r["isco08"] == code and not r["note"]}
    assert titles <= plain


def test_the_police_is_no_armed_force_in_isco08() -> None:
    assert "Polri" not in starter("isco08").label("0")
    assert starter("isco08").label("5412", lang="en") == "Police officers"


@pytest.mark.shared
def test_codes_equal_those_of_an_independent_table(shared: Path) -> None:
    with (shared / "data" / "taxonomy" / "isco08.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {r["code"] for r in rows} == set(starter("isco08").ids)
    parents = dict(zip(starter("isco08").ids, starter("isco08").column("parent"), strict=True))
    assert all((r["parent_code"] or None) == parents[r["code"]] for r in rows)


@pytest.mark.shared
def test_every_esco_identifier_of_the_starter_skills_exists(shared: Path) -> None:
    skills = shared / "data" / "taxonomy" / "esco120" / "skills.parquet"
    known = set(pq.read_table(skills, columns=["uri"]).column(0).to_pylist())
    used = starter_esco()
    assert len(set(used.values())) == len(used)
    assert set(used.values()) <= known
    assert len(used) > 0.6 * len(starter("skill").ids)


# -- unknown codes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "near"), [("7219", "721"), ("72121", "7212"), ("tukang las", "")])
def test_an_unknown_code_is_an_error_with_near_codes(asked: str, near: str) -> None:
    scheme = starter("isco08")
    with pytest.raises(UnknownCode) as caught:
        scheme.concept(asked)
    assert any(text.startswith(near) for text in caught.value.near)


def test_an_unknown_scheme_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="skkn"):
        Library(tmp_path).get("skkn")
    with pytest.raises(NotFound) as caught:
        Library(tmp_path).get("esco-skill")
    assert "padan taxonomy add esco PATH" in str(caught.value)


# -- the checker finds faults ------------------------------------------------------------------------------


def title(code: str = "7212", lang: str = "id", text: str = "tukang las listrik", **more: str) -> Row:
    return {
        "isco08": code,
        "lang": lang,
        "title": text,
        "kind": "alias",
        "note": "",
        "file": "t",
        "line": "9",
        **more,
    }


TITLE_FAULTS: dict[str, list[Row]] = {
    "is no unit group": [title("7219", text="zzz")],
    "has a slash": [title(text="juru las/welder")],
    "expected id or en": [title(lang="jv", text="tukang las jawa")],
    "labels in id, not one": [title(text="Juru las kedua", kind="label")],
    "stands twice in one unit group": [title(text="zzz baru"), title(text="ZZZ  baru".replace("  ", " "))],
    "exactly one|of them without a note, not one": [
        title("7212", text="zzz baru"),
        title("7213", text="zzz baru"),
    ],
    "more or fewer cells": [{**title(), "note": None}],  # type: ignore[dict-item]
}


@pytest.mark.parametrize("what", list(TITLE_FAULTS))
def test_a_fault_in_the_titles_is_found(what: str) -> None:
    found = errors(check_titles([*read_rows("titles"), *TITLE_FAULTS[what]]))
    assert any(part in text for text in found for part in what.split("|")), found


def test_a_title_in_two_unit_groups_is_fine_with_a_note_on_all_but_one() -> None:
    rows = [title("7212", text="zzz baru"), title("7213", text="zzz baru", note="only in car bodies")]
    assert errors(check_titles([*read_rows("titles"), *rows])) == []


def test_a_missing_unit_group_is_found() -> None:
    found = errors(check_titles([r for r in read_rows("titles") if r["isco08"] != "7212"]))
    assert "7212 has 0 labels in id, not one" in found
    assert "7212 has 0 aliases in en, not 4" in found


def skill(**more: str) -> Row:
    row = {
        "id": "zzz-one",
        "label_id": "zzz satu",
        "label_en": "zzz one",
        "alt_id": "",
        "alt_en": "",
        "kind": "skill",
    }
    return {**row, "group": "sport", "esco": "", "file": "s", "line": "9", **more}


TAKEN = next(r for r in read_rows("skills") if r["esco"])
SKILL_FAULTS: dict[str, Row] = {
    "is no slug": skill(id="Zzz one"),
    "also in": skill(id=TAKEN["id"]),
    "lacks a label": skill(label_id=""),
    "is not in use": skill(kind="ability"),
    "is no ESCO identifier": skill(esco="1234"),
    "correspond to the same ESCO skill": skill(esco=TAKEN["esco"]),
    "is a name of": skill(alt_id=TAKEN["label_en"].upper()),
    "is a benefit of adverts": skill(alt_id="uang makan|zzz"),
}


@pytest.mark.parametrize("what", list(SKILL_FAULTS))
def test_a_fault_in_the_skills_is_found(what: str) -> None:
    found = errors(check_skills([*read_rows("skills"), SKILL_FAULTS[what]]))
    assert any(what in text for text in found), found


def test_an_alias_of_two_skills_needs_a_stated_reason() -> None:
    rows = [
        skill(alt_id="zzz bersama"),
        skill(id="zzz-two", label_id="zzz dua", label_en="zzz two", alt_id="zzz bersama"),
    ]
    shared = {
        "alias": "zzz bersama",
        "lang": "id",
        "skills": "zzz-one|zzz-two",
        "reason": "",
        "file": "x",
        "line": "2",
    }
    everything = [*read_rows("skills"), *rows]
    assert len(errors(check_skills(everything))) == 1
    assert len(errors(check_skills(everything, [shared]))) == 1
    assert errors(check_skills(everything, [{**shared, "reason": "means both"}])) == []
    assert len(errors(check_skills(read_rows("skills"), [{**shared, "reason": "means both"}]))) == 1


def test_a_fault_in_the_links_is_found() -> None:
    links, skills = read_rows("links"), read_rows("skills")
    first = links[0]
    assert errors(check_links(links, codes=UNIT_GROUPS, skills=skills)) == []
    for fault, what in (
        ({**first, "isco08": "9999"}, "is no unit group"),
        ({**first, "skill": "zzz"}, "is no skill"),
        ({**first, "relation": "optional"}, "is neither essential nor useful"),
        (first, "twice"),
    ):
        assert any(
            what in text for text in errors(check_links([*links, fault], codes=UNIT_GROUPS, skills=skills))
        )
    few = [r for r in links if r["isco08"] != first["isco08"]]
    assert f"{first['isco08']} has 0 skills, not 10 to 20" in errors(
        check_links(few, codes=UNIT_GROUPS, skills=skills)
    )
    orphan = [*skills, skill()]
    assert errors(check_links(links, codes=UNIT_GROUPS, skills=orphan)) == [
        "no unit group has the skill zzz-one"
    ]
    anywhere = [*skills, skill(kind="transversal")]
    assert errors(check_links(links, codes=UNIT_GROUPS, skills=anywhere)) == []


def test_a_missing_group_is_found() -> None:
    rows = read_rows("groups")
    assert errors(check_groups(rows)) == []
    assert errors(check_groups([r for r in rows if r["code"] != "72"])) == ["the group 72 is missing"]
    assert len(errors(check_groups([*rows, {**rows[0], "code": "01"}]))) == 2


def industries() -> list[Row]:
    path = ROOT / "src" / "padan" / "taxonomy" / "starter" / "industries.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return [
            {**row, "file": path.name, "line": str(n)}
            for n, row in enumerate(csv.DictReader(handle), start=2)
        ]


def test_industries_are_21_sections_and_88_divisions() -> None:
    rows = industries()
    assert Counter(len(r["code"]) for r in rows) == {1: 21, 2: 88}
    assert errors(check_industries(rows)) == []
    moved = [{**r, "section": "B"} if r["code"] == "01" else r for r in rows]
    assert len(errors(check_industries(moved))) == 1
    assert errors(check_industries(rows[:-1])) == [f"the code {rows[-1]['code']} is missing"]


def edit_csv(source: Path, target: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    with source.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    with target.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))


@pytest.mark.parametrize(
    ("file", "change", "what"),
    [
        ("regions.csv", lambda rows: rows[:-1], "not 38 and 514"),
        (
            "regions.csv",
            lambda rows: [*rows[:-1], {**rows[-1], "parent": "99"}],
            "lacks its code, its name or",
        ),
        (
            "regions.csv",
            lambda rows: [*rows[:-1], {**rows[-1], "bps_code": rows[0]["bps_code"]}],
            "stands twice",
        ),
        ("education.csv", lambda rows: [*rows, rows[0]], "stands twice or lacks a label"),
        ("education.csv", lambda rows: [{**rows[0], "isced2011": "9"}, *rows[1:]], "ISCED level '9'"),
    ],
)
def test_a_fault_in_the_country_pack_is_found(
    tmp_path: Path, file: str, change: Callable[[list[Row]], list[Row]], what: str
) -> None:
    pack = ROOT / "src" / "padan" / "countries" / "indonesia"
    for name in ("regions.csv", "education.csv"):
        edit_csv(pack / name, tmp_path / name, change if name == file else lambda rows: rows)
    assert any(what in text for text in errors(check_country(tmp_path)))
    assert errors(check_country(pack)) == []


def scheme_of(ids: list[str], parents: list[str | None], relations: list[tuple[str, str, str]]) -> Scheme:
    concepts = pa.Table.from_pydict(
        {"id": ids, "parent": parents, "label_id": [f"label {i}" for i in ids]},
        schema=pa.schema([f for f in CONCEPTS if f.name in ("id", "parent", "label_id")]),
    )
    links = pa.Table.from_pydict(
        {n: [r[i] for r in relations] for i, n in enumerate(RELATIONS.names)}, schema=RELATIONS
    )
    return Scheme(SchemeInfo("kbji", "1", "own rows", "", len(ids), len(relations)), concepts, links)


@pytest.mark.parametrize(
    ("ids", "parents", "relations", "what"),
    [
        (["a", "a"], [None, None], [], "stands twice"),
        (["a"], ["b"], [], "the parent 'b' is no concept"),
        (["a", "b"], ["b", "a"], [], "is above itself"),
        (["a"], [None], [("b", "broader", "a")], "from no concept"),
        (["a"], [None], [("a", "broader", "b")], "to no concept"),
        (["a"], [None], [("a", "essential", "b"), ("a", "essential", "b")], "or twice"),
    ],
)
def test_a_fault_in_a_scheme_is_found(
    ids: list[str], parents: list[str | None], relations: list[tuple[str, str, str]], what: str
) -> None:
    assert any(what in text for text in errors(check_scheme(scheme_of(ids, parents, relations))))


def test_a_scheme_that_differs_from_its_description_is_noted() -> None:
    scheme = scheme_of(["a", "b"], [None, "a"], [])
    scheme.info = replace(scheme.info, concepts=3)
    assert [f.severity for f in check_scheme(scheme)] == ["note", "note"]
