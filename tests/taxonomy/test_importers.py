"""Importers of official classifications: published counts, all layouts, every kind of bad input.

The small tables here are our own rows under the headings of the official files.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from padan.errors import InputError, NotFound, UnknownCode
from padan.taxonomy import Library
from padan.taxonomy.check import check_scheme
from padan.taxonomy.importers import import_scheme
from tests.taxonomy.official_files import counts, same, schemes, text_table, write_folder, write_zip

TODAY = date(2026, 11, 24)
# -- the shared files, with the published counts as independent answers ------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "version", "occupations", "skills", "essential", "optional", "lost", "between", "over"),
    [
        ("esco", "1.1.1", 3007, 13896, 64946, 58909, 67, 5899, 6565),
        ("esco120", "1.2.0", 3039, 13939, 67622, 61382, 0, 5818, 6463),
    ],
)
def test_esco_has_the_published_counts(
    shared: Path,
    folder: str,
    version: str,
    occupations: int,
    skills: int,
    essential: int,
    optional: int,
    lost: int,
    between: int,
    over: int,
) -> None:
    result = import_scheme("esco", shared / "data" / "taxonomy" / folder, today=TODAY)
    found = schemes(result)
    occupation, skill = found["esco-occupation"], found["esco-skill"]
    assert (len(occupation.ids), len(skill.ids)) == (occupations, skills)
    assert {s.info.version for s in result.schemes} == {version}
    relations = counts(occupation)
    assert relations["essential"] + relations["optional"] + lost == essential + optional
    assert essential - lost <= relations["essential"] <= essential
    # the missing occupation of 1.1.1 hangs below another: one broader relation goes with it
    assert relations["broader"] == 1248 - (lost > 0)
    assert result.notes.get("occupation-skill relations of a concept that the export lacks", 0) == lost
    between_skills = counts(skill)
    assert between_skills["essential"] + between_skills["optional"] == between
    assert between_skills["broader"] == over
    assert all(len(codes) == 1 and len(codes[0]) == 4 for codes in occupation.column("isco08"))
    assert Counter(skill.column("kind"))[None] == (6 if lost else 0)
    assert [f for s in result.schemes for f in check_scheme(s) if f.severity == "error"] == []


# -- ESCO --------------------------------------------------------------------------------------------------

OCC = "http://data.europa.eu/esco/occupation/"
SKILL = "http://data.europa.eu/esco/skill/"


def occupation(
    key: str, isco: str, label: str, alt: str = "", hidden: str = "", code: str = ""
) -> dict[str, str]:
    return {
        "conceptType": "Occupation",
        "conceptUri": OCC + key,
        "iscoGroup": isco,
        "preferredLabel": label,
        "altLabels": alt,
        "hiddenLabels": hidden,
        "status": "released",
        "modifiedDate": "2026-01-01",
        "regulatedProfessionNote": "",
        "scopeNote": "",
        "definition": "",
        "inScheme": "",
        "description": f"What a {label} does,\nin two lines.",
        "code": code,
    }


def skill(key: str, kind: str, label: str, alt: str = "", hidden: str = "") -> dict[str, str]:
    return {
        "conceptType": "KnowledgeSkillCompetence",
        "conceptUri": SKILL + key,
        "skillType": kind,
        "reuseLevel": "cross-sector",
        "preferredLabel": label,
        "altLabels": alt,
        "hiddenLabels": hidden,
        "status": "released",
        "modifiedDate": "2026-01-01",
        "scopeNote": "",
        "definition": "",
        "inScheme": "",
        "description": f"To {label}.",
    }


def esco_files(suffix: str = "_en", *, labels: bool = True) -> dict[str, str]:
    """A small ESCO of our own: 1.2 adds labels to the relations (and naceCode to the occupations)."""
    occupations = [
        occupation(
            "b", "C8344", "lift truck driver", "forklift driver\nreach truck driver", "fork driver", "8344.1"
        ),
        occupation("a", "110", "own army officer", "officer", "", "0110.1"),
        occupation("c", "8344", "cold store truck driver", "", "", "8344.1.1"),
    ]
    skills = [
        skill(
            "s1",
            "skill/competence",
            "operate our forklift",
            "drive forklift\noperate our forklift",
            "use fork",
        ),
        skill("s2", "knowledge", "warehouse rules"),
        skill("s3", "skill/competence", "stack our pallets"),
    ]
    pairs = [
        ("b", "essential", "s1"),
        ("b", "optional", "s2"),
        ("c", "essential", "s3"),
        ("gone", "optional", "s1"),
    ]
    relations = [
        {"occupationUri": OCC + o, "relationType": r, "skillType": "skill/competence", "skillUri": SKILL + s}
        for o, r, s in pairs
    ]
    if labels:
        occupations = [{**row, "naceCode": ""} for row in occupations]
        relations = [{**row, "occupationLabel": "any", "skillLabel": "any"} for row in relations]
    groups = [
        {"conceptType": "SkillGroup", "conceptUri": SKILL + "g1", "preferredLabel": "moving", "code": "S6.2"},
        {
            "conceptType": "SkillGroup",
            "conceptUri": "http://data.europa.eu/esco/isced-f/1041",
            "code": "",
            "preferredLabel": "x",
        },
    ]
    groups = [{**dict.fromkeys(groups[0], ""), **row} for row in groups]
    isco = "http://data.europa.eu/esco/isco/C8344"
    over = {
        "broaderRelationsOccPillar": [(OCC + "c", OCC + "b"), (OCC + "b", isco), (OCC + "gone", OCC + "b")],
        "broaderRelationsSkillPillar": [
            (SKILL + "s3", SKILL + "s1"),
            (SKILL + "s1", SKILL + "g1"),
            (SKILL + "s2", "http://data.europa.eu/esco/isced-f/1041"),
        ],
    }
    between = {
        "originalSkillUri": SKILL + "s2",
        "originalSkillType": "knowledge",
        "relationType": "optional",
        "relatedSkillType": "knowledge",
        "relatedSkillUri": SKILL + "s1",
    }
    files = {
        "occupations": text_table(occupations),
        "skills": text_table(skills),
        "skillGroups": text_table(groups),
        "occupationSkillRelations": text_table(relations),
        "skillSkillRelations": text_table([between]),
    }
    for name, rows in over.items():
        files[name] = text_table(
            [
                {"conceptType": "C", "conceptUri": child, "broaderType": "C", "broaderUri": parent}
                for child, parent in rows
            ]
        )
    return {f"{name}{suffix}.csv": text for name, text in files.items()}


RELATION_FILES = ("occupationSkillRelations", "skillSkillRelations", "broaderRelations")


def esco_at(place: Path, layout: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    if layout == "1.2 zip with suffix":
        name = "ESCO dataset - v1.2.0 - classification - en - csv.zip"
        return write_zip(place / name, esco_files())
    if layout == "1.2 folder with suffix":
        return write_folder(place / "ESCO dataset - v1.2.0 - classification - en - csv", esco_files())
    if layout == "1.2 folder without suffix":
        return write_folder(place / "esco-v1.2.0", esco_files(""))
    # 1.1: two zips, the relations without language
    concepts = {k: v for k, v in esco_files(labels=False).items() if not k.startswith(RELATION_FILES)}
    relations = {k: v for k, v in esco_files("", labels=False).items() if k.startswith(RELATION_FILES)}
    folder = place / "download"
    folder.mkdir()
    write_zip(folder / "ESCO dataset - v1.1.1 - classification - en - csv.zip", concepts, inside="csv/")
    write_zip(folder / "ESCO dataset - v1.1.1 - classification -  - csv.zip", relations)
    return folder


LAYOUTS = ["1.2 zip with suffix", "1.2 folder with suffix", "1.2 folder without suffix", "1.1 two zips"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_esco_is_read_in_every_official_layout(tmp_path: Path, layout: str) -> None:
    result = import_scheme("esco", esco_at(tmp_path, layout), today=TODAY)
    found = schemes(result)
    occupations, skills = found["esco-occupation"], found["esco-skill"]
    assert occupations.info.version == skills.info.version == ("1.1.1" if "1.1" in layout else "1.2.0")
    assert occupations.ids == [OCC + "a", OCC + "b", OCC + "c"]
    driver = occupations.concept(OCC + "b")
    assert driver["alt_en"] == ["forklift driver", "reach truck driver", "fork driver"]
    assert driver["isco08"] == ["8344"]
    assert occupations.concept(OCC + "a")["isco08"] == ["0110"]
    assert (driver["level"], occupations.concept(OCC + "c")["level"]) == (5, 6)
    assert driver["description_en"] == "What a lift truck driver does,\nin two lines."
    assert occupations.concept(OCC + "c")["parent"] == OCC + "b"
    assert occupations.related(OCC + "b") == [("essential", SKILL + "s1"), ("optional", SKILL + "s2")]
    assert skills.concept(SKILL + "s1")["alt_en"] == ["drive forklift", "use fork"]
    assert skills.column("kind") == ["skill", "knowledge", "skill"]
    # s3 reaches its group through the skill above it; a field of education is named by the end of its URI
    assert skills.column("group") == ["S6.2", "1041", "S6.2"]
    assert skills.related(SKILL + "s2") == [("optional", SKILL + "s1")]
    assert result.notes == {
        "occupation-skill relations of a concept that the export lacks": 1,
        "broader relations of an occupation that the export lacks": 1,
    }
    assert occupations.info.imported == "2026-11-24"
    assert len(occupations.info.sha256 or "") == 64


def test_all_layouts_of_esco_give_the_same_tables(tmp_path: Path) -> None:
    results = [schemes(import_scheme("esco", esco_at(tmp_path / str(n), at))) for n, at in enumerate(LAYOUTS)]
    for other in results[1:]:
        assert same(results[0]["esco-occupation"], other["esco-occupation"])
        assert same(results[0]["esco-skill"], other["esco-skill"])


def test_labels_in_indonesian_are_taken_and_other_languages_counted(tmp_path: Path) -> None:
    files = esco_files()
    files["occupations_id.csv"] = text_table(
        [occupation("b", "8344", "sopir forklift", "supir forklift", "operator fl")]
    )
    files["occupations_fr.csv"] = text_table([occupation("b", "8344", "cariste")])
    files["skills_fr.csv"] = text_table([skill("s1", "knowledge", "x")])
    result = import_scheme("esco", write_folder(tmp_path / "esco-v1.2.1", files))
    found = schemes(result)["esco-occupation"]
    assert found.label(OCC + "b", lang="id") == "sopir forklift"
    assert found.concept(OCC + "b")["alt_id"] == ["supir forklift", "operator fl"]
    assert found.label(OCC + "c", lang="id") == "cold store truck driver"
    assert result.notes["files in other languages, not read"] == 2


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    files = esco_files()
    before = schemes(import_scheme("esco", write_folder(tmp_path / "esco-v1.2.0", files)))
    shuffled = {}
    for name, text in files.items():
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        random.Random(7).shuffle(rows)
        shuffled[name] = text_table(rows)
    after = schemes(import_scheme("esco", write_folder(tmp_path / "other" / "esco-v1.2.0", shuffled)))
    assert all(same(before[name], after[name]) for name in before)


def test_a_zip_beside_its_unpacked_copy_is_read_but_two_releases_are_refused(tmp_path: Path) -> None:
    once = schemes(import_scheme("esco", esco_at(tmp_path, "1.2 folder with suffix")))
    esco_at(tmp_path, "1.2 zip with suffix")
    twice = schemes(import_scheme("esco", tmp_path))
    assert all(same(once[name], twice[name]) for name in once)
    other = {**esco_files(), "skills_en.csv": text_table([skill("s1", "knowledge", "of another release")])}
    write_folder(tmp_path / "esco-v1.1.0", other)
    with pytest.raises(InputError, match="holds different tables skills_en"):
        import_scheme("esco", tmp_path)


def test_esco_without_a_release_in_its_path_asks_for_it(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tables", esco_files())
    with pytest.raises(InputError, match="does not say which release") as caught:
        import_scheme("esco", folder)
    assert "--version" in str(caught.value)
    assert import_scheme("esco", folder, version="1.2.1").schemes[0].info.version == "1.2.1"


# -- saved and read again ----------------------------------------------------------------------------------


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    result = import_scheme("esco", esco_at(tmp_path / "in", "1.2 zip with suffix"), today=TODAY)
    library = Library(tmp_path / "schemes")
    library.add(result.schemes)
    for scheme in result.schemes:
        loaded = library.get(scheme.name)
        assert same(scheme, loaded)
        assert scheme.info == loaded.info
    with pytest.raises(UnknownCode) as caught:
        library.get("esco-occupation").concept("lift truck operator")
    assert any("lift truck driver" in text for text in caught.value.near)


# -- bad input ---------------------------------------------------------------------------------------------


def change(name: str, edit: Callable[[str], str | None]) -> Callable[[dict[str, str]], dict[str, str]]:
    def apply(files: dict[str, str]) -> dict[str, str]:
        new = edit(files[name])
        return {k: v for k, v in {**files, name: new}.items() if v is not None}

    return apply


ESCO_FAULTS: dict[str, tuple[Callable[[dict[str, str]], dict[str, str]], str]] = {
    "no occupations": (change("occupations_en.csv", lambda t: None), "holds no occupations_en.csv"),
    "no skills": (change("skills_en.csv", lambda t: None), "holds no skills_en.csv"),
    "no relations": (change("occupationSkillRelations_en.csv", lambda t: None), "second zip"),
    "empty file": (change("skills_en.csv", lambda t: ""), "is empty"),
    "headings alone": (change("skills_en.csv", lambda t: t.split("\n")[0] + "\n"), "headings and no rows"),
    "no labels": (
        change("skills_en.csv", lambda t: t.replace("preferredLabel", "etikett")),
        "'preferredLabel'",
    ),
    "no URIs": (change("skills_en.csv", lambda t: t.replace(SKILL, "")), "is no URI"),
    "cut off in a cell": (
        change("occupations_en.csv", lambda t: t[: t.rindex('"') - 4]),
        "unexpected end of data",
    ),
    "cut off in a row": (
        change("skills_en.csv", lambda t: t[: t.rindex(",,,") + 2]),
        "cells where the headings have",
    ),
    "wrong relation": (
        change("occupationSkillRelations_en.csv", lambda t: t.replace("essential", "vital")),
        "neither essential nor optional",
    ),
    "wrong unit group": (
        change("occupations_en.csv", lambda t: t.replace("C8344", "lifting")),
        "no ISCO-08 unit group",
    ),
    "relations of another release": (
        change("occupationSkillRelations_en.csv", lambda t: t.replace("/occupation/", "/other/")),
        "no relation joins",
    ),
    "twice the same": (change("occupations_en.csv", lambda t: t + t.split("\r\n", 1)[1]), "stands twice"),
}


@pytest.mark.parametrize("fault", list(ESCO_FAULTS))
def test_a_broken_esco_is_an_error_that_names_the_file(tmp_path: Path, fault: str) -> None:
    spoil, what = ESCO_FAULTS[fault]
    folder = write_folder(tmp_path / "esco-v1.2.0", spoil(esco_files()))
    with pytest.raises(InputError) as caught:
        import_scheme("esco", folder)
    assert what in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["esco", "onet", "kbji", "kbli", "skkni"])
def test_a_path_that_is_not_there_or_holds_nothing_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        import_scheme(name, tmp_path / "nowhere")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match="holds no table"):
        import_scheme(name, tmp_path)
    for file in ("broken.zip", "kbji2014.xlsx", "occupations.parquet"):
        place = tmp_path / file.replace(".", "-")
        place.mkdir()
        (place / file).write_bytes(b"not what it says" * 9)
        with pytest.raises(InputError):
            import_scheme(name, place / file)


def test_an_unknown_name_lists_the_schemes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be imported") as caught:
        import_scheme("isco", tmp_path)
    assert "esco, onet, kbji, kbli, skkni" in str(caught.value)


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/outside.csv", "..\\outside.csv", "C:/outside.csv"])
def test_a_zip_that_reaches_outside_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "esco-v1.2.0.zip", {**esco_files(), name: "x"})
    with pytest.raises(InputError, match="outside its own folder"):
        import_scheme("esco", path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "esco-v1.2.0.zip", {f"{n}.csv": "" for n in range(5001)})
    with pytest.raises(InputError, match="5,000 files"):
        import_scheme("esco", path)


def test_a_zip_that_claims_to_unpack_to_too_much_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "esco-v1.2.0.zip", {"skills_en.csv": "x" * 1000})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24  # size of the member in the central directory
    data[at : at + 4] = (4_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(InputError, match="unpacks to 4,000,000,000 bytes"):
        import_scheme("esco", path)


def test_a_damaged_member_of_a_zip_is_an_error(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "esco-v1.2.0.zip", {**esco_files()})
    data = bytearray(path.read_bytes())
    at = data.index(b"occupations_en.csv") + 60
    data[at : at + 20] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read"):
        import_scheme("esco", path)


# -- the Parquet layout is the same as the official one ----------------------------------------------------


def test_parquet_tables_give_what_the_official_files_give(tmp_path: Path) -> None:
    official = schemes(import_scheme("esco", write_folder(tmp_path / "esco-v1.2.0", esco_files())))
    folder = tmp_path / "esco120"
    folder.mkdir()
    renamed = {
        "occupations": (
            "occupations",
            {"conceptUri": "uri", "iscoGroup": "isco_code", "preferredLabel": "label"},
        ),
        "skills": ("skills", {"conceptUri": "uri", "skillType": "skill_type", "preferredLabel": "label"}),
        "skillGroups": ("skill_groups", {"conceptUri": "uri", "preferredLabel": "label"}),
        "occupationSkillRelations": (
            "occupation_skill",
            {"occupationUri": "occupation_uri", "relationType": "relation", "skillUri": "skill_uri"},
        ),
        "skillSkillRelations": (
            "skill_relations",
            {"originalSkillUri": "from_uri", "relationType": "relation", "relatedSkillUri": "to_uri"},
        ),
        "broaderRelationsOccPillar": (
            "occupation_hierarchy",
            {"conceptUri": "child_uri", "broaderUri": "parent_uri"},
        ),
        "broaderRelationsSkillPillar": (
            "skill_hierarchy",
            {"conceptUri": "child_uri", "broaderUri": "parent_uri"},
        ),
    }
    for name, text in esco_files("").items():
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        target, names = renamed[name.removesuffix(".csv")]
        columns: dict[str, list[object]] = {names.get(k, k): [r[k] for r in rows] for k in rows[0]}
        for old, new in (("altLabels", "alt_labels"), ("hiddenLabels", "hidden_labels")):
            if old in columns:
                columns[new] = [str(v).split("\n") if v else [] for v in columns.pop(old)]
        pq.write_table(pa.Table.from_pydict(columns), folder / f"{target}.parquet")
    copied = schemes(import_scheme("esco", folder))
    assert all(same(official[n], copied[n]) for n in official)
    assert copied["esco-skill"].info == replace(
        official["esco-skill"].info, source="esco120", sha256=copied["esco-skill"].info.sha256
    )
    shutil.rmtree(folder)
