"""Decisions and their replay, the queue, masking, and drift: against brute force and published figures."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from padan.linking import Linked, Linker
from padan.linking.normalise import key
from padan.linking.review import (
    LEAST_ROWS,
    Decision,
    GroupShare,
    _moved,
    active,
    candidates,
    concepts_of,
    drift,
    masked,
    review_key,
    standing,
    undone,
)
from padan.reading import redact
from padan.taxonomy import Library

START = datetime(2026, 11, 24, 3, tzinfo=UTC)


def decision(number: int, text: str, concept: str | None, *, undoes: int | None = None, **more) -> Decision:
    return Decision(
        id=str(number),
        at=START + timedelta(minutes=number),
        author="Siti",
        target=more.get("target", "isco08"),
        key=review_key(text),
        text=text,
        concept=concept,
        undoes=None if undoes is None else str(undoes),
    )


# -- replay ------------------------------------------------------------------------------------------------

TEXTS = ("admin", "kurir", "barista")


def test_a_later_decision_wins_and_undoing_it_brings_the_earlier_back():
    first, second = decision(0, "admin", "4110"), decision(1, "Admin", "4321")
    place = ("isco08", review_key("ADMIN"))
    assert active([first])[place] == "4110"
    assert active([first, second])[place] == "4321"
    back = decision(2, "admin", None, undoes=1)
    assert active([first, second, back])[place] == "4110"
    again = decision(3, "admin", None, undoes=2)  # the undoing is undone
    assert active([first, second, back, again])[place] == "4321"
    both = [first, second, back, decision(4, "admin", None, undoes=0)]
    assert place not in active(both)
    assert undone(both) == {"0", "1"}


def test_no_concept_is_a_decision_and_targets_are_apart():
    held = active([decision(0, "info", None), decision(1, "info", "use-excel", target="skill")])
    assert held["isco08", review_key("info")] is None
    assert held["skill", review_key("info")] == "use-excel"
    assert ("kbji", review_key("info")) not in held
    assert len(held) == len(list(held)) == 2
    assert all(place in held for place in held)


def test_words_and_short_key_find_the_same_decision():
    held = active([decision(0, "Spv. Gudang", "1324")])
    assert held["isco08", key("SPV GUDANG")] == "1324"
    assert held["isco08", review_key("supervisor gudang")] == "1324"


def test_a_decision_follows_its_text_when_the_word_lists_change():
    old = Decision("0", START, "Siti", "isco08", "0" * 16, "kurir", "9331")
    assert active([old])["isco08", key("kurir")] == "9331"
    bare = Decision("1", START, "Siti", "isco08", review_key("barista"), "", "5132")
    assert active([bare])["isco08", key("Barista")] == "5132"


@st.composite
def histories(draw):
    """Any list of decisions and of undoings of earlier records."""
    out: list[Decision] = []
    for number in range(draw(st.integers(0, 14))):
        if out and draw(st.booleans()):
            of = draw(st.integers(0, number - 1))
            out.append(decision(number, out[of].text, None, undoes=of))
        else:
            concept = draw(st.sampled_from(["4110", "9331", "5132", None]))
            out.append(decision(number, draw(st.sampled_from(TEXTS)), concept))
    return out


@given(histories())
def test_replay_equals_a_brute_force_model(history):
    def in_force(number: int) -> bool:
        """By definition: no later record in force undoes it."""
        later = range(number + 1, len(history))
        return not any(history[j].undoes == str(number) and in_force(j) for j in later)

    expected = {}
    for text in TEXTS:
        standing_of = [
            d for i, d in enumerate(history) if d.text == text and d.undoes is None and in_force(i)
        ]
        if standing_of:
            expected["isco08", review_key(text)] = standing_of[-1].concept
    assert dict(active(history)) == expected


@given(st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(["4110", "9331", None, "undo"]))))
def test_undoing_what_holds_is_a_stack(steps):
    history: list[Decision] = []
    stacks: dict[str, list[str | None]] = {text: [] for text in TEXTS}
    for text, what in steps:
        if what == "undo":
            if stacks[text]:
                stacks[text].pop()
                held = standing(history)["isco08", review_key(text)]
                history.append(decision(len(history), text, None, undoes=int(held.id)))
        else:
            stacks[text].append(what)
            history.append(decision(len(history), text, what))
    expected = {("isco08", review_key(text)): stack[-1] for text, stack in stacks.items() if stack}
    assert dict(active(history)) == expected


# -- texts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tukang Las", "Tukang Las"),
        ("  Tukang\n Las\u200b ", "Tukang Las"),
        ("Admin hub 0812-3456-7890", "Admin hub [telepon]"),
        ("Admin hub +62 812 3456 7890 / hrd@contoh.co.id", "Admin hub [telepon] / [email]"),
        ("Kurir NIK 3201234567890123", "Kurir NIK [nik]"),
        ("Sales wa.me/6281234567890", "Sales [tautan]"),
        ("Sales 81234567890", "Sales [nomor]"),
        ("Guru 2026/2027", "Guru 2026/2027"),
        ("Operator 3 shift, 12 jam", "Operator 3 shift, 12 jam"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("", ""),
    ],
)
def test_contact_and_identity_numbers_are_masked_and_nothing_else(text, expected):
    assert masked(text) == expected


@given(
    st.text(max_size=400)
    | st.lists(
        st.sampled_from(
            [
                "Admin ",
                "0812-3456-7890",
                "3201234567890123",
                "a@b.co",
                "[at]",
                "@",
                "t.me/x",
                "+62",
                "8",
                " ",
                "\n",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_masking_is_complete_and_masks_once(text):
    once = masked(text)
    assert masked(once) == once
    assert redact(once)[1] == 0
    assert len(once) <= 300
    assert "\n" not in once
    assert review_key(text) == review_key(once)


@given(st.text(max_size=200))
def test_a_text_without_contact_data_keeps_its_key(text):
    if "[" not in masked(text):
        assert key(masked(text)) == key(text)


def test_texts_that_differ_in_a_number_alone_share_their_decision():
    assert review_key("Admin hub 0812-3456-7890") == review_key("admin hub 081398765432")
    assert review_key("Admin") != review_key("Kurir")
    assert review_key("***") == review_key("") == ""


def test_a_long_text_is_answered_quickly():
    assert len(masked("0812-3456-7890 " * 100_000)) <= 300


# -- the linker --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linker(library: Library) -> Linker:
    return Linker(library)


def test_decisions_win_over_the_linker_and_share_its_models(linker):
    before = linker.link(["tukang las", "welder"], to="isco08", k=3)
    held = active([decision(0, "Tukang  Las", "5132"), decision(1, "welder", None)])
    other = linker.with_reviewed(held)
    las, welder = other.link(["TUKANG LAS", "welder"], to="isco08", k=3)
    assert (las.decision, las.ranked[0], las.scores[0], len(las.ranked)) == ("5132", "5132", 1.0, 3)
    assert welder.decision is None
    assert linker.link(["tukang las", "welder"], to="isco08", k=3) == before
    (called,) = other.link(["tukang las"], to="skill", k=3)
    assert called == linker.link(["tukang las"], to="skill", k=3)[0]


def test_a_masked_text_is_decided_for_every_number(linker):
    held = active([decision(0, masked("Xyz hub 0812-3456-7890"), "9331")])
    (found,) = linker.with_reviewed(held).link(["Xyz hub 0857 1111 2222"], to="isco08", k=2)
    assert found.decision == "9331"


def test_what_can_be_decided_is_what_can_be_linked(linker, library):
    for target in ("isco08", "skill"):
        assert len(concepts_of(library.get(target))) == linker.size_of(target)["concepts"]
    assert "7212" in concepts_of(library.get("isco08"))
    assert "721" not in concepts_of(library.get("isco08"))


# -- the queue ---------------------------------------------------------------------------------------------


def linked(*codes: str, decision: str | None = None) -> Linked:
    return Linked(codes, tuple(0.9 - 0.1 * i for i in range(len(codes))), decision, False)


def test_the_queue_has_equal_texts_once_and_the_most_frequent_first():
    counts = {"Info": 2, "kurir": 5, "INFO ": 3, "las": 9, "": 7, "???": 1, "Admin 081234567890": 5}
    found = [linked("1111"), linked("9331"), linked("2222"), linked("7212", decision="7212")]
    found += [linked(), linked(), linked("4110")]
    rows = candidates(counts, found)
    assert [(r.text, r.count) for r in rows] == [("INFO", 5), ("kurir", 5), ("Admin [telepon]", 5)]
    assert rows[0].ranked == ("2222",)  # of the spelling that is met most
    assert all(row.key == review_key(row.text) for row in rows)
    assert [r.text for r in candidates(counts, found, decided={review_key("info")})] == [
        "kurir",
        "Admin [telepon]",
    ]
    assert candidates(counts, found, least=6) == []


@given(st.lists(st.tuples(st.sampled_from(["a b", "A  b", "c", "C!", "d"]), st.booleans()), max_size=30))
def test_the_queue_counts_every_undecided_row(rows):
    decided = {text for text, is_decided in rows if is_decided}
    counts = Counter(text for text, _ in rows)
    found = [linked("4110", decision="4110" if text in decided else None) for text in counts]
    queue = candidates(counts, found)
    assert sum(row.count for row in queue) == sum(n for text, n in counts.items() if text not in decided)
    assert len({row.key for row in queue}) == len(queue)
    assert all(a.count >= b.count for a, b in pairwise(queue))


# -- drift -------------------------------------------------------------------------------------------------

CODES = [f"{major}{rest}" for major in "123456789" for rest in ("110", "120", "211", "212", "322", "411")]
SHARES = 1 / np.arange(1, len(CODES) + 1)
SHARES /= SHARES.sum()


def source(rows: int, seed: int, *, shift: float = 0.0, decided: float = 0.8):
    """Titles with unit groups of a Zipf law; a share of them moved to a few other groups."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(CODES, rows, p=SHARES)
    codes = np.where(rng.random(rows) < shift, rng.choice(CODES[-4:], rows), codes)
    keep = rng.random(rows) < decided
    return [(f"judul {c}", str(c) if k else None) for c, k in zip(codes, keep, strict=True)]


def test_two_samples_of_one_source_give_no_alarm():
    alarms, small = 0, Counter[str]()
    for seed in range(60):
        found = drift(source(300, seed), source(260, 1000 + seed), seed=seed)
        alarms += bool(found.alarms)
        for name in ("by_decided", "by_major_group", "by_unit_group"):
            shift = getattr(found, name)
            small[name] += shift.p < 0.05
            assert 0 < shift.p <= 1
    assert alarms <= 4  # 5 of 100 at most, here far less: the size counts too
    # P(more than 8 of 60 | rate 0.05) < 0.004
    assert all(count <= 8 for count in small.values()), small


def test_a_shifted_source_gives_an_alarm():
    for seed in range(10):
        found = drift(source(400, seed), source(400, 1000 + seed, shift=0.25))
        assert any("unit groups" in alarm for alarm in found.alarms), found.by_unit_group
        assert any("major groups" in alarm for alarm in found.alarms)
        assert not any("decided" in alarm for alarm in found.alarms)
        fewer = drift(source(400, seed), source(400, 1000 + seed, decided=0.6))
        assert [alarm.split(":")[0] for alarm in fewer.alarms] == ["the share of decided rows"]


def test_a_small_shift_of_a_large_source_is_no_alarm():
    found = drift(source(20_000, 1), source(20_000, 2, shift=0.03))
    assert found.by_unit_group.p < 0.01
    assert found.alarms == ()


def test_shares_and_distance_are_those_of_the_counts():
    old = [("a", "1110")] * 150 + [("b", "2110")] * 50 + [("x", None)] * 50
    new = [("a", "1110")] * 60 + [("c", "2120")] * 60 + [("X!", None)] * 80 + [("y", None)] * 100
    found = drift(old, new)
    assert (found.rows, found.decided) == ((250, 300), (200, 120))
    assert found.decided_share == (0.8, 0.4)
    assert [(g.code, g.reference_share, g.new_share) for g in found.major_groups] == [
        ("1", 0.75, 0.5),
        ("2", 0.25, 0.5),
    ]
    assert found.by_major_group.distance == pytest.approx(0.25)
    assert found.by_unit_group.distance == pytest.approx(0.5)
    assert found.by_decided.distance == pytest.approx(0.4)
    assert [m.code for m in found.moved] == ["2120", "1110", "2110"]
    assert all(m.low < m.difference < m.high for m in found.moved)
    assert [(u.text, u.new_rows, u.reference_rows) for u in found.undecided] == [
        ("y", 100, 0),
        ("X!", 80, 50),
    ]
    assert sum(g.new_share for g in found.unit_groups) == pytest.approx(1)


def test_the_permutation_agrees_with_the_g_test_where_that_holds():
    old = [("t", "1110")] * 240 + [("t", "2110")] * 160
    new = [("t", "1110")] * 212 + [("t", "2110")] * 188
    expected = chi2_contingency([[240, 160], [212, 188]], lambda_="log-likelihood", correction=False).pvalue
    assert drift(old, new).by_unit_group.p == pytest.approx(expected, abs=0.02)


def test_the_interval_is_the_published_one():
    # Newcombe 1998, Statistics in Medicine 17:873–890, example (a): 56/70 and 48/80, method 10
    (moved,) = _moved([GroupShare("1110", 48, 56, 48 / 80, 56 / 70)], (80, 70))
    assert (round(moved.low, 4), round(moved.high, 4)) == (0.0524, 0.3339)


def test_too_few_rows_are_said_and_nothing_is_computed():
    found = drift(source(LEAST_ROWS - 1, 1), source(500, 2))
    assert "too few rows" in found.too_few
    assert "199" in found.too_few
    assert (found.by_unit_group, found.by_decided, found.alarms) == (None, None, ())
    sparse = drift(source(400, 1), source(400, 2, decided=0.1))
    assert "too few decided rows" in sparse.too_few
    assert sparse.by_unit_group is None
    assert sparse.by_decided.p < 0.01
    assert len(sparse.alarms) == 1
    nothing = drift([], [])
    assert (nothing.decided_share, nothing.rows) == (None, (0, 0))


def test_the_same_rows_and_seed_give_the_same_figures():
    assert drift(source(300, 1), source(300, 2)) == drift(source(300, 1), source(300, 2))
