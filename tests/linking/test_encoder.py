"""Trained vectors: the same model from the same seed, broken off or not; what is learned; stored files."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from padan.errors import InputError, ShapeError
from padan.linking import Encoder, Lesson
from padan.linking import encoder as module
from padan.linking.encoder import DIMENSION, ROWS
from padan.linking.features import count, fit, read, weigh


def made_up(number: int, seed: int = 8) -> list[str]:
    """Words that nobody uses, so that what is near was learned here."""
    draw = random.Random(seed)
    found: set[str] = set()
    while len(found) < number:
        found.add("".join(draw.choice("bcdfghjklmnprstvwz") + draw.choice("aeiou") for _ in range(4)))
    return sorted(found, key=lambda _: draw.random())


CONCEPTS, NAMES = 40, 3
WORDS = made_up(CONCEPTS * NAMES + 80)
#: 40 concepts of 3 names that share no word
LESSON = Lesson(WORDS[: CONCEPTS * NAMES], [i // NAMES for i in range(CONCEPTS * NAMES)])
STEPS = 3  #: one an epoch: the lesson fits into a batch


def stored(encoder: Encoder, folder: Path) -> dict[str, bytes]:
    """The files of a model."""
    encoder.save(folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def model() -> Encoder:
    return Encoder.train(LESSON, epochs=STEPS)


@pytest.fixture(scope="module")
def files(model: Encoder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return stored(model, tmp_path_factory.mktemp("model") / "encoder")


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    """A stored model of its own."""
    out = tmp_path / "encoder"
    out.mkdir()
    for name, content in files.items():
        (out / name).write_bytes(content)
    return out


# -- the same model ----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_model_byte_for_byte(files: dict[str, bytes], tmp_path: Path) -> None:
    assert stored(Encoder.train(LESSON, seed=1, epochs=STEPS), tmp_path / "again") == files


def test_another_seed_gives_another_model(files: dict[str, bytes], tmp_path: Path) -> None:
    other = stored(Encoder.train(LESSON, seed=2, epochs=STEPS), tmp_path / "other")
    assert other.keys() == files.keys()
    assert other["numbers.npy"] != files["numbers.npy"]


def test_progress_rises_to_1_and_tells_each_step() -> None:
    told: list[float] = []
    Encoder.train(LESSON, epochs=STEPS, progress=told.append)
    assert told == pytest.approx([(i + 1) / STEPS for i in range(STEPS)])


def test_less_than_one_epoch_is_one_step() -> None:
    told: list[float] = []
    Encoder.train(LESSON, epochs=0.001, progress=told.append)
    assert told == [1.0]


# -- broken off and resumed --------------------------------------------------------------------------------


class BrokenOff(Exception):
    pass


def broken_off(lesson: Lesson, checkpoint: Path, *, at: float, seed: int = 1, epochs: float = STEPS) -> None:
    """A training that ends with an exception when this share is done."""

    def stop(share: float) -> None:
        if share >= at:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        Encoder.train(lesson, seed=seed, epochs=epochs, checkpoint=checkpoint, progress=stop)


def test_a_training_broken_off_twice_ends_with_the_same_model(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "deep" / "folder" / "encoder.state"
    broken_off(LESSON, checkpoint, at=0.6)
    assert files_of(checkpoint.parent) == ["encoder.state"], "no draft stays"
    broken_off(LESSON, checkpoint, at=0.9)
    told: list[float] = []
    resumed = Encoder.train(LESSON, epochs=STEPS, checkpoint=checkpoint, progress=told.append)
    assert told == [1.0], "it went on from step 2"
    assert stored(resumed, tmp_path / "resumed") == files
    assert not checkpoint.exists(), "what is done needs no checkpoint"


def test_a_state_is_kept_after_every_tenth_and_later_steps_are_done_again(tmp_path: Path) -> None:
    checkpoint = tmp_path / "state"
    broken_off(LESSON, checkpoint, at=6 / 40, epochs=40)
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        Encoder.train(LESSON, epochs=40, checkpoint=checkpoint, progress=stop)
    assert told == [5 / 40], "step 4 of 40 was the last to be kept"
    checkpoint.unlink()  # 135 MB


@pytest.fixture(scope="module")
def checkpoint_of_the_lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("states") / "state"
    broken_off(LESSON, path, at=0.9)
    yield path
    path.unlink()  # 135 MB


@pytest.mark.parametrize(
    ("lesson", "seed", "epochs"),
    [
        (replace(LESSON, names=[*LESSON.names[:-1], "kasir"]), 1, STEPS),
        (replace(LESSON, concepts=[*LESSON.concepts[:-1], 0]), 1, STEPS),
        (replace(LESSON, group=[0] * CONCEPTS), 1, STEPS),
        (LESSON, 2, STEPS),
        (LESSON, 1, STEPS + 1),
    ],
    ids=["names", "concepts", "groups", "seed", "epochs"],
)
def test_a_checkpoint_of_another_training_is_ignored(
    checkpoint_of_the_lesson: Path, tmp_path: Path, lesson: Lesson, seed: int, epochs: int
) -> None:
    checkpoint = tmp_path / "state"
    shutil.copy(checkpoint_of_the_lesson, checkpoint)
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        Encoder.train(lesson, seed=seed, epochs=epochs, checkpoint=checkpoint, progress=stop)
    assert told == pytest.approx([1 / epochs]), "it began anew"
    checkpoint.unlink()


def test_a_training_beside_the_checkpoint_of_another_gives_its_own_model(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "state"
    broken_off(replace(LESSON, names=WORDS[-len(LESSON.names) :]), checkpoint, at=0.9)
    found = Encoder.train(LESSON, epochs=STEPS, checkpoint=checkpoint)
    assert stored(found, tmp_path / "own") == files


def halved(path: Path) -> None:
    np.savez(path.with_suffix(".npz"), vectors=np.ones((50, 4)), squares=np.ones(50), step=1, mark="x")
    whole = path.with_suffix(".npz").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def one_array(path: Path) -> None:
    with path.open("wb") as handle:
        np.save(handle, np.ones(3))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a checkpoint at all"),
        lambda path: path.write_bytes(b"PK\x03\x04"),
        halved,
        one_array,
    ],
    ids=["empty", "text", "beginning", "half", "one array"],
)
def test_a_damaged_checkpoint_is_written_over(
    damage: Callable[[Path], None], files: dict[str, bytes], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "state"
    damage(checkpoint)
    found = Encoder.train(LESSON, epochs=STEPS, checkpoint=checkpoint)
    assert stored(found, tmp_path / "own") == files
    assert not checkpoint.exists()


def test_a_checkpoint_whose_content_was_changed_is_written_over(
    checkpoint_of_the_lesson: Path, files: dict[str, bytes], tmp_path: Path
) -> None:
    """The last array is damaged, those before it can be read: none of it may be taken over."""
    checkpoint = tmp_path / "state"
    shutil.copy(checkpoint_of_the_lesson, checkpoint)
    content = bytearray(checkpoint.read_bytes())
    with np.load(checkpoint_of_the_lesson) as kept:
        step = np.int64(kept["step"]).tobytes()
    place = content.rindex(step, 0, content.rindex(b"mark.npy", 0, content.rindex(b"PK\x01\x02")))
    content[place] ^= 0xFF
    checkpoint.write_bytes(content)
    found = Encoder.train(LESSON, epochs=STEPS, checkpoint=checkpoint)
    assert stored(found, tmp_path / "own") == files


@pytest.mark.parametrize("place", ["file/state", "folder"], ids=["below a file", "a folder in its place"])
def test_a_checkpoint_that_cannot_be_written_is_no_error(
    place: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder").mkdir()
    found = Encoder.train(LESSON, epochs=STEPS, checkpoint=tmp_path / place)
    assert stored(found, tmp_path / "own") == files
    assert files_of(tmp_path) == ["file", "folder", "own"], "no draft stays"


# -- stored files ------------------------------------------------------------------------------------------

ASKED = [*LESSON.names[:20], f"{WORDS[0]} {WORDS[7]}", "kasir toko", "", "🎉", WORDS[3][:5]]


def test_a_model_read_back_gives_equal_vectors(model: Encoder, folder: Path) -> None:
    np.testing.assert_allclose(Encoder.load(folder).encode(ASKED), model.encode(ASKED), atol=2e-4)


def test_a_model_read_back_and_stored_again_is_the_same_files(
    files: dict[str, bytes], folder: Path, tmp_path: Path
) -> None:
    read_back = Encoder.load(folder)
    assert stored(read_back, tmp_path / "again") == files
    before = read_back.encode(ASKED)
    assert stored(read_back, folder) == files, "over the files that it reads from"
    np.testing.assert_array_equal(read_back.encode(ASKED), before)


def test_storing_replaces_what_stood_there_and_leaves_no_draft(model: Encoder, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "encoder"
    target.mkdir(parents=True)
    (target / "old").write_text("old")
    model.save(target)
    model.save(target)
    assert files_of(target.parent) == ["encoder"]
    assert files_of(target) == ["numbers.npy", "weights.npz"]


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


def array(values: npt.NDArray[np.generic]) -> Callable[[Path], None]:
    return lambda folder: np.save(folder / "numbers.npy", values)


def only_the_scale(folder: Path) -> None:
    with np.load(folder / "weights.npz") as kept:
        np.savez(folder / "weights.npz", scale=kept["scale"])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "no folder": lambda folder: shutil.rmtree(folder),
    "no vectors": lambda folder: (folder / "numbers.npy").unlink(),
    "no weights": lambda folder: (folder / "weights.npz").unlink(),
    "empty vectors": changed("numbers.npy", lambda b: b""),
    "half of the vectors": changed("numbers.npy", lambda b: b[: len(b) // 2]),
    "vectors without their end": changed("numbers.npy", lambda b: b[:-1]),
    "a header only": changed("numbers.npy", lambda b: b[:60]),
    "text for vectors": changed("numbers.npy", lambda b: b"hello"),
    "vectors of another length": array(np.zeros((3, 64), np.int8)),
    "too few vectors": array(np.zeros((3, DIMENSION), np.int8)),
    "vectors of another type": array(np.zeros((3, DIMENSION), np.float32)),
    "empty weights": changed("weights.npz", lambda b: b""),
    "half of the weights": changed("weights.npz", lambda b: b[: len(b) // 2]),
    "weights without their end": changed("weights.npz", lambda b: b[:-1]),
    "a changed byte": changed("weights.npz", lambda b: b[: len(b) // 2] + b"\xff\x00" + b[len(b) // 2 + 2 :]),
    "text for weights": changed("weights.npz", lambda b: b"hello"),
    "weights that lack a part": only_the_scale,
    "one array for weights": lambda folder: (
        shutil.copy(folder / "numbers.npy", folder / "weights.npz") and None
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_folder_says_how_to_build_it_anew(name: str, folder: Path) -> None:
    DAMAGE[name](folder)
    with pytest.raises(InputError, match="the encoder encoder cannot be read") as caught:
        Encoder.load(folder)
    assert caught.value.hint == "padan taxonomy build"


def test_a_stored_model_holds_no_more_rows_than_it_may(
    model: Encoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "KEPT", 50)
    small = Encoder.train(LESSON, epochs=STEPS)
    small.save(tmp_path / "small")
    assert np.load(tmp_path / "small" / "numbers.npy").shape == (50, DIMENSION)
    # what is kept is the same as without the bound: the rest says nothing
    columns = np.flatnonzero(small._place >= 0)
    np.testing.assert_array_equal(small._numbers, model._numbers[model._place[columns]])
    np.testing.assert_array_equal(Encoder.load(tmp_path / "small").encode(["🎉", ""]), 0)


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_rows_that_are_kept_are_those_that_say_most(bound: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = np.zeros((ROWS, 3), np.float32)
    used = np.sort(draw.choice(ROWS, 8, replace=False))
    vectors[used] = draw.normal(size=(8, 3))
    seen = np.zeros(ROWS, np.int64)
    seen[used] = draw.integers(1, 9, 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "KEPT", bound)
        numbers, scale, place = module._quantised(vectors, seen)
    worth = np.linalg.norm(vectors[used], axis=1) * np.sqrt(seen[used])
    wanted = sorted(used[np.argsort(-worth)[:bound]].tolist())
    assert np.flatnonzero(place >= 0).tolist() == wanted
    back = numbers[place[wanted]] * scale[place[wanted], None]
    np.testing.assert_allclose(back, vectors[wanted], atol=np.abs(vectors).max() / 254 + 1e-6)


# -- vectors of texts --------------------------------------------------------------------------------------


def test_a_text_of_which_nothing_is_known_is_zeros(model: Encoder) -> None:
    found = model.encode(["", " ", "🎉", "---", "日本", "ꦠꦸꦏꦁ", "\x00"])
    assert found.shape == (7, DIMENSION)
    assert not found.any()


@given(st.lists(st.sampled_from(WORDS) | st.text(st.characters(), max_size=30), max_size=6))
def test_rows_have_unit_length_or_none(model: Encoder, texts: list[str]) -> None:
    found = model.encode(texts)
    assert (found.shape, found.dtype) == ((len(texts), DIMENSION), np.float32)
    lengths = np.linalg.norm(found, axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()


def test_a_vector_is_the_weighted_sum_of_those_of_its_features(model: Encoder) -> None:
    weights = model._weights
    for text in ASKED:
        expected = np.zeros(DIMENSION)
        for rows in weigh(count(read([text])), weights):
            for column, value in zip(rows.columns % ROWS, rows.values, strict=True):
                if (at := model._place[column]) >= 0:
                    expected += float(value) * float(model._scale[at]) * model._numbers[at].astype(float)
        expected /= np.linalg.norm(expected) or 1.0
        np.testing.assert_allclose(model.encode([text])[0], expected, atol=1e-5)


def test_a_text_has_the_same_bits_alone_in_a_batch_and_in_threads(model: Encoder) -> None:
    texts = [f"{a} {b}" for a, b in zip(WORDS, [*WORDS[1:], "x"], strict=True)]
    together = model.encode(texts)
    for position in (0, 50, len(texts) - 1):
        assert model.encode([texts[position]])[0].tobytes() == together[position].tobytes()
    assert model.encode(texts, words=read(texts)).tobytes() == together.tobytes()
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: model.encode(texts).tobytes(), range(8)):
            assert found == together.tobytes()


# -- what is learned ---------------------------------------------------------------------------------------


def cosines(encoder: Encoder, one: Sequence[str], other: Sequence[str]) -> npt.NDArray[np.float32]:
    return encoder.encode(one) @ encoder.encode(other).T


def test_names_of_one_concept_come_near_without_a_shared_word(model: Encoder) -> None:
    learned = Encoder.train(LESSON, epochs=40)
    concepts = np.array(LESSON.concepts)
    partners = (concepts[:, None] == concepts) & ~np.eye(len(concepts), dtype=bool)
    strangers = concepts[:, None] != concepts
    before, after = (cosines(encoder, LESSON.names, LESSON.names) for encoder in (model, learned))
    gaps = [cosine[partners].mean() - cosine[strangers].mean() for cosine in (before, after)]
    assert gaps[1] > max(gaps[0], 0.6)
    # the nearest other name is a partner
    np.fill_diagonal(after, -1)
    nearest = concepts[after.argmax(axis=1)]
    assert (nearest == concepts).mean() > 0.95


def test_a_sentence_comes_near_the_name_of_the_concept_that_it_describes() -> None:
    names, said = WORDS[:40], WORDS[40:80]
    lesson = Lesson(names, range(40), [f"{word} yang lama sekali" for word in said], range(40))
    found = cosines(Encoder.train(lesson, epochs=60), names, said)
    assert np.diag(found).mean() > found[~np.eye(40, dtype=bool)].mean() + 0.3
    assert (found.argmax(axis=1) == np.arange(40)).mean() > 0.8


def test_concepts_of_one_unit_group_in_two_schemes_come_near() -> None:
    names = WORDS[:80]
    lesson = Lesson(names, range(80), group=[i // 2 for i in range(80)], scheme=[i % 2 for i in range(80)])
    kin = np.arange(0, 80, 2), np.arange(1, 80, 2)
    strangers = np.arange(0, 78, 2), np.arange(3, 80, 2)
    found = cosines(Encoder.train(lesson, epochs=40), names, names)
    assert found[kin].mean() > found[strangers].mean() + 0.4


def loss(
    vectors: npt.NDArray[np.float64],
    one: npt.NDArray[np.float64],
    other: npt.NDArray[np.float64],
    kin: npt.NDArray[np.bool_],
) -> float:
    """Cross entropy of finding each partner among those of the batch and back, without the kin."""
    left, right = one @ vectors, other @ vectors
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    likely = np.exp(left @ right.T / 0.06)
    likely[kin] = 0
    own = np.diag(likely)
    return float(-np.log(own / likely.sum(axis=1)).mean() - np.log(own / likely.sum(axis=0)).mean()) / 2


def test_one_step_goes_down_the_slope_of_the_loss() -> None:
    """The slope that a step took, told from its trace, against differences of the loss."""
    names = [f"{WORDS[i]} {WORDS[i + 1]}" for i in range(12)]
    counts = count(read(names))
    rows = module._joined(weigh(counts, fit(counts)))
    columns = np.unique(rows.columns)
    bag = np.zeros((len(names), len(columns)))
    owner = np.repeat(np.arange(len(names)), np.diff(rows.indptr))
    np.add.at(bag, (owner, np.searchsorted(columns, rows.columns)), rows.values)
    anchor, partner = np.array([0, 2, 4, 6, 2]), np.array([1, 3, 5, 7, 8])
    kin = np.zeros((5, 5), bool)
    kin[1, 4] = kin[4, 1] = kin[0, 2] = kin[2, 0] = True

    state = module._State.begin(rows.columns, 3)
    before, squares = state.vectors[columns].astype(float), state.squares[columns].astype(float)
    state.learn(rows, anchor, partner, kin)
    after = state.vectors[columns].astype(float)
    slope = (before - after) * np.sqrt(state.squares[columns])[:, None] / 0.1
    np.testing.assert_allclose(
        state.squares[columns], squares + (slope**2).mean(axis=1), rtol=1e-2, atol=1e-9
    )

    draw = np.random.default_rng(0)
    for _ in range(8):
        way = draw.normal(size=before.shape)
        ahead, behind = (loss(before + s * 1e-4 * way, bag[anchor], bag[partner], kin) for s in (1, -1))
        assert (slope * way).sum() == pytest.approx((ahead - behind) / 2e-4, rel=1e-2, abs=1e-3)
    assert loss(after, bag[anchor], bag[partner], kin) < loss(before, bag[anchor], bag[partner], kin)
    untouched = np.setdiff1d(rows.columns[owner >= 9], rows.columns[owner < 9])
    np.testing.assert_array_equal(state.squares[untouched], np.float32(1e-6))


# -- pairs of a step ---------------------------------------------------------------------------------------


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    """Any lesson, with or without sentences, groups and schemes."""
    concepts = draw(st.lists(st.integers(0, 9), min_size=2, max_size=30))
    size = max(concepts) + 1
    about = draw(st.lists(st.integers(0, size - 1), max_size=10))
    numbers = st.lists(st.integers(-1, 3), min_size=size, max_size=size)
    return Lesson(
        [f"n{i}" for i in range(len(concepts))],
        concepts,
        [f"s{i}" for i in range(len(about))],
        about,
        draw(numbers | st.just([])),
        draw(numbers | st.just([])),
    )


def group_of(lesson: Lesson, concept: int) -> int:
    return lesson.group[concept] if len(lesson.group) else -1


def scheme_of(lesson: Lesson, concept: int) -> int:
    return lesson.scheme[concept] if len(lesson.scheme) else 0


@given(lessons())
def test_kin_are_the_names_of_a_concept_and_its_unit_group_in_other_schemes(lesson: Lesson) -> None:
    of = lesson.concepts
    found = module._Pairs(lesson, 1).kin(np.array(of))
    for i, one in enumerate(of):
        for j, other in enumerate(of):
            together = group_of(lesson, one) == group_of(lesson, other) >= 0
            across = scheme_of(lesson, one) != scheme_of(lesson, other)
            assert found[i, j] == (i != j and (one == other or (together and across)))


@given(lessons(), st.integers(1, 8), st.integers(0, 40))
def test_partners_are_names_or_sentences_of_the_concept_or_names_of_its_unit_group(
    lesson: Lesson, size: int, step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BATCH", size)
        anchor, partner, of = module._Pairs(lesson, 1).batch(step)
    assert len(anchor) == len(partner) == len(of) == min(size, len(lesson.names))
    assert len(set(anchor.tolist())) == len(anchor), "no name twice in a batch"
    for a, p, concept in zip(anchor.tolist(), partner.tolist(), of.tolist(), strict=True):
        assert lesson.concepts[a] == concept
        if p >= len(lesson.names):
            assert lesson.about[p - len(lesson.names)] == concept
        else:
            other = lesson.concepts[p]
            assert other == concept or group_of(lesson, other) == group_of(lesson, concept) >= 0


@settings(max_examples=20)
@given(lessons(), st.integers(1, 8))
def test_what_is_drawn_depends_on_the_seed_and_the_step_alone(lesson: Lesson, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BATCH", size)
        one, backwards = module._Pairs(lesson, 1), module._Pairs(lesson, 1)
        straight = [one.batch(step) for step in range(12)]
        turned = [backwards.batch(step) for step in reversed(range(12))]
    for found, again in zip(straight, reversed(turned), strict=True):
        for part, other in zip(found, again, strict=True):
            np.testing.assert_array_equal(part, other)


def test_neighbours_and_sentences_are_drawn_as_often_as_they_should(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BATCH", 10)
    size = 400
    lesson = Lesson(
        [f"n{i}" for i in range(size)], range(size), ["s"] * size, range(size), [i // 10 for i in range(size)]
    )
    pairs = module._Pairs(lesson, 1)
    drawn = [pairs.batch(step) for step in range(400)]
    near = [len({lesson.group[c] for c in of}) == 1 for _, _, of in drawn]
    assert np.mean(near) == pytest.approx(module._NEAR, abs=0.08)
    partners = np.concatenate([p for _, p, _ in drawn])
    assert np.mean(partners >= size) == pytest.approx(module._SENTENCES, abs=0.03)


# -- lessons -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lesson",
    [
        replace(LESSON, group=[-1] * CONCEPTS, scheme=[0] * CONCEPTS),
        replace(LESSON, group=[0] * CONCEPTS),
        replace(LESSON, sentences=["", "🎉"], about=[0, 39]),
        Lesson(["kasir", "cashier"], [0, 0]),
        Lesson(["kasir", "sopir"], [5, 2]),
        Lesson(["", "🎉", "★"], [0, 1, 1]),
    ],
    ids=["no group", "one group", "empty sentences", "one concept", "numbers left out", "no words"],
)
def test_any_lesson_of_two_names_can_be_learned(lesson: Lesson, tmp_path: Path) -> None:
    found = Encoder.train(lesson, epochs=1)
    found.save(tmp_path / "encoder")
    vectors = Encoder.load(tmp_path / "encoder").encode(lesson.names)
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths == pytest.approx([1.0 if read([n]).word.size else 0.0 for n in lesson.names], abs=1e-5)


@pytest.mark.parametrize(
    ("lesson", "message", "field"),
    [
        (Lesson(["a", "b"], [0]), "2 names, 1 concepts", "concepts"),
        (Lesson([], [0]), "0 names, 1 concepts", "concepts"),
        (Lesson(["a", "b"], [0, 1], ["c"], []), "1 sentences, 0 concepts", "about"),
        (Lesson(["a", "b"], [0, 1], [], [0]), "0 sentences, 1 concepts", "about"),
    ],
)
def test_unequal_lengths_are_named(lesson: Lesson, message: str, field: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        Encoder.train(lesson)
    assert caught.value.field == field


@pytest.mark.parametrize("lesson", [Lesson([], []), Lesson(["kasir"], [0])], ids=["none", "one"])
def test_fewer_than_two_names_say_how_to_add_more(lesson: Lesson) -> None:
    with pytest.raises(InputError, match="two names at least") as caught:
        Encoder.train(lesson)
    assert "padan taxonomy add" in str(caught.value.hint)


DIGESTED = [
    Lesson(["a", "b"], [0, 1]),
    Lesson(["a", "c"], [0, 1]),
    Lesson(["b", "a"], [0, 1]),
    Lesson(["a\nb"], [0]),
    Lesson(["a", "b"], [0, 0]),
    Lesson(["a", "b"], [0, 1], ["s"], [0]),
    Lesson(["a", "b"], [0, 1], ["s"], [1]),
    Lesson(["a", "bs"], [0, 1], [], [], [0]),
    Lesson(["a", "b"], [0, 1], group=[0, 1]),
    Lesson(["a", "b"], [0, 1], scheme=[0, 1]),
    Lesson(["a", "b"], [0, 1], group=[0, 1], scheme=[0, 1]),
    Lesson(["a", "b"], [0, 1], group=[0], scheme=[1, 0, 1]),
]


def test_lessons_that_differ_have_different_digests() -> None:
    found = [lesson.digest() for lesson in DIGESTED]
    for i, j in pairwise(range(len(found))):
        assert found[i] != found[j], (DIGESTED[i], DIGESTED[j])
    assert len(set(found)) == len(found)


def test_a_digest_does_not_depend_on_how_the_numbers_are_kept() -> None:
    one = Lesson(("a", "b"), np.array([0, 1], np.int32), group=np.array([3, -1]))
    assert one.digest() == Lesson(["a", "b"], [0, 1], group=[3, -1]).digest()
