"""What all tests share: the folder of real data, a library, a country, a coder; and how hypothesis runs.

PADAN_SHARED   the folder of real data, default ../shared beside the repository
PADAN_REQUIRE  1: a test that needs the folder fails where it is absent, instead of being skipped
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings

from padan.centre import index
from padan.centre.coding import Coder
from padan.countries import Country, load
from padan.errors import MissingPart
from padan.matching import SparkEngine
from padan.taxonomy import Library, Scheme, SchemeInfo
from padan.taxonomy.scheme import CONCEPTS

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "ci", deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory):
    """One home folder for all workers of a run: what is trained once serves all, nobody's own home is
    touched.
    """
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "padan-home"
    patch = pytest.MonkeyPatch()
    patch.setenv("PADAN_HOME", str(home))
    yield home
    patch.undo()


@pytest.fixture(scope="module")
def home(_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder of the module's own, with the encoder that all tests share."""
    index.encoder()
    folder = tmp_path_factory.mktemp("own-home")
    shutil.copytree(_home / "index", folder / "index")
    patch = pytest.MonkeyPatch()
    patch.setenv("PADAN_HOME", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; skipped with the reason where it is absent, failed where it is required."""
    folder = Path(os.environ.get("PADAN_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        reason = f"no real data in {folder}: set PADAN_SHARED"
        if os.environ.get("PADAN_REQUIRE") == "1":
            pytest.fail(f"{reason}; PADAN_REQUIRE=1 asks for it")
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def country() -> Country:
    """The country pack of Indonesia."""
    return load("indonesia")


@pytest.fixture(scope="session")
def library() -> Library:
    """The starter pack and nothing else, whatever this machine has installed."""
    return Library()


@pytest.fixture(scope="session")
def coder(library: Library, country: Country) -> Coder:
    """Codes records with the starter pack."""
    return Coder(library, country)


@pytest.fixture(scope="session")
def skill_scheme() -> Scheme:
    """A scheme of a dozen skills whose names are known to the last letter, for spans and negation."""
    rows = [
        ("excel", "Microsoft Excel", "Microsoft Excel", ["Excel", "Ms Excel"], []),
        ("word", "Microsoft Word", "Microsoft Word", [], []),
        ("forklift", "mengoperasikan forklift", "operate forklift", ["forklift"], []),
        ("weld", "mengelas", "welding", ["las"], []),
        ("weld-tig", "las TIG", "TIG welding", [], []),
        ("cook", "memasak", "cooking", [], []),
        ("cook-rice", "memasak nasi goreng", "cook fried rice", [], []),
        ("c", "C", "C", [], []),
        ("r", "R", "R", [], []),
        ("cpp", "C++", "C++", [], []),
        ("sql", "SQL", "SQL", ["basis data SQL"], []),
        ("sim-a", "SIM A", "driving licence A", [], []),
        ("barista", "meracik kopi", "coffee making", ["barista"], []),
        ("creme", "membuat crème brûlée", "make crème brûlée", ["crème brûlée"], []),
    ]
    names = ("id", "label_id", "label_en", "alt_id", "alt_en")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    table = pa.Table.from_pydict(columns, schema=pa.schema([f for f in CONCEPTS if f.name in names]))
    return Scheme(SchemeInfo("skill", "test", "tests", "none", len(rows), 0), table)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkEngine]:
    """One Spark of this machine for a worker's tests; skipped with the reason where a part is missing."""
    try:
        engine = SparkEngine(master="local[2,4]", memory="1g")
    except MissingPart as error:
        if os.environ.get("PADAN_REQUIRE") == "1":
            pytest.fail(f"{error}; PADAN_REQUIRE=1 asks for it")
        pytest.skip(str(error))
    with engine:
        yield engine
