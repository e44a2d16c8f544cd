"""The whole market from files: lists, odds, reasons, decisions, report; as a library and as a command."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from padan.centre import demo
from padan.centre.intake import write_parquet
from padan.centre.market import ADVISED, SCARCITY, MarketRun, market, table_of
from padan.cli import app
from padan.errors import InputError, NotFound
from padan.matching import LocalEngine, prior_propensities, rank, terms_of
from padan.model import Kind
from padan.reading import read_many

DAY = date(2026, 11, 24)
PEOPLE, POSTS = 150, 60


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, home: Path, country: Any) -> tuple[pa.Table, pa.Table]:
    folder = tmp_path_factory.mktemp("market")
    made = demo.generate(folder, seekers=PEOPLE, vacancies=POSTS, seed=11, today=DAY)

    def records(kind: Kind) -> pa.Table:
        found = read_many(made.paths(kind), kind, country=country, today=DAY)
        return pa.concat_tables([result.table for result in found])

    return records(Kind.JOBSEEKER), records(Kind.VACANCY)


@pytest.fixture(scope="module")
def run(tables: tuple[pa.Table, pa.Table]) -> MarketRun:
    return market(*tables, k=5, each=20)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def lists_of(run: MarketRun) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for row in run.lists.select(["seeker_id", "vacancy_id", "rank"]).to_pylist():
        assert row["rank"] == len(out.setdefault(row["seeker_id"], [])) + 1
        out[row["seeker_id"]].append(row["vacancy_id"])
    return out


def test_every_entry_is_a_candidate_with_its_score_and_is_told_in_both_languages(run: MarketRun) -> None:
    assert run.lists.schema.equals(ADVISED)
    sides = run.sides
    row_of = {i: n for n, i in enumerate(sides.people.ids)}, {i: n for n, i in enumerate(sides.posts.ids)}
    rows = run.lists.to_pylist()
    pairs = [(row_of[0][r["seeker_id"]], row_of[1][r["vacancy_id"]]) for r in rows]
    terms = terms_of(sides.people, sides.posts, pairs, km=sides.km)
    np.testing.assert_allclose([r["term_skills"] for r in rows], terms[:, 0], atol=1e-6)
    both = set(zip(run.graph.seeker.tolist(), run.graph.vacancy.tolist(), strict=True))
    assert set(pairs) <= both
    for r in rows:
        assert r["advice_id"]
        assert r["advice_en"]
        assert r["advice_id"] != r["advice_en"]
        assert r["chance"] is None  # nothing is calibrated: no chance is shown
        assert r["people_per_place"] >= 0


def test_people_per_place_is_the_sum_over_everybodys_lists(run: MarketRun) -> None:
    rows = run.lists.to_pylist()
    index = {p: e for e, p in enumerate(zip(run.graph.seeker, run.graph.vacancy, strict=True))}
    p = prior_propensities(run.graph.terms).p
    where = (
        {i: n for n, i in enumerate(run.sides.people.ids)},
        {i: n for n, i in enumerate(run.sides.posts.ids)},
    )
    people: dict[str, float] = {}
    for r in rows:
        pair = where[0][r["seeker_id"]], where[1][r["vacancy_id"]]
        people[r["vacancy_id"]] = people.get(r["vacancy_id"], 0) + float(p[index[pair]]) / np.log2(
            1 + r["rank"]
        )
    for r in rows:
        openings = int(run.sides.openings[where[1][r["vacancy_id"]]])
        assert r["people_per_place"] == pytest.approx(people[r["vacancy_id"]] / openings, rel=1e-5)


def test_the_order_of_the_files_changes_nobodys_list(
    run: MarketRun, tables: tuple[pa.Table, pa.Table]
) -> None:
    rng = np.random.default_rng(4)
    turned = [t.take(rng.permutation(len(t))) for t in tables]
    assert lists_of(market(*turned, k=5, each=20)) == lists_of(run)


def test_ranking_as_a_policy_is_the_ranking(tables: tuple[pa.Table, pa.Table]) -> None:
    plain = market(*tables, k=5, each=20, policy="ranking")
    found = rank(plain.sides.people, plain.sides.posts, k=5, km=plain.sides.km)
    assert (plain.sides.openings > 0).all()
    assert (plain.decided.lists >= 0).tolist() == (found.best >= 0).tolist()
    scores = np.zeros_like(found.score)
    row, place = np.nonzero(plain.decided.lists >= 0)
    scores[row, place] = plain.lists["score"].to_numpy()
    np.testing.assert_array_equal(scores, found.score)


def test_scarcity_counts_every_opening_whose_work_is_known(run: MarketRun) -> None:
    assert run.scarcity.schema.equals(SCARCITY)
    rows = [r for r in run.scarcity.to_pylist() if r["by"] == "unit_group"]
    known = run.sides.posts.occupation[:, 0] >= 0
    assert sum(r["openings"] for r in rows) == int(run.sides.openings[known].sum())
    assert all(r["price"] >= 0 and 0 <= r["filled_share"] <= 1 for r in rows)
    assert [r["price"] for r in rows] == sorted((r["price"] for r in rows), reverse=True)


def test_what_is_not_given_is_missing_and_not_zero(run: MarketRun) -> None:
    assert not run.fairness.complete
    assert run.summary()["fairness"]["missing"] == ["sex", "age_group", "disability"]
    with pytest.raises(InputError, match="not complete"):
        run.fairness.require()


def test_labels_reach_the_report_and_never_the_lists(
    run: MarketRun, tables: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    ids = run.sides.people.ids
    rows = [
        {"seeker_id": i, "sex": "f" if n % 2 else "m", "birth_year": 1960 + n % 45} for n, i in enumerate(ids)
    ]
    done = market(*tables, k=5, each=20, groups=write(tmp_path / "g.csv", rows), not_recorded=("disability",))
    done.fairness.require()
    assert lists_of(done) == lists_of(run)
    sex = next(a for a in done.fairness.attributes if a.name == "sex")
    assert {r.label for r in sex.rows} >= {"f", "m"}


def test_a_counsellors_decision_changes_that_list_alone(
    run: MarketRun, tables: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    before = lists_of(run)
    person = run.sides.people.ids[3]
    other = next(v for v in run.sides.posts.ids if v not in before[person])
    row = {
        "seeker_id": person, "vacancy_id": other, "action": "first",
        "reason": "dekat rumah, sudah dibicarakan", "by": "konselor 7", "on": "2026-11-24",
    }  # fmt: skip
    absent = next(v for v in run.sides.posts.ids if v not in before[person] and v != other)
    gone = {**row, "vacancy_id": absent, "action": "remove"}
    done = market(*tables, k=5, each=20, overrides=write(tmp_path / "o.csv", [row, gone]))
    told = done.summary()["overrides"]
    assert told == {"applied": 1, "refused": [{"line": 3, "code": "not_listed"}]}
    assert person not in json.dumps(done.summary())
    after = lists_of(done)
    assert after[person][0] == other
    assert {s: v for s, v in after.items() if s != person} == {s: v for s, v in before.items() if s != person}
    shown = done.lists.filter(pa.compute.equal(done.lists["vacancy_id"], other)).to_pylist()
    mine = next(r for r in shown if r["seeker_id"] == person)
    assert mine["reason"] == "override"
    assert "dekat rumah" in mine["advice_id"]


def test_recorded_applications_are_fitted_and_strangers_counted(
    run: MarketRun, tables: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    rows = []
    for s, v in zip(run.graph.seeker[:2500], run.graph.vacancy[:2500], strict=True):
        applied = bool(rng.random() < 0.4)
        rows.append(
            {
                "seeker_id": run.sides.people.ids[s],
                "vacancy_id": run.sides.posts.ids[v],
                "applied": "ya" if applied else "tidak",
                "accepted": ("ya" if rng.random() < 0.3 else "tidak") if applied else "",
            }
        )
    rows.append({"seeker_id": "nobody", "vacancy_id": "none", "applied": "ya", "accepted": ""})
    done = market(*tables, k=5, each=20, applications=write(tmp_path / "a.csv", rows))
    assert done.unused_records == 1
    assert done.fitted is not None
    assert done.fitted.p.records == len(rows) - 1
    assert done.fitted.p.happened == sum(r["applied"] == "ya" for r in rows[:-1])
    assert done.plan.trust < 0.5  # who applied was drawn without a look at the terms


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "cluster"}, "engine is 'cluster'"),
        ({"policy": "best"}, "policy is 'best'"),
        ({"each": 0}, "each is 0"),
        ({"k": 0}, "k is 0"),
        ({"not_recorded": ("gender",)}, "gender"),
    ],
)
def test_wrong_arguments_say_what_is_possible(tables, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        market(*tables, **arguments)


def test_files_that_are_not_there_or_hold_something_else(tables, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        market(*tables, applications=tmp_path / "none.csv")
    with pytest.raises(InputError, match="no column vacancy_id"):
        market(*tables, applications=write(tmp_path / "a.csv", [{"seeker_id": "x", "applied": "1"}]))
    strangers = write(tmp_path / "b.csv", [{"seeker_id": "x", "vacancy_id": "y", "applied": "1"}])
    with pytest.raises(InputError, match="none of the 1 records"):
        market(*tables, applications=strangers)
    broken = tmp_path / "fit.json"
    broken.write_text("{}")
    with pytest.raises(InputError):
        market(*tables, propensities=broken)
    with pytest.raises(InputError, match="give one"):
        market(*tables, propensities=broken, applications=tmp_path / "b.csv")


def test_a_side_file_is_read_as_offices_have_it(tmp_path: Path) -> None:
    wanted = [
        {"seeker_id": "007", "vacancy_id": "v1", "applied": True, "accepted": None, "rank": 2},
        {"seeker_id": "é", "vacancy_id": "v2", "applied": False, "accepted": False, "rank": None},
    ]
    lines = ["seeker_id;vacancy_id;applied;accepted;rank", "007;v1;Ya;;2", "é;v2;tidak;0;"]
    for encoding in ("utf-8-sig", "cp1252"):
        (tmp_path / "a.csv").write_text("\n".join(lines), encoding=encoding)
        assert table_of(tmp_path / "a.csv").to_pylist() == wanted
    book = Workbook()
    for line in lines:
        book.active.append(line.split(";"))
    book.save(tmp_path / "a.xlsx")
    assert table_of(tmp_path / "a.xlsx").to_pylist() == wanted
    pq.write_table(table_of(tmp_path / "a.xlsx"), tmp_path / "a.parquet")
    assert table_of(tmp_path / "a.parquet").to_pylist() == wanted


def test_faults_of_a_side_file_are_told_together(tmp_path: Path) -> None:
    rows = [
        {"seeker_id": "s", "applied": "maybe", "rank": "1"},
        {"seeker_id": "t", "applied": "ya", "rank": "x"},
    ]
    with pytest.raises(
        InputError, match=r"2 faults: .*applied 'maybe' is no yes or no; .*rank 'x' is no whole"
    ):
        table_of(write(tmp_path / "a.csv", rows))


def test_what_is_wrong_from_the_start_is_said_before_any_work(tables, tmp_path: Path) -> None:
    said: list[str] = []
    for wrong in (
        {"groups": tmp_path / "none.csv"},
        {"k": 0},
        {"policy": "best"},
        {"not_recorded": ("gender",)},
    ):
        with pytest.raises((InputError, NotFound)):
            market(*tables, progress=said.append, **wrong)
    assert said == []


def test_the_command_writes_lists_scarcity_and_the_report(
    tables: tuple[pa.Table, pa.Table], tmp_path: Path, run: MarketRun
) -> None:
    seekers, vacancies = tmp_path / "s.parquet", tmp_path / "v.parquet"
    write_parquet(tables[0], seekers)
    write_parquet(tables[1], vacancies)
    base = ["match", "--market", "--seekers", str(seekers), "--vacancies", str(vacancies), "--top", "5"]
    out, report = tmp_path / "lists.parquet", tmp_path / "report.json"
    base += ["--each", "20", "--out", str(out), "--scarcity", str(tmp_path / "sc.csv")]
    done = CliRunner().invoke(app, base)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["entries"] == len(run.lists)
    assert told["policy"] == "fills"
    assert (
        pq.read_table(out)
        .select(["seeker_id", "vacancy_id", "rank"])
        .equals(run.lists.select(["seeker_id", "vacancy_id", "rank"]))
    )
    assert (tmp_path / "sc.csv").read_text().startswith('"by","code","openings"')
    asked = CliRunner().invoke(app, [*base, "--fairness", str(report)])
    assert isinstance(asked.exception, InputError)  # the labels are missing: said aloud, and written down
    assert json.loads(report.read_text())["complete"] is False
    declared = [*base, "--fairness", str(report), "--not-recorded", "sex, age_group,disability"]
    assert CliRunner().invoke(app, declared).exit_code == 0
    assert json.loads(report.read_text())["complete"] is True


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--engine", "spark"], "belongs to the whole market"),
        (["--fairness", "r.json"], "belongs to the whole market"),
        (["--market", "--for", "vacancies"], "lists for jobseekers"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, extra: list[str], message: str) -> None:
    arguments = ["match", "--seekers", "a", "--vacancies", "b", "--out", str(tmp_path / "o"), *extra]
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.mark.xdist_group("spark")
def test_spark_makes_the_same_lists(run: MarketRun, tables: tuple[pa.Table, pa.Table], spark: Any) -> None:
    done = market(*tables, k=5, each=20, engine=spark)
    assert done.lists.equals(run.lists)
    np.testing.assert_array_equal(done.graph.terms, run.graph.terms)


def test_processes_make_the_same_lists(run: MarketRun, tables: tuple[pa.Table, pa.Table]) -> None:
    with LocalEngine(workers=2, processes=True) as engine:
        assert market(*tables, k=5, each=20, engine=engine).lists.equals(run.lists)
