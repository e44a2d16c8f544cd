"""The demo labour market: official proportions, files that read back to the row, nobody in them."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chi2

from padan.centre import demo
from padan.centre.demo_market import Market, people_by_province, rake
from padan.centre.intake import country
from padan.countries import load
from padan.errors import InputError
from padan.linking.normalise import key
from padan.model import Kind, schema
from padan.reading import ReadResult, read_many

DAY = date(2026, 11, 24)
SEEKERS, VACANCIES = 200, 80


def official(table: str, measure: str) -> tuple[dict[str, float], float | None]:
    """Values by category code, and the published total."""
    text = (files("padan.countries.indonesia") / "karirhub.csv").read_text(encoding="utf-8")
    rows = [r for r in csv.DictReader(text.splitlines()) if (r["table"], r["measure"]) == (table, measure)]
    values = {r["code"]: float(r["value"]) for r in rows}
    return values, values.pop("_T", None)


@pytest.fixture(scope="module")
def market() -> tuple[list, list]:
    made = Market(load("indonesia"), seed=5, today=DAY)
    return made.vacancies(5000), made.people(5000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> demo.DemoFiles:
    folder = tmp_path_factory.mktemp("files")
    return demo.generate(folder, seekers=500, vacancies=400, seed=3, today=DAY)


@pytest.fixture(scope="module")
def read(made: demo.DemoFiles) -> dict[str, ReadResult]:
    out = {}
    for kind in (Kind.VACANCY, Kind.JOBSEEKER):
        results = read_many(made.paths(kind), kind, country=country(), today=DAY)
        out |= {path.name: result for path, result in zip(made.paths(kind), results, strict=True)}
    return out


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> demo.DemoRun:
    return demo.run(tmp_path_factory.mktemp("demo"), seekers=SEEKERS, vacancies=VACANCIES, seed=1)


# -- the official table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "measure", "total"),
    [
        ("vacancies_occupation", "posts", 17_169),
        ("vacancies_occupation", "quota", 252_163),
        ("vacancies_industry", "posts", 17_169),
        ("vacancies_industry", "quota", 252_163),
        ("vacancies_education", "posts", 17_169),
        ("vacancies_education", "quota", 252_163),
        ("employers_province", "employers", 2_644),
        ("jobseekers_age", "jobseekers", 568_638),
        ("jobseekers_education", "jobseekers", 568_638),
        ("jobseekers_experience", "jobseekers", 568_638),
    ],
)
def test_categories_add_up_to_the_published_total(table: str, measure: str, total: int) -> None:
    values, published = official(table, measure)
    assert published == total
    assert sum(values.values()) == total


def test_employers_by_industry_do_not_add_up_as_published() -> None:
    values, published = official("employers_industry", "employers")
    assert (sum(values.values()), published) == (1_995, 1_990)


def test_codes_are_those_of_our_schemes() -> None:
    pack = load("indonesia")
    provinces = {r.code for r in pack.places.regions(level="province")}
    for table, measure in (
        ("employers_province", "employers"),
        ("population_province", "persons_thousand"),
        ("unemployment_province", "unemployment_rate"),
    ):
        assert set(official(table, measure)[0]) == provinces
    for table, measure in (("vacancies_education", "posts"), ("jobseekers_education", "jobseekers")):
        codes = {part for code in official(table, measure)[0] for part in code.split("|")} - {"_U"}
        assert all(code in pack.education for code in codes)
    assert set(official("vacancies_occupation", "posts")[0]) == set("123456789")
    assert set(official("vacancies_industry", "posts")[0]) == set("ABCDEFGHIJKLMNOPQRSTU")


# -- proportions -------------------------------------------------------------------------------------------


def assert_sampled(drawn: Iterable[str], wanted: Mapping[str, float]) -> None:
    """Chi-square of the draws against the shares, categories of fewer than 5 expected in one; p > 0.0001."""
    counts = Counter(drawn)
    assert set(counts) <= set(wanted)
    n, total = sum(counts.values()), sum(wanted.values())
    expected = {code: n * value / total for code, value in wanted.items()}
    small = {code for code, value in expected.items() if value < 5}
    pairs = [(counts[c], e) for c, e in expected.items() if c not in small]
    if sum(expected[c] for c in small) > 0:
        pairs.append((sum(counts[c] for c in small), sum(expected[c] for c in small)))
    statistic = sum((have - want) ** 2 / want for have, want in pairs)
    assert statistic < chi2.ppf(0.9999, len(pairs) - 1), (statistic, dict(counts))


@pytest.mark.parametrize(
    ("attribute", "table", "measure"),
    [
        ("isco08", "vacancies_occupation", "posts"),
        ("section", "vacancies_industry", "posts"),
        ("level", "vacancies_education", "posts"),
        ("region", "employers_province", "employers"),
    ],
)
def test_posts_are_in_official_proportions(market, attribute: str, table: str, measure: str) -> None:
    length = {"isco08": 1, "region": 2}.get(attribute, 20)
    assert_sampled((getattr(p, attribute)[:length] for p in market[0]), official(table, measure)[0])


def test_people_are_in_official_proportions(market) -> None:
    people = market[1]
    assert_sampled((p.age for p in people), official("jobseekers_age", "jobseekers")[0])
    assert_sampled((p.level for p in people), official("jobseekers_education", "jobseekers")[0])
    spans = official("jobseekers_experience", "jobseekers")[0]
    lowest = sorted((int(span.split("-")[0]), span) for span in spans)
    bins = (max(pair for pair in lowest if pair[0] <= p.months)[1] for p in people)
    assert_sampled(bins, spans)


def test_people_live_where_population_and_unemployment_say(market) -> None:
    population, published = official("population_province", "persons_thousand")
    assert sum(population.values()) == pytest.approx(published, abs=0.2)
    rate = official("unemployment_province", "unemployment_rate")[0]
    unemployed = {code: population[code] * rate[code] for code in population}
    assert people_by_province("indonesia") == pytest.approx(
        {code: value / sum(unemployed.values()) for code, value in unemployed.items()}
    )
    assert_sampled((p.region[:2] for p in market[1]), unemployed)


def test_openings_are_near_the_official_quota_and_have_a_heavy_tail(market) -> None:
    posts, quota = (official("vacancies_occupation", measure)[0] for measure in ("posts", "quota"))
    for major in "12358":
        openings = np.array([p.openings for p in market[0] if p.isco08[0] == major])
        assert openings.min() >= 1
        assert openings.mean() == pytest.approx(quota[major] / posts[major], rel=0.5)
        assert np.median(openings) < openings.mean() / 1.5


def test_tightness_differs_by_occupation(market) -> None:
    openings, people = Counter(), Counter(p.isco08[0] for p in market[1] if p.isco08)
    for post in market[0]:
        openings[post.isco08[0]] += post.openings
    tightness = [openings[major] / people[major] for major in "123457"]
    assert max(tightness) > 3 * min(tightness)


def test_nobody_has_worked_longer_than_their_age_allows(market) -> None:
    for person in market[1]:
        oldest = int(person.age.split("-")[1] or 65)
        assert person.months / 12 <= oldest - 15
        if person.age == "15-19":
            assert person.level not in ("D1|D2|D3", "D4|S1|S2|S3")


def test_raking_keeps_odds_ratios_and_meets_margins() -> None:
    affinity = np.array([[4.0, 1.0], [1.0, 2.0]])
    table = rake(affinity, np.array([0.3, 0.7]), np.array([0.6, 0.4]))
    assert table.sum(axis=1) == pytest.approx([0.3, 0.7])
    assert table.sum(axis=0) == pytest.approx([0.6, 0.4])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(8.0)


# -- files -------------------------------------------------------------------------------------------------


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        demo.generate(tmp_path / name, seekers=60, vacancies=40, seed=seed, today=DAY)
    first, again, other = (bytes_of(tmp_path / name) for name in "abc")
    assert first == again
    assert set(first) == set(other)
    assert all(first[name] != other[name] for name in first)


def test_people_do_not_depend_on_how_many_vacancies_there_are(tmp_path: Path) -> None:
    titles = []
    for vacancies in (0, 40):
        truth = demo.generate(tmp_path, seekers=60, vacancies=vacancies, seed=1, today=DAY).truth
        titles.append(truth.filter(pa.compute.equal(truth["kind"], "jobseekers"))["title"].to_pylist())
    assert titles[0] == titles[1]


def test_every_file_reads_back_to_the_row(made: demo.DemoFiles, read: dict[str, ReadResult]) -> None:
    assert len(made.files) == 5
    for file in made.files:
        account = read[file.path.name].account
        assert (account.rows_in, account.rows_out) == (file.rows, file.records)
        assert (account.rejected, account.repeated) == (file.broken, file.repeated)
        assert file.broken > 0
        assert file.repeated > 0
        truth = made.truth.filter(pa.compute.equal(made.truth["file"], file.path.name))
        assert read[file.path.name].table["identifier"].to_pylist() == truth["identifier"].to_pylist()
    for kind, count in ((Kind.VACANCY, 400), (Kind.JOBSEEKER, 500)):
        assert sum(f.records for f in made.files if f.kind is kind) == count


def test_the_portal_file_is_read_by_its_form_and_the_others_by_their_column_names(
    read: dict[str, ReadResult],
) -> None:
    assert {name: r.account.form for name, r in read.items()} == {
        "lowongan-dinas.xlsx": "suggested",
        "lowongan-bursa-kerja.csv": "suggested",
        "lowongan-karirhub.jsonl": "karirhub",
        "pencari-kerja-ak1.csv": "suggested",
        "pencari-kerja-daring.jsonl": "suggested",
    }


def test_what_is_read_is_what_was_drawn(made: demo.DemoFiles, read: dict[str, ReadResult]) -> None:
    for row, true in records(made, read):
        assert row["province"] == true["region"][:2]
        assert row["regency"] in (None, true["region"])
        assert row["date_posted"] is not None
        assert row["date_posted"] <= DAY
        if true["kind"] == "vacancies":
            assert row["education_requirements"][0] in true["level"].split("|")
            assert row["total_job_openings"] == true["openings"]
            assert row["experience_months_min"] in (None, true["months"])
        else:
            assert (row["education"] or "_U") in true["level"].split("|")
            years = true["months"] // 12 * 12
            assert row["experience_months"] in ((years,) if years else (None, true["months"]))


def records(made: demo.DemoFiles, read: dict[str, ReadResult]) -> Iterable[tuple[dict, dict]]:
    """Each record that was read, with what was drawn for it."""
    truth = {(t["file"], t["identifier"]): t for t in made.truth.to_pylist()}
    for name, result in read.items():
        for row in result.table.to_pylist():
            yield row, truth[name, row["identifier"]]


def test_titles_are_those_of_the_unit_group_and_of_no_other(
    made: demo.DemoFiles, read: dict[str, ReadResult]
) -> None:
    owners: dict[str, set[str]] = {}
    for path in sorted((files("padan.taxonomy") / "starter" / "titles").iterdir(), key=lambda p: p.name):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            owners.setdefault(row["title"].lower(), set()).add(row["isco08"])
    for row, true in records(made, read):
        if true["title"] is None:
            continue
        assert owners[true["title"].lower()] == {true["isco08"]}
        if true["kind"] == "vacancies":
            assert set(key(true["title"]).split()) <= set(key(row["title"]).split()), row["title"]


def test_hidden_pay_stays_hidden(made: demo.DemoFiles, read: dict[str, ReadResult]) -> None:
    rows = read["lowongan-karirhub.jsonl"].table.to_pylist()
    hidden = [r for r in rows if "base_salary:hidden" in r["flags"]]
    assert hidden
    assert all(r["base_salary_min"] is None and r["base_salary_max"] is None for r in hidden)
    shown = [r["base_salary_min"] for r in rows if r["base_salary_min"] is not None]
    assert 0.4 < len(shown) / len(rows) < 0.8
    assert 1_500_000 < min(shown) < np.median(shown) < 12_000_000


def test_nobody_is_named_and_nobody_can_be_reached(made: demo.DemoFiles) -> None:
    for file in made.files:
        if file.path.suffix == ".xlsx":
            text = zipfile.ZipFile(file.path).read("xl/worksheets/sheet1.xml").decode()
        else:
            text = file.path.read_bytes().decode("cp1252", errors="replace")
        assert not re.search(r"\d{13,}", text)
        assert not re.search(r"(?<![\w.,-])(?:\+62|62|0)[ -]?8\d[\d -]{6,}", text)
        assert "@" not in text
        assert not re.search(r"wa\.me|t\.me|https?://(?!schemas)", text)
        assert not re.search(r"(?i)\b(?:nama(?: lengkap)?|nik|telepon|hp|e-?mail|lahir)\s*[:=]", text)


def test_a_market_of_one_person_and_one_vacancy_reads(tmp_path: Path) -> None:
    made = demo.generate(tmp_path, seekers=1, vacancies=1, seed=9, today=DAY)
    for kind in (Kind.VACANCY, Kind.JOBSEEKER):
        assert (
            sum(r.account.rows_out for r in read_many(made.paths(kind), kind, country=country(), today=DAY))
            == 1
        )


@pytest.mark.parametrize("wrong", [{"seekers": -1}, {"vacancies": -1}, {"seed": -1}])
def test_negative_numbers_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        demo.generate(tmp_path, **{"seekers": 1, "vacancies": 1, "seed": 1, **wrong}, today=DAY)


# -- the run -----------------------------------------------------------------------------------------------


def test_a_run_matches_in_both_directions_with_reasons(done: demo.DemoRun) -> None:
    assert not done.reused
    assert (len(done.match.seekers), len(done.match.vacancies)) == (SEEKERS, VACANCIES)
    for name in ("seekers", "vacancies"):
        table = getattr(done.match, f"for_{name}")
        assert len(table) > 5 * (SEEKERS if name == "seekers" else VACANCIES)
        assert max(table["rank"].to_pylist()) == 10
        first = table.filter(pa.compute.equal(table["rank"], 1))
        coded = {
            side: dict(zip(coding.table["id"].to_pylist(), coding.table["isco08"].to_pylist(), strict=True))
            for side, coding in (
                ("seeker_id", done.match.coded_seekers),
                ("vacancy_id", done.match.coded_vacancies),
            )
        }
        own, other = ("seeker_id", "vacancy_id") if name == "seekers" else ("vacancy_id", "seeker_id")
        there = {code for code in coded[other].values() if code}
        # where the other side has the same unit group, the best proposal must share skills with it
        served = [row for row in first.to_pylist() if coded[own][row[own]] in there]
        assert len(served) > 20
        assert np.mean([len(row["shared"]) > 0 for row in served]) > 0.95
        assert np.mean([len(steps) > 0 for steps in first["changes"].to_pylist()]) > 0.9
        assert (done.folder / "data" / f"matches_for_{name}.parquet").stat().st_size > 0
    assert [a.kind for a in done.accounts] == ["vacancies"] * 3 + ["jobseekers"] * 2
    assert all(a.rows_in == a.rows_out + a.rejected + a.repeated for a in done.accounts)


def test_decided_occupations_are_mostly_the_ones_drawn(done: demo.DemoRun, tmp_path: Path) -> None:
    truth = demo.generate(
        tmp_path, seekers=SEEKERS, vacancies=VACANCIES, seed=1, today=done.made
    ).truth.to_pylist()
    drawn = {t["identifier"]: t["isco08"] for t in truth}
    for records_of, coding in (
        (done.match.vacancies, done.match.coded_vacancies),
        (done.match.seekers, done.match.coded_seekers),
    ):
        pairs = zip(records_of["identifier"].to_pylist(), coding.table["isco08"].to_pylist(), strict=True)
        right = [found == drawn[identifier] for identifier, found in pairs if found is not None]
        assert len(right) > 0.6 * len(records_of)
        assert np.mean(right) > 0.9


def test_a_second_run_takes_the_files_and_records_that_are_there(done: demo.DemoRun) -> None:
    arguments = {"seekers": SEEKERS, "vacancies": VACANCIES, "seed": 1}
    kept = bytes_of(done.folder / "input")
    steps: list[str] = []
    again = demo.run(done.folder, **arguments, progress=steps.append)
    assert again.reused
    assert again.accounts == done.accounts
    assert again.match.for_seekers.equals(done.match.for_seekers)
    assert bytes_of(done.folder / "input") == kept
    assert not any("read" in step or "make" in step for step in steps)


def test_another_argument_or_a_changed_file_makes_all_anew(tmp_path: Path) -> None:
    small = {"seekers": 12, "vacancies": 8, "seed": 1}
    assert not demo.run(tmp_path, **small).reused
    assert not demo.run(tmp_path, **{**small, "seed": 2}).reused
    assert demo.run(tmp_path, **{**small, "seed": 2}).reused
    with (tmp_path / "input" / "pencari-kerja-ak1.csv").open("ab") as handle:
        handle.write(b"x")
    assert not demo.run(tmp_path, **{**small, "seed": 2}).reused


def test_the_summary_is_one_calm_screen(done: demo.DemoRun, capsys: pytest.CaptureFixture[str]) -> None:
    demo.print_summary(done, Path("demo/report.html"))
    lines = capsys.readouterr().out.rstrip().split("\n")
    assert len(lines) < 40
    assert max(len(line.rstrip()) for line in lines) <= 80
    text = "\n".join(lines)
    assert all(a.file in text for a in done.accounts)
    assert text.count("cocok karena") == text.count("belum ada") == 3
    assert lines[-1] == "Page: demo/report.html"


def test_seekers_table_gives_records() -> None:
    table = demo.seekers_table(30, seed=4)
    assert len(table) == 30
    assert table.schema.equals(schema(Kind.JOBSEEKER))
    with pytest.raises(InputError):
        demo.seekers_table(0)
