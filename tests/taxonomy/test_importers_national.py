"""Importers of O*NET and of the national tables: published counts, both layouts, every kind of bad input.

The small tables here are our own rows under the headings of the official files.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from padan.errors import InputError, UnknownCode
from padan.taxonomy import Library
from padan.taxonomy.check import check_scheme
from padan.taxonomy.importers import import_scheme
from tests.taxonomy.official_files import Rows, counts, same, schemes, text_table, write_folder, write_zip


def write_sheet(path: Path, rows: Sequence[dict[str, object]], *, above: int = 0) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for _ in range(above):
        sheet.append(["Tabel jabatan"])
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    book.close()
    return path


# -- the shared files, with the published counts as independent answers ------------------------------------


@pytest.mark.shared
def test_onet_has_the_published_counts(shared: Path) -> None:
    result = import_scheme("onet", shared / "data" / "taxonomy" / "onet")
    onet = result.schemes[0]
    assert (onet.info.version, len(onet.ids)) == ("29.2", 1016)
    assert counts(onet) == {"technology": 32627, "tool": 41662}
    with (shared / "data" / "taxonomy" / "onet" / "crosswalk_isco_soc2010.csv").open(
        encoding="utf-8"
    ) as handle:
        rows = [r for r in csv.DictReader(handle) if r["soc2010"].strip() == "11-1011"]
    assert set(onet.concept("11-1011.00")["isco08"]) == {r["isco_code"] for r in rows}
    assert "CEO (Chief Executive Officer)" in onet.concept("11-1011.00")["alt_en"]
    assert result.notes["occupations without a unit group"] < 160
    assert [f for f in check_scheme(onet) if f.severity == "error"] == []


@pytest.mark.shared
def test_kbji_has_the_published_counts(shared: Path) -> None:
    result = import_scheme("kbji", shared / "data" / "taxonomy" / "kbji2014.csv")
    kbji = result.schemes[0]
    assert kbji.info.version == "2014"
    assert Counter(kbji.column("level")) == {1: 10, 2: 43, 3: 130, 4: 446, 6: 2137}
    assert result.notes == {}
    isco = dict(zip(kbji.ids, kbji.column("isco08"), strict=True))
    assert (isco["0115"], isco["0211"], isco["0314"]) == (["0110"], ["0210"], ["0310"])
    reached = {c for codes in isco.values() for c in codes}
    assert len(reached) == 434  # the two that KBJI does not have are 3355 and 5412, the police
    assert [f for f in check_scheme(kbji) if f.severity == "error"] == []


@pytest.mark.shared
def test_kbli_and_isic_have_the_published_counts(shared: Path) -> None:
    result = import_scheme("kbli", shared / "data" / "taxonomy" / "kbli2020.csv")
    found = schemes(result)
    assert Counter(found["kbli"].column("level")) == {1: 21, 2: 88, 3: 245, 4: 567, 5: 1791}
    assert Counter(found["isic"].column("level")) == {1: 21, 2: 88, 3: 238, 4: 419}
    assert (found["kbli"].info.version, found["isic"].info.version) == ("2020", "4")
    rows = zip(found["kbli"].column("level"), found["kbli"].column("isic4"), strict=True)
    assert sum(1 for level, isic in rows if level == 4 and isic is None) == 193
    assert [f for s in result.schemes for f in check_scheme(s) if f.severity == "error"] == []
    folder = schemes(import_scheme("kbli", shared / "data" / "taxonomy"))
    assert same(found["kbli"], folder["kbli"])
    assert same(found["isic"], folder["isic"])


@pytest.mark.shared
def test_skkni_repairs_the_misprint_and_counts_it(shared: Path) -> None:
    result = import_scheme("skkni", shared / "data" / "taxonomy" / "skkni_units.csv")
    skkni = result.schemes[0]
    assert len(skkni.ids) == 320
    assert "M.74DKV13.015.3" in skkni.row_of
    assert result.notes == {"codes repaired (dots, spaces, capitals)": 1}
    assert all(skkni.column("group"))
    with pytest.raises(UnknownCode):
        skkni.concept("M74DKV13.015.3")


# -- O*NET -------------------------------------------------------------------------------------------------


def onet_files(layout: str) -> dict[str, Rows]:
    """A small O*NET of our own under the headings of 29.2, or of 30.3 with its renamed files."""
    new = layout == "30.3"
    code = "O*NET-SOC Code"
    lay = "Job Title" if new else "Alternate Title"
    software = (
        {
            code: "53-7051.00",
            "Workplace Example": "Our WMS",
            "Element ID": "2.E.1",
            "Element Name": "Own software",
        }
        if new
        else {
            code: "53-7051.00",
            "Example": "Our WMS",
            "Commodity Code": "4323",
            "Commodity Title": "Own software",
        }
    )
    files = {
        "Occupation Data": [
            {code: "53-7051.00", "Title": "Own Truck Operators", "Description": 'Move "our" loads.'},
            {code: "55-1011.00", "Title": "Own Officers", "Description": "Command."},
        ],
        "Job Titles" if new else "Alternate Titles": [
            {code: "53-7051.00", lay: "Stand-Up Fork Driver", "Short Title": "SUF Driver", "Source(s)": "02"},
            {code: "53-7051.00", lay: "Own Truck Operators", "Short Title": "n/a", "Source(s)": "02"},
            {code: "99-9999.00", lay: "Nobody", "Short Title": "n/a", "Source(s)": "02"},
        ],
        "Sample of Reported Titles": [
            {code: "53-7051.00", "Reported Job Title": "Loader of Ours", "Shown in My Next Move": "Y"},
        ],
        "Task Statements": [
            {code: "53-7051.00", "Task ID": "1", "Task": "Drive between our racks.", "Task Type": "Core"},
        ],
        "Software Skills" if new else "Technology Skills": [software],
    }
    if not new:
        files["Tools Used"] = [
            {
                code: "53-7051.00",
                "Example": "Our forklift",
                "Commodity Code": "2410",
                "Commodity Title": "Forklifts",
            }
        ]
    return files


CROSSWALK = [
    {"isco_code": "9333", "isco_title": "x", "part": "True", "soc2010": "53-7051 ", "soc2010_title": "x"},
    {"isco_code": "8344", "isco_title": "x", "part": "False", "soc2010": "53-7051 ", "soc2010_title": "x"},
    {"isco_code": "9999", "isco_title": "x", "part": "False", "soc2010": "53-7051 ", "soc2010_title": "x"},
]


@pytest.mark.parametrize("layout", ["29.2", "30.3"])
@pytest.mark.parametrize("container", ["zip", "folder", "excel"])
def test_onet_is_read_in_both_layouts(tmp_path: Path, layout: str, container: str) -> None:
    files = onet_files(layout)
    if container == "excel":
        folder = tmp_path / f"db_{layout.replace('.', '_')}_excel"
        folder.mkdir()
        for name, rows in files.items():
            write_sheet(folder / f"{name}.xlsx", rows)
        path = folder
    else:
        texts = {f"{name}.txt": text_table(rows, tab=True) for name, rows in files.items()}
        texts["Read Me.txt"] = f"O*NET {layout} Database\nOwn Release\n"
        if container == "zip":
            path = write_zip(tmp_path / "download.zip", texts, inside="text/")
        else:
            path = write_folder(tmp_path / "texts", texts)
    result = import_scheme("onet", path)
    onet = result.schemes[0]
    assert onet.info.version == layout
    driver = onet.concept("53-7051.00")
    assert driver["alt_en"] == ["Stand-Up Fork Driver", "SUF Driver", "Loader of Ours"]
    assert driver["description_en"] == 'Move "our" loads.\nDrive between our racks.'
    tools = [] if layout == "30.3" else [("tool", "Our forklift")]
    assert onet.related("53-7051.00") == [("technology", "Our WMS"), *tools]
    assert driver["isco08"] == []
    assert result.notes["alternate texts of an occupation that the table lacks"] == 1
    assert result.notes["no table crosswalk_isco_soc2010: no unit groups"] == 1


def test_onet_takes_unit_groups_from_a_crosswalk_in_its_folder_whole_matches_first(tmp_path: Path) -> None:
    texts = {f"{name}.txt": text_table(rows, tab=True) for name, rows in onet_files("29.2").items()}
    texts["crosswalk_isco_soc2010.csv"] = text_table(CROSSWALK)
    result = import_scheme("onet", write_folder(tmp_path / "db_29_2_text", texts))
    assert result.schemes[0].column("isco08") == [["8344", "9333"], []]
    assert result.notes["crosswalk rows without a unit group or SOC code"] == 1
    assert result.notes["occupations without a unit group"] == 1


def test_onet_without_a_release_asks_for_it(tmp_path: Path) -> None:
    texts = {f"{name}.txt": text_table(rows, tab=True) for name, rows in onet_files("29.2").items()}
    with pytest.raises(InputError, match="which release of O\\*NET"):
        import_scheme("onet", write_folder(tmp_path / "texts", texts))


# -- KBJI, KBLI, SKKNI -------------------------------------------------------------------------------------


KBJI = [
    {
        "code": "7",
        "title_id": "Golongan tujuh",
        "description_id": "",
        "isco08_code": "7",
        "isco08_title_en": "Crafts",
    },
    {"code": "72", "title_id": "Logam", "description_id": "", "isco08_code": "72", "isco08_title_en": ""},
    {"code": "721", "title_id": "Las", "description_id": "", "isco08_code": "721", "isco08_title_en": ""},
    {
        "code": "7212",
        "title_id": "Juru las",
        "description_id": "x\ny",
        "isco08_code": "7212",
        "isco08_title_en": "Welders",
    },
    {
        "code": "7212.01",
        "title_id": "Juru las kami",
        "description_id": "Mengelas",
        "isco08_code": "7212",
        "isco08_title_en": "W",
    },
    {"code": "0", "title_id": "TNI", "description_id": "", "isco08_code": "0", "isco08_title_en": ""},
    {
        "code": "0115",
        "title_id": "Perwira lain",
        "description_id": "",
        "isco08_code": "",
        "isco08_title_en": "",
    },
    {
        "code": "0115.03",
        "title_id": "Perwira kami",
        "description_id": "",
        "isco08_code": "",
        "isco08_title_en": "",
    },
]


def test_kbji_of_2014_is_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "kbji2014.csv"
    path.write_text(text_table(KBJI), encoding="utf-8-sig")
    kbji = import_scheme("kbji", path).schemes[0]
    assert kbji.info.version == "2014"
    assert kbji.ids == sorted(r["code"] for r in KBJI)
    welder = kbji.concept("7212.01")
    assert (welder["level"], welder["parent"], welder["isco08"], welder["group"]) == (
        6,
        "7212",
        ["7212"],
        "7",
    )
    # the English title is that of the unit group, so no jabatan carries it
    assert (welder["label_en"], kbji.concept("7212")["label_en"]) == (None, "Welders")
    assert kbji.concept("0115.03")["isco08"] == ["0110"]
    assert kbji.concept("0115")["parent"] == "0"  # nearest group that the table has
    assert kbji.concept("721")["isco08"] == []


def test_kbji_of_2026_is_read_from_a_workbook_with_indonesian_headings(tmp_path: Path) -> None:
    rows = [
        {"Kode": "7212", "Judul Jabatan": "Juru las", "Deskripsi": ""},
        {"Kode": 7212.1, "Judul Jabatan": "Juru las kami", "Deskripsi": "Mengelas"},
        {"Kode": "721299", "Judul Jabatan": "Juru las lain", "Deskripsi": ""},
    ]
    result = import_scheme("kbji", write_sheet(tmp_path / "KBJI 2026.xlsx", rows, above=3))
    kbji = result.schemes[0]
    assert kbji.info.version == "2026"
    assert kbji.ids == ["7212", "7212.10", "7212.99"]
    assert kbji.column("isco08") == [["7212"]] * 3
    assert result.notes == {"codes repaired (zeros, dots, spaces)": 1}


def test_two_editions_of_kbji_stand_side_by_side_and_the_newer_is_the_default(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "kbji2014.csv").write_text(text_table(KBJI), encoding="utf-8")
    (folder / "kbji2026.csv").write_text(text_table(KBJI[:5]), encoding="utf-8")
    with pytest.raises(InputError, match="several tables of kbji"):
        import_scheme("kbji", folder)
    library = Library(tmp_path / "schemes")
    for edition in ("2026", "2014"):
        library.add(import_scheme("kbji", folder, version=edition).schemes)
    assert library.get("kbji").info.version == "2026"
    assert len(library.get("kbji", version="2014").ids) == len(KBJI)


KBLI = [
    {"Kategori": "A", "Kode": "A", "Judul": "Pertanian", "Deskripsi": ""},
    {"Kategori": "A", "Kode": "01", "Judul": "Tanaman", "Deskripsi": ""},
    {"Kategori": "A", "Kode": "011", "Judul": "Semusim", "Deskripsi": ""},
    {"Kategori": "A", "Kode": "0111", "Judul": "Serealia", "Deskripsi": ""},
    {"Kategori": "A", "Kode": "01111", "Judul": "Jagung kami", "Deskripsi": "Menanam"},
    {"Kategori": "A", "Kode": "01192", "Judul": "Bunga kami", "Deskripsi": "Menanam"},
]
ISIC = [
    {"code": "A", "level": "section", "parent_code": "", "section": "A", "title_en": "Agriculture"},
    {"code": "01", "level": "division", "parent_code": "A", "section": "A", "title_en": "Crops"},
    {"code": "011", "level": "group", "parent_code": "01", "section": "A", "title_en": "Non-perennial"},
    {"code": "0111", "level": "class", "parent_code": "011", "section": "A", "title_en": "Cereals"},
]


def test_kbli_of_2020_gets_isic_codes_from_the_table_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kbli2020.csv").write_text(text_table(KBLI), encoding="utf-8")
    (tmp_path / "isic4.csv").write_text(text_table(ISIC), encoding="utf-8")
    result = import_scheme("kbli", tmp_path / "kbli2020.csv")
    kbli = schemes(result)["kbli"]
    assert [kbli.concept(c)["isic4"] for c in ("01", "0111", "01111", "01192")] == [
        "01",
        "0111",
        "0111",
        None,
    ]
    assert [kbli.concept(c)["parent"] for c in ("A", "01", "01111", "01192")] == [None, "A", "0111", "011"]
    assert set(kbli.column("group")) == {"A"}
    assert result.notes == {"codes without an ISIC code": 1}
    assert schemes(result)["isic"].concept("0111")["parent"] == "011"


def test_kbli_of_2025_may_have_a_letter_more_and_takes_no_isic_code_by_likeness(tmp_path: Path) -> None:
    rows = [*KBLI, {"Kategori": "V", "Kode": "V", "Judul": "Badan internasional", "Deskripsi": ""}]
    (tmp_path / "isic4.csv").write_text(text_table(ISIC), encoding="utf-8")
    write_sheet(tmp_path / "KBLI 2025.xlsx", rows)
    result = import_scheme("kbli", tmp_path / "KBLI 2025.xlsx")
    kbli = schemes(result)["kbli"]
    assert (kbli.info.version, kbli.children(None)) == ("2025", ["A", "V"])
    assert kbli.column("isic4") == [None] * len(rows)


def test_a_lost_zero_is_put_back_where_the_table_tells_the_digits(tmp_path: Path) -> None:
    rows = [
        {"code": "A", "digits": "1", "title_id": "Pertanian"},
        {"code": "1", "digits": "2", "title_id": "Tanaman"},
        {"code": "1111", "digits": "5", "title_id": "Jagung kami"},
    ]
    (tmp_path / "kbli2020.csv").write_text(text_table(rows), encoding="utf-8")
    result = import_scheme("kbli", tmp_path / "kbli2020.csv")
    assert schemes(result)["kbli"].ids == ["01", "01111", "A"]
    assert result.notes["codes repaired (zeros, dots, spaces)"] == 2
    assert result.notes["no isic4.csv: the scheme isic was not built"] == 1


def test_of_a_unit_that_stands_twice_the_newer_stays(tmp_path: Path) -> None:
    unit = {"Kode Unit": "m.702090.001.01", "Judul Unit": "Judul lama", "Sektor": "JASA", "Tahun": "2016"}
    rows = [{**unit, "Judul Unit": "Judul baru", "Tahun": "2023"}, unit]
    rows.append({**unit, "Kode Unit": "N79ABC01.001.1", "Judul Unit": "Unit lain"})
    (tmp_path / "units.csv").write_text(text_table(rows), encoding="utf-8")
    result = import_scheme("skkni", tmp_path / "units.csv")
    skkni = result.schemes[0]
    assert skkni.info.version == "2023"
    assert skkni.ids == ["M.702090.001.01", "N.79ABC01.001.1"]
    assert skkni.label("M.702090.001.01") == "Judul baru"
    assert result.notes["units that stand twice, the newer was kept"] == 1


def test_equal_input_has_an_equal_sum_and_a_changed_one_another(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_folder(tmp_path / name, {"kbji2014.csv": text_table(KBJI)})
    write_folder(tmp_path / "three", {"kbji2014.csv": text_table(KBJI[:-1])})
    sums = [import_scheme("kbji", tmp_path / n).schemes[0].info.sha256 for n in ("one", "two", "three")]
    assert sums[0] == sums[1] != sums[2]


# -- bad input ---------------------------------------------------------------------------------------------

NATIONAL_FAULTS = {
    "no code": ("kbji", "kbji2014.csv", "kodee,judul\n7212,Las\n", "no column 'code' or"),
    "no title": ("kbji", "kbji2014.csv", "kode,nomor\n7212,1\n", "no column 'title_id' or"),
    "bad code": ("kbji", "kbji2014.csv", "kode,judul\n7212.1,Las\n", "line 2: '7212.1' is no code"),
    "twice": ("kbji", "kbji2014.csv", "kode,judul\n7212,Las\n7212,Las\n", "line 3: 7212 stands twice"),
    "empty title": ("kbji", "kbji2014.csv", "kode,judul\n7212,\n", "7212 has no title"),
    "empty": ("kbji", "kbji2014.csv", "", "is empty"),
    "no rows": ("kbli", "kbli2020.csv", "kode,judul\n", "headings and no rows"),
    "no edition": ("kbji", "tabel.csv", "kode,judul\n7212,Las\n", "which edition of KBJI"),
    "kbli code": ("kbli", "kbli2020.csv", "kode,judul\n7212.01,Las\n", "'7212.01' is no code"),
    "no unit": (
        "skkni",
        "skkni.csv",
        "kode unit,judul unit,tahun\n,Las,2020\n",
        "line 2: a unit without code",
    ),
    "no year": ("skkni", "skkni.csv", "kode unit,judul unit\nA.01AAA00.001.1,Las\n", "has no years"),
    "no SOC": (
        "onet",
        "Occupation Data.txt",
        "O*NET-SOC Code\tTitle\n53-7051\tX\n",
        "'53-7051' is no O*NET-SOC code",
    ),
    "other table": ("onet", "Skills.txt", "Element\tTitle\n1\tX\n", "holds no 'Occupation Data.txt'"),
}


@pytest.mark.parametrize("fault", list(NATIONAL_FAULTS))
def test_a_broken_table_is_an_error_that_names_file_and_column(tmp_path: Path, fault: str) -> None:
    name, file, text, what = NATIONAL_FAULTS[fault]
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_scheme(name, path)
    assert what in str(caught.value)
    assert file in str(caught.value)


def test_row_errors_come_together_the_first_twenty_and_the_count(tmp_path: Path) -> None:
    path = tmp_path / "kbji2014.csv"
    path.write_text("kode,judul\n" + "".join(f"x{n},Las\n" for n in range(50)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_scheme("kbji", path)
    assert "50 rows cannot be used" in str(caught.value)
    assert "and 30 more" in str(caught.value)
    assert caught.value.field == "code"


def test_a_table_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kbji2014.csv").write_bytes("kode,judul\n7212,Las é\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        import_scheme("kbji", tmp_path / "kbji2014.csv")
