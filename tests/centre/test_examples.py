"""Learning from texts that were coded before: what is taken, what is not, what it tells, dropping it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from padan.centre import examples
from padan.errors import InputError, NotFound
from padan.linking import Linker, lesson
from padan.taxonomy import Library

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADAN_HOME", str(tmp_path / "home"))


def table(tmp_path: Path, *rows: str, name: str = "coded.csv") -> Path:
    path = tmp_path / name
    path.write_text("judul,kode\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def learn(path: Path, **how: object) -> examples.Learned:
    given = {"to": "isco08", "text": "judul", "code": "kode", "name": None, "today": TODAY, **how}
    return examples.learn(path, Library(), **given)  # type: ignore[arg-type]


def test_every_row_is_learned_empty_or_unknown(tmp_path: Path) -> None:
    found = learn(table(tmp_path, "zubzub,7212", "zabzab,7212", ",7212", "zibzib,", "zobzob,9999"))
    assert (found.rows_in, found.learned, found.empty, found.unknown) == (5, 2, 2, {"9999": 1})
    assert found.rows_in == found.learned + found.empty + sum(found.unknown.values())
    assert (found.name, found.source, found.added) == ("coded", "coded.csv", "2026-11-24")
    assert examples.examples() == {"isco08": [("zubzub", "7212"), ("zabzab", "7212")]}
    assert [one.name for one in examples.learned()] == ["coded"]


def test_a_list_of_the_same_name_is_replaced_and_another_is_added(tmp_path: Path) -> None:
    learn(table(tmp_path, "satu,7212"))
    before = examples.digest()
    learn(table(tmp_path, "dua,7212"))
    assert examples.examples() == {"isco08": [("dua", "7212")]}
    assert examples.digest() != before
    learn(table(tmp_path, "tiga,5131"), name="other")
    assert sorted(examples.examples()["isco08"]) == [("dua", "7212"), ("tiga", "5131")]


def test_contact_data_are_masked(tmp_path: Path) -> None:
    learn(table(tmp_path, "supir hub 081234567890 a@b.co,8322"))
    text = (tmp_path / "home" / "examples" / "coded.jsonl").read_text(encoding="utf-8")
    assert "081234567890" not in text
    assert "a@b.co" not in text


def test_coded_texts_tell_where_no_name_does() -> None:
    coded = {"isco08": [("zubzubwan", "7212")] * 2 + [("zubzubwan", "5131")]}
    linker = Linker(Library(), examples=coded)
    linked = linker.link(["zubzubwan", "juru las"], to="isco08", k=3)
    assert linked[0].ranked[:2] == ("7212", "5131")  # two of three say so
    assert linked[0].decision is None  # evidence, no name
    assert linked[1].decision == "7212"


def test_an_encoder_learns_them_and_unknown_concepts_are_left_out() -> None:
    coded = {"isco08": [("zubzubwan", "7212"), ("zabzabwan", "0000"), ("x" * 90 + " long", "7212")]}
    plain, told = lesson(Library()), lesson(Library(), examples=coded)
    assert len(told.names) == len(plain.names) + 1
    assert len(told.sentences) == len(plain.sentences) + 1
    assert "zubzubwan" in told.names
    assert told.digest() != plain.digest()


def test_a_list_can_be_dropped(tmp_path: Path) -> None:
    learn(table(tmp_path, "satu,7212"))
    examples.unlearn("coded")
    assert examples.examples() == {}
    assert examples.digest() == ""
    with pytest.raises(NotFound, match="coded"):
        examples.unlearn("coded")
    with pytest.raises(NotFound):
        examples.unlearn("../coded")


@pytest.mark.parametrize(
    ("rows", "how", "said"),
    [
        (["satu,9999"], {}, "no row of coded.csv has a code of isco08"),
        (["satu,7212"], {"code": "kod"}, "no column 'kod'"),
        (["satu,7212"], {"to": "onet"}, "cannot learn codes of 'onet'"),
        (["satu,7212"], {"name": "../x"}, "no name for a list"),
    ],
)
def test_what_cannot_be_learned_says_why(
    tmp_path: Path, rows: list[str], how: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        learn(table(tmp_path, *rows), **how)
    assert said in caught.value.message
    assert not examples.examples()


def test_a_damaged_list_is_named_with_the_way_out(tmp_path: Path) -> None:
    learn(table(tmp_path, "satu,7212"))
    (tmp_path / "home" / "examples" / "coded.jsonl").write_text(json.dumps({"no": 1}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        examples.examples()
    assert "coded.jsonl" in caught.value.message
    assert "unlearn coded" in caught.value.hint
