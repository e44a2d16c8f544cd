"""Places of Indonesia: names as people write them, codes of both schemes, distances."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from padan.countries.indonesia.places import Place, Places
from padan.errors import InputError, NotFound, UnknownCode

SHARED = Path(os.environ.get("PADAN_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
TAXONOMY = SHARED / "data" / "taxonomy"
needs_shared = pytest.mark.skipif(
    not (TAXONOMY / "regions.csv").is_file(), reason=f"no shared data in {SHARED}: set PADAN_SHARED"
)

PLACES = Places()


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@pytest.mark.parametrize(
    ("text", "province", "regency", "ambiguous", "flags"),
    [
        # a regency or city by its name
        ("Jakarta Selatan", "31", "31.74", "", ""),
        ("South Jakarta", "31", "31.74", "", ""),
        ("South Jakarta, Jakarta", "31", "31.74", "", ""),
        ("Jaksel", "31", "31.74", "", ""),
        ("Kota Adm. Jakarta Selatan", "31", "31.74", "", ""),
        ("KOTA ADM. JAKARTA SELATAN , DKI JAKARTA", "31", "31.74", "", ""),
        ("Denpasar", "51", "51.71", "", ""),
        ("Bandung Kota", "32", "32.73", "", ""),
        ("Kota Bandung", "32", "32.73", "", ""),
        ("Bandung City", "32", "32.73", "", ""),
        ("Bandung Kabupaten", "32", "32.04", "", ""),
        ("Kab. Bandung", "32", "32.04", "", ""),
        ("Kabupaten Tangerang", "36", "36.03", "", ""),
        ("KAB. TANGERANG , BANTEN", "36", "36.03", "", ""),
        ("Tangerang Regency, Banten", "36", "36.03", "", ""),
        ("Tangsel", "36", "36.74", "", ""),
        ("Lampung Selatan Regency", "18", "18.01", "", ""),
        ("South Lampung Regency", "18", "18.01", "", ""),
        ("Surabaya, Jawa Timur", "35", "35.78", "", ""),
        ("Surabaya Jawa Timur", "35", "35.78", "", ""),
        ("Kabupaten Berau", "64", "64.03", "", ""),
        ("Bukit tinggi", "13", "13.75", "", ""),
        ("Palangkaraya", "62", "62.71", "", ""),
        ("Toli Toli", "72", "72.04", "", ""),
        ("Surakarta / Solo", "33", "33.72", "", ""),
        ("Kab. Pangkajene Kepulauan", "73", "73.10", "", ""),
        ("Kab. Kep. Siau Tagulandang Biaro", "71", "71.09", "", ""),
        # provinces
        ("Bali", "51", None, "", ""),
        ("Jakarta", "31", None, "", ""),
        ("Jakarta Raya", "31", None, "", ""),
        ("DKI Jakarta", "31", None, "", ""),
        ("Riau", "14", None, "", ""),
        ("Kepulauan Riau", "21", None, "", ""),
        ("Kep. Riau", "21", None, "", ""),
        ("Riau Islands", "21", None, "", ""),
        ("Jabar", "32", None, "", ""),
        ("West Java", "32", None, "", ""),
        ("Provinsi Jawa Barat", "32", None, "", ""),
        ("DI Yogyakarta", "34", None, "", ""),
        ("D.I. Yogyakarta", "34", None, "", ""),
        # one name for a city and a regency
        ("Bandung", "32", None, "32.04 32.73", ""),
        ("Bandung, West Java", "32", None, "32.04 32.73", ""),
        ("Tangerang, Banten", "36", None, "36.03 36.71", ""),
        ("Banjar", None, None, "32.79 63.03", ""),
        ("Banjar, Jawa Barat", "32", "32.79", "", ""),
        ("Banjar, Kalimantan Selatan", "63", "63.03", "", ""),
        # one name for a province and a city
        ("Gorontalo", "75", None, "75 75.01 75.71", ""),
        ("Bengkulu", "17", None, "17 17.71", ""),
        ("Jambi", "15", None, "15 15.71", ""),
        ("Yogyakarta", "34", None, "34 34.71", ""),
        ("Jogja", "34", None, "34 34.71", ""),
        ("Kota Jambi", "15", "15.71", "", ""),
        ("Jambi, Jambi", "15", "15.71", "", ""),
        ("Kota Yogyakarta", "34", "34.71", "", ""),
        ("Sleman, Yogyakarta", "34", "34.04", "", ""),
        ("Muaro Jambi, Jambi", "15", "15.05", "", ""),
        ("Gorontalo, Gorontalo", "75", None, "75.01 75.71", ""),
        # islands and areas
        ("Lombok", "52", None, "52.01 52.02 52.03 52.08 52.71", "area"),
        ("Bangka", "19", None, "19.01 19.03 19.04 19.05 19.71", "area"),
        ("Kabupaten Bangka", "19", "19.01", "", ""),
        ("Madura", "35", None, "35.26 35.27 35.28 35.29", "area"),
        ("Greater Jakarta", None, None, "31 32.01 32.16 32.71 32.75 32.76 36.03 36.71 36.74", "area"),
        # before the split of Papua, and other old names
        ("Papua", "91", None, "91 93 94 95", "before_2022_split"),
        ("Papua Barat", "92", None, "92 96", "before_2022_split"),
        ("Papua Selatan", "93", None, "", ""),
        ("Merauke, Papua", "93", "93.01", "", "former_province"),
        ("Merauke, Papua Selatan", "93", "93.01", "", ""),
        ("Kota Sorong, Papua Barat", "96", "96.71", "", "former_province"),
        ("Nunukan, Kalimantan Timur", "65", "65.03", "", "former_province"),
        ("Irian Jaya", None, None, "91 92 93 94 95 96", "area before_2022_split"),
        ("Ujung Pandang", "73", "73.71", "", "old_name"),
        ("Kab. Mamuju Utara", "76", "76.01", "", "old_name"),
        ("Kab. Toba Samosir", "12", "12.12", "", "old_name"),
        # towns, parts of towns, districts without a table
        ("Cikarang", "32", "32.16", "", "town"),
        ("Purwokerto", "33", "33.02", "", "town"),
        ("Kebayoran Lama, Jakarta", "31", "31.74", "", "town"),
        ("Cibinong, Bogor", "32", "32.01", "", "town"),
        ("North Cikarang, West Java", "32", "32.16", "", "partial"),
        ("Denpasar Selatan", "51", "51.71", "", "partial"),
        ("Batam Kota, Riau Islands", "21", "21.71", "", ""),
        ("Bekasi Timur", "32", None, "32.16 32.75", "partial"),
        ("Medan Satria", "32", "32.75", "", "town"),
        ("Kecamatan Tangerang", "36", "36.71", "", "town"),
        ("Kecamatan Karanganyar", None, None, "", "unknown"),
        ("Karanganyar", "33", "33.13", "", ""),
        ("Kota Blora", "33", "33.16", "", "level_mismatch"),
        ("Kabupaten Batam", "21", None, "", "level_mismatch"),
        ("Kota Baru", None, None, "", "unknown"),
        ("Batu Licin", "63", "63.10", "", "town"),
        ("Seputih Surabaya", None, None, "35.78", "partial"),
        ("Wonosari", None, None, "", "unknown"),
        # addresses
        ("Jl. Sudirman No 5, Kec. Coblong, Kota Bandung, Jawa Barat 40132", "32", "32.73", "", "address"),
        ("Jl. Melati No. 3, Kuningan, Jakarta Selatan 12940", "31", "31.74", "", "address"),
        ("Jl. Surabaya No. 1, Menteng, Jakarta Pusat", "31", "31.71", "", "address town"),
        ("Jalan Raya Bogor KM 20, Jakarta Timur", "31", "31.75", "", "address"),
        ("Jl. Mawar No. 62 Semarang, Jawa Tengah", "33", None, "33.22 33.74", "address partial"),
        ("Jalan Merdeka No.1 Wonosobo", "33", "33.07", "", "address partial"),
        ("Jl. Kenanga, Kec. Gemolong. Kab. Sragen", "33", "33.14", "", "address"),
        ("Desa Sukamaju, Kec. Ciawi, Kab. Bogor, Jawa Barat", "32", "32.01", "", ""),
        ("Jalan Surabaya", None, None, "", "unknown"),
        # several
        ("Jakarta & Bandung", None, None, "31 32.04 32.73", "several"),
        ("Bandung-Jakarta", None, None, "31 32.04 32.73", "several"),
        ("Jakarta Selatan, Jakarta Barat", "31", None, "31.73 31.74", "several"),
        ("Bandung, Cimahi, Jawa Barat", "32", None, "32.04 32.73 32.77", "several"),
        ("Surabaya, Jawa Barat", None, None, "32 35.78", "several"),
        ("Kuningan, Jakarta Selatan", None, None, "31.74 32.08", "several"),
        # no place in Indonesia
        ("Remote", None, None, "", "remote"),
        ("Work from home", None, None, "", "remote"),
        ("Tangerang, Banten (Remote)", "36", None, "36.03 36.71", "remote"),
        ("Jakarta (Hybrid)", "31", None, "", "hybrid"),
        ("Seluruh Indonesia", None, None, "", "nationwide"),
        ("Indonesia", None, None, "", "country_only"),
        ("Surabaya, Indonesia", "35", "35.78", "", ""),
        ("Singapore", None, None, "", "foreign"),
        ("Kuala Lumpur (Hybrid)", None, None, "", "hybrid foreign"),
        ("Kota Damansara, Selangor", None, None, "", "foreign"),
        ("Shah Alam/Subang, Selangor", None, None, "32.13", "foreign several"),
        # slips of the keyboard, and names that are not slips
        ("Surabya", "35", "35.78", "", "spelling"),
        ("Palembamg", "16", "16.71", "", "spelling"),
        ("Banyuwanggi", "35", "35.10", "", "spelling"),
        ("Jakarta Seltan", "31", "31.74", "", "spelling"),
        ("Suralaya", None, None, "", "unknown"),
        ("Bangkala", None, None, "", "unknown"),
        ("Belitang", None, None, "", "unknown"),
        # nothing
        ("", None, None, "", "empty"),
        ("   ", None, None, "", "empty"),
        ("3273", None, None, "", "unknown"),
        ("Gudang pusat", None, None, "", "unknown"),
        ("Gudang Jawa Timur", "35", None, "", "partial"),
        ("Gudang Makassar", None, None, "73.71", "partial"),
        ("Kantor Jakarta Selatan", "31", "31.74", "", ""),
        ("Permata Hijau Jakarta Selatan", "31", "31.74", "", "partial"),
    ],
)
def test_place(text: str, province: str | None, regency: str | None, ambiguous: str, flags: str) -> None:
    assert PLACES.parse(text) == Place(province, regency, _codes(ambiguous), _codes(flags))


def test_glued_cells_of_a_table_are_read() -> None:
    assert PLACES.parse("Kota SurabayaFarmasiKota Surabaya").regency == "35.78"


def test_every_region_is_found_by_its_names() -> None:
    for region in PLACES.regions():
        for name in (
            region.name,
            region.name.upper(),
            region.name_en,
            region.name.replace("Kabupaten", "Kab."),
        ):
            found = PLACES.parse(name)
            assert (found.regency or found.province) == region.code, name
        if region.parent is None:
            continue
        for text in (
            f"{region.name}, {PLACES.name(region.parent)}",
            f"{region.name_en}, {PLACES.name(region.parent, lang='en')}",
            f"Jl. Merdeka No. 5, {region.name}, {PLACES.name(region.parent)} 40111",
        ):
            assert PLACES.parse(text).regency == region.code, text
        for town in region.towns:
            assert PLACES.parse(town).regency == region.code, town


def test_an_alias_names_one_region_or_a_province_and_its_city() -> None:
    for region in PLACES.regions():
        for alias in region.aliases:
            found = PLACES.parse(alias)
            assert region.code in (found.regency, found.province, *found.ambiguous), alias
            assert found.province == region.code[:2], alias


def test_table_counts_and_codes() -> None:
    assert len(PLACES.regions(level="province")) == 38
    assert len(PLACES.regions(level="regency")) == 416
    assert len(PLACES.regions(level="city")) == 98
    codes = [r.bps_code for r in PLACES.regions()]
    assert None not in codes
    assert len(set(codes)) == len(codes)
    for region in PLACES.regions():
        assert region.parent == (region.code[:2] if len(region.code) > 2 else None)
        assert -11.2 < region.lat < 6.3
        assert 94.9 < region.lon < 141.1
        assert region.capital
    new = {r.code: (r.since, r.former) for r in PLACES.regions(level="province") if r.former in ("91", "92")}
    assert new == {
        "93": ("2022-07-25", "91"),
        "94": ("2022-07-25", "91"),
        "95": ("2022-07-25", "91"),
        "96": ("2022-12-08", "92"),
    }


@pytest.mark.parametrize(
    ("code", "scheme", "kemendagri"),
    [
        ("32.73", "kemendagri", "32.73"),
        ("3273", "kemendagri", "32.73"),
        ("11.01", "kemendagri", "11.01"),
        ("1103", "bps", "11.01"),
        ("1101", "bps", "11.09"),
        ("3171", "bps", "31.74"),
        ("31.71", "kemendagri", "31.71"),
        ("94", "bps", "91"),
        ("94", "kemendagri", "94"),
        ("9501", "bps", "93.01"),
        ("9401", "bps", "93.01"),  # until 2022
        ("9107", "bps", "96.01"),
    ],
)
def test_codes_are_read_in_the_scheme_that_is_named(code: str, scheme: str, kemendagri: str) -> None:
    assert PLACES.by_code(code, scheme=scheme).code == kemendagri  # type: ignore[arg-type]


def test_crosswalk_is_its_own_inverse() -> None:
    for region in PLACES.regions():
        bps = PLACES.crosswalk(region.code, source="kemendagri", target="bps")
        assert bps is not None
        assert PLACES.crosswalk(bps, source="bps", target="kemendagri") == region.code


def test_unknown_codes_are_errors_with_suggestions() -> None:
    with pytest.raises(UnknownCode, match=r"99\.99") as raised:
        PLACES.by_code("99.99")
    assert raised.value.near
    with pytest.raises(UnknownCode):
        PLACES.by_code("11.01", scheme="bps")
    with pytest.raises(InputError, match="scheme"):
        PLACES.by_code("11", scheme="iso")  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="nowhere"):
        Places(districts=Path("nowhere.csv"))


def test_suggestions_are_near_names() -> None:
    assert PLACES.suggest("Bandng")[0].code in ("32.04", "32.73")
    assert "73.71" in {r.code for r in PLACES.suggest("Makasar")}


def test_distances() -> None:
    assert PLACES.distance_km("32.73", "32.73").tolist() == [0.0]
    jakarta_surabaya = float(PLACES.distance_km("31.71", "35.78")[0])
    assert jakarta_surabaya == pytest.approx(665, abs=20)  # great circle between the two centres
    codes = ["11.71", "31.74", "93.01"]
    table = np.array([PLACES.distance_km(code, codes) for code in codes])
    assert np.allclose(table, table.T)
    assert (table[0, 2] <= table[0, 1] + table[1, 2] + 1e-9).all()
    with pytest.raises(UnknownCode):
        PLACES.distance_km("32.73", ["32.73", "00.00"])


def test_nearest_are_of_the_same_kind_and_ascending() -> None:
    near = PLACES.nearest("32.73", k=4)
    assert near[0][0] == "32.77"  # Cimahi
    assert [km for _, km in near] == sorted(km for _, km in near)
    assert all(len(code) == 2 for code, _ in PLACES.nearest("34"))
    assert PLACES.nearest("34", k=1)[0][0] == "33"


def test_districts_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "districts.csv"
    table.write_text(
        "code,name,parent_code\n32.73.02,Coblong,32.73\n35.15.08,Taman,35.15\n35.77.03,Taman,35.77\n"
        "36.71.01,Tangerang,36.71\n33.05.01,Karanganyar,33.05\n33.13.09,Karanganyar,33.13\n",
        encoding="utf-8",
    )
    places = Places(districts=table)
    assert places.parse("Kec. Coblong") == Place("32", "32.73", (), ("district",))
    assert places.parse("Taman") == Place("35", None, ("35.15", "35.77"), ("district",))
    assert places.parse("Taman, Sidoarjo").regency == "35.15"
    assert places.parse("Kecamatan Karanganyar") == Place("33", None, ("33.05", "33.13"), ("district",))
    assert places.parse("Karanganyar").regency == "33.13"
    bad = tmp_path / "bad.csv"
    bad.write_text("kode,nama\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column"):
        Places(districts=bad)


def _sound(place: Place) -> None:
    known = {r.code for r in PLACES.regions()}
    assert place.province is None or place.province in known
    assert place.regency is None or (place.regency in known and place.province == place.regency[:2])
    assert not (place.regency and place.ambiguous)
    assert set(place.ambiguous) <= known
    assert place.province or place.flags or place.ambiguous


@given(st.text(max_size=150))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_sound_answer(text: str) -> None:
    _sound(PLACES.parse(text))


_PIECES = [
    "Bandung", "Kota", "Kab.", "Jakarta", "Selatan", "Jawa Barat", ",", " / ", "Jl.", "No. 5", "Kec.",
    "Remote", "Indonesia", "-", "Regency", "Papua", "Barat", "Batu", "Singapore", "40132", "(", "dan", "Solo",
    "Jambi", ".",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_any_mix_of_place_words_gives_a_sound_answer(text: str) -> None:
    _sound(PLACES.parse(text))


@given(
    st.sampled_from([r.name for r in PLACES.regions()]), st.sampled_from([r.name for r in PLACES.regions()])
)
@settings(max_examples=200, deadline=None)
def test_two_different_regions_never_give_a_third(one: str, other: str) -> None:
    if one == other:
        return  # "Jambi, Jambi" is the city in the province
    named = {PLACES.parse(one).regency, PLACES.parse(other).regency, None}
    assert PLACES.parse(f"{one} / {other}").regency in named


@pytest.mark.parametrize(
    "piece", ["Kota ", "Jl. ", "Bandung, ", "kab ", "- ", "seluruh kota ", "ab", "se", "12345 "]
)
def test_long_texts_take_bounded_time(piece: str) -> None:
    start = time.process_time()
    for size in (2_000, 100_000):
        Places.parse(PLACES, (piece * size)[:size])
    assert time.process_time() - start < 2.0


@needs_shared
@pytest.mark.shared
def test_the_table_agrees_with_the_reference_table() -> None:
    with (TAXONOMY / "regions.csv").open(encoding="utf-8", newline="") as handle:
        reference = {row["code"]: row for row in csv.DictReader(handle)}
    assert set(reference) == {r.code for r in PLACES.regions()}
    earth_km = 6371.0088
    for region in PLACES.regions():
        row = reference[region.code]
        assert region.level == row["level"]
        assert not row["bps_code"] or region.bps_code == row["bps_code"]
        lat, lon, lat0, lon0 = np.radians([region.lat, region.lon, float(row["lat"]), float(row["lon"])])
        half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
        assert 2 * earth_km * np.arcsin(np.sqrt(half)) < 25, region.name


@needs_shared
@pytest.mark.shared
def test_districts_are_never_put_into_another_regency() -> None:
    """All 7,285 districts, with their regency; and marked as districts, with the table and without."""
    with (TAXONOMY / "regions_districts.csv").open(encoding="utf-8", newline="") as handle:
        districts = list(csv.DictReader(handle))
    with_table = Places(districts=TAXONOMY / "regions_districts.csv")
    right = 0
    for row in districts:
        regency = PLACES.name(row["parent_code"])
        for found in (
            PLACES.parse(f"{row['name']}, {regency}"),
            PLACES.parse(
                f"Jl. Melati No. 12, {row['name']}, {regency}, {PLACES.name(row['parent_code'][:2])}"
            ),
            PLACES.parse(f"Kec. {row['name']}"),
            with_table.parse(f"Kec. {row['name']}"),
        ):
            assert found.regency in (None, row["parent_code"]), row
            right += found.regency is not None
    assert right > 0.6 * 4 * len(districts)
