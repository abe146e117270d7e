"""The Markov model of language on texts whose answer is known: random words, clusters, a text in a secret language."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from tolerances import FLOAT64

from theory import command
from theory.languages.markov import Chain, chain, hitting, imbalance, stationary
from theory.languages.recurrence import ages, recurrences, topicality, transitions
from theory.languages.semantics import entropy_rate, fingerprint, similarity
from theory.languages.text import Pattern, analysed
from theory.languages.translation import topics, translate
from trainer.errors import UserError

random = np.random.default_rng(16)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pattern(start: list[int] | np.ndarray) -> Pattern:
    start = np.unique(np.asarray(start, dtype=np.int64))
    return Pattern("word", start, start + 1, 1)


def book() -> str:
    """30 words of six letters, each of them more frequent in chapters of its own, among words of three."""
    names = ["".join(LETTERS[k] for k in random.integers(26, size=6)) for _ in range(30)]
    chapters = []
    for number in range(12):
        rate = 0.02 * random.exponential(size=30) ** 2
        rate *= 0.6 / rate.sum()
        words = random.choice([*names, "the"], size=2000, p=[*rate, 1 - rate.sum()])
        chapters.append(f"\n\nChapter {number + 1}\n\n{' '.join(words)}")
    return "".join(chapters) + "\n"


def test_words_have_their_places_and_their_forms_are_one():
    text = analysed("Marriage, marriages; a\nmarriage! 7 Margins people's people", fewest=2)
    assert [p.name for p in text.patterns] == ["marriage", "people"]
    np.testing.assert_array_equal(text.patterns[0].start, [0, 10, 23])
    np.testing.assert_array_equal(text.patterns[0].end, [8, 19, 31])
    assert text.patterns[0].longest == 9


def test_the_text_of_a_gutenberg_file_is_what_stands_between_its_marks():
    inner = "\n\nI LUKU.\n\nword word\n\n2\n\nword\n"
    text = analysed(f"licence word\n*** START OF THIS BOOK ***{inner}*** END OF THIS BOOK ***word", fewest=1)
    assert text.patterns[0].count == 3
    np.testing.assert_array_equal(text.counts()[0], [0, 2, 1])


def test_waits_are_between_neighbours():
    i, j = pattern([0, 10, 50]), pattern([12, 15, 60])
    np.testing.assert_array_equal(recurrences(i), [9, 39])
    np.testing.assert_array_equal(transitions(i, j), [1, 9])  # 0 -> 12 has 10 between; 10 -> 12, 50 -> 60
    np.testing.assert_array_equal(transitions(j, i), [34])  # 15 -> 50; 12 -> 50 has 15 between
    np.testing.assert_array_equal(ages(i, j), [1, 4, 9])  # 10 -> 12, 10 -> 15, 50 -> 60


def test_words_at_random_are_banal_clusters_topical_and_clocks_regular():
    kinds = [topicality(random.exponential(1000, 60)).kind for _ in range(400)]
    assert kinds.count("banal") > 0.92 * 400  # 95 % of a normal variable
    deltas = [topicality(random.exponential(1000, 60)).delta for _ in range(4000)]
    assert np.mean(deltas) == pytest.approx(0.0, abs=4 * np.std(deltas) / 4000**0.5)
    assert np.std(deltas) == pytest.approx(topicality(random.exponential(1, 60)).error, rel=0.05)
    assert topicality(random.exponential(1000, 200) ** 2).kind == "topical"
    assert topicality(1000 + random.random(200)).kind == "regular"


def test_independent_words_are_a_chain_of_their_frequencies():
    """n_ij e^(-<log L_ij>) is n_i lambda_j e^gamma for Poisson processes of rates lambda."""
    rates = np.array([1.0, 2.0, 3.0, 4.0])
    patterns = [pattern(random.integers(10**9, size=int(4000 * r))) for r in rates]
    found = chain(patterns, 10**9)
    for row in found.P:
        np.testing.assert_allclose(row, rates / rates.sum(), rtol=0.1)  # 4000 waits: 2 %
    np.testing.assert_allclose(stationary(found.P), rates / rates.sum(), rtol=0.05)
    assert imbalance(found.P, 1) < 0.02
    assert np.sort(np.abs(np.linalg.eigvals(found.P)))[-2] < 0.05


def test_logarithms_of_waits_for_a_random_word():
    m, w = hitting(random.exponential(1.0, 10**6))
    assert m == pytest.approx(-np.euler_gamma, abs=5e-3)
    assert w == pytest.approx(np.pi**2 / 6, abs=2e-2)


def test_words_that_follow_one_another_are_one_field():
    places = random.integers(10**7, size=300)
    near = places + random.choice([-1, 1], 300) * random.integers(5, 30, size=300)
    found = chain([pattern(places), pattern(near), pattern(random.integers(10**7, size=300))], 10**7)
    assert found.affinity[0, 1] > 0.999
    assert 1 in found.fields()[0]


def test_words_that_know_nothing_of_one_another_have_uniform_affinities():
    """So 2.5 % of the pairs of independent words, (1 - Phi(1))^2, are in one field."""
    patterns = [pattern(random.integers(10**7, size=200)) for _ in range(30)]
    a = chain(patterns, 10**7).affinity[~np.eye(30, dtype=bool)]
    assert np.mean(a > 0.8413) == pytest.approx(0.1587, abs=0.05)  # of 870, in rows that share an i
    assert np.mean(a < 0.5) == pytest.approx(0.5, abs=0.1)


def test_balance_of_a_reversible_chain_and_of_a_wheel():
    S = random.random((5, 5))
    S = S + S.T
    assert imbalance(S / S.sum(1, keepdims=True), 1) == pytest.approx(0.0, abs=FLOAT64)
    assert imbalance(np.roll(np.eye(3), 1, axis=1), 1) == pytest.approx(1.0, abs=FLOAT64)
    assert imbalance(np.roll(np.eye(3), 1, axis=1), 3) == pytest.approx(0.0, abs=FLOAT64)


def test_fingerprints_of_small_chains():
    P = np.full((2, 2), 0.5)
    assert entropy_rate(P) == pytest.approx(np.log(2), rel=FLOAT64)
    np.testing.assert_allclose(fingerprint(Chain(P, np.zeros((2, 2))), [0, 1], 0), [0.5, 0.0], atol=FLOAT64)
    assert entropy_rate(np.roll(np.eye(3), 1, axis=1)) == 0.0


def test_similarity_is_one_for_the_same_and_a_share_of_what_both_have():
    assert similarity(np.array([1.0, 0.5]), np.array([1.0, 0.5])) == 1.0
    assert similarity(np.array([1.0]), np.array([1.0, 1.0])) == 0.5
    assert similarity(np.array([]), np.array([])) == 0.0


def test_a_secret_language_is_read():
    """The same book with every letter exchanged for another: the chain is the same, and so is every word's meaning."""
    english = book()
    key = dict(zip(LETTERS, random.permutation(list(LETTERS)), strict=True))
    head, *chapters = english.split("Chapter")
    secret = head + "".join("Chapter" + c.translate(str.maketrans(key)) for c in chapters)
    one, other = analysed(english), analysed(secret)
    a, b = topics(one), topics(other)
    names = ["".join(key[c] for c in p.name) for p in a.patterns]
    order = [[q.name for q in b.patterns].index(name) for name in names]
    np.testing.assert_allclose(a.chain.P, b.chain.P[np.ix_(order, order)], rtol=FLOAT64)
    for u, k in zip(a.fingerprints, order, strict=True):
        assert similarity(u, b.fingerprints[k]) == pytest.approx(1.0, abs=1e-9)
    found = translate(one, other)
    assert len(found) == len(names) > 10
    assert all("".join(key[c] for c in match.first) == match.second for match in found)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)

    def henrici(*words: str) -> int:
        return command.run(parser.parse_args([str(tmp_path / w) if w.endswith(("txt", "csv")) else w for w in words]))

    (tmp_path / "book.txt").write_text(book())
    (tmp_path / "short.txt").write_text("A short text.")
    (tmp_path / "plain.txt").write_text(book().replace("Chapter", "In the chapter with the number"))
    assert henrici("topics", "book.txt") == 0
    assert "12 chapters, 30 word patterns" in capsys.readouterr().out
    assert henrici("translate", "book.txt", "book.txt", "-o", "dictionary.csv") == 0
    said = capsys.readouterr().out
    lines = (tmp_path / "dictionary.csv").read_text().splitlines()
    assert said.endswith(f"{len(lines) - 1} pairs\n")
    assert all(line.split(",")[0] == line.split(",")[1] for line in lines[1:])
    for files, words in ((("short.txt",), "two words or more"), (("none.txt",), "no such file")):
        with pytest.raises(UserError, match=words):
            henrici("topics", *files)
    with pytest.raises(UserError, match="got 12 and 0 headings"):
        henrici("translate", "book.txt", "plain.txt")
