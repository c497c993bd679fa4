"""Every class of judgment nature has a meaning, and words of its own in both languages."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from streams.commitments import natures, words_en, words_fr
from streams.commitments.natures import MEANINGS, Meaning

DOMAIN = Path(__file__).parents[3] / "shared" / "domain" / "bodacc_natures.json"
CLASSES = sorted(MEANINGS)
TABLES = {"fr": words_fr, "en": words_en}


def test_every_class_that_connectors_give_has_a_meaning() -> None:
    """The table of the 87 natures names no class that the rules do not know."""
    if not DOMAIN.exists():
        pytest.skip(f"the domain's table of natures is not at {DOMAIN}")
    natures_known = json.loads(DOMAIN.read_text())["natures"]
    assert {row["proposed_class"] for row in natures_known} == set(MEANINGS)


@pytest.mark.parametrize("language", TABLES)
def test_every_class_has_words_of_its_own(language: str) -> None:
    """No class is without words, and no two classes share a heading or a meaning."""
    words = TABLES[language].NATURES
    assert set(words) == set(MEANINGS)
    assert len({w.heading for w in words.values()}) == len(words)
    assert len({w.meaning for w in words.values()}) == len(words)


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("nature_class", CLASSES)
def test_only_openings_and_extensions_ask_to_declare(language: str, nature_class: str) -> None:
    """No other class has a word that asks for a declaration; those leave the action to the date."""
    words = TABLES[language].NATURES[nature_class]
    said = f"{words.heading} {words.meaning} {words.action}".casefold()
    assert "déclarez" not in said
    assert "declare your" not in said
    assert (words.action == "") is natures.opens_a_declaration(nature_class)


@pytest.mark.parametrize("nature_class", ["RETRACTION", "APPEAL_REVERSED"])
def test_what_is_undone_never_says_that_cover_is_restored(nature_class: str) -> None:
    """A retraction or a reversal leaves the cover to the underwriter, in both languages."""
    for words in (words_fr.NATURES[nature_class], words_en.NATURES[nature_class]):
        said = f"{words.heading} {words.meaning} {words.action}".casefold()
        assert not any(stem in said for stem in ("rétabl", "restor", "reinstat", "couvert", "de nouveau", "again"))
    assert MEANINGS[nature_class] is Meaning.UNDONE
    assert nature_class not in natures.INSOLVENCY


def test_neither_a_sanction_nor_a_deposit_nor_a_conciliation_is_an_insolvency() -> None:
    """What a policy says of insolvency judgments is never printed beside these."""
    assert natures.INSOLVENCY.isdisjoint({"PERSON_SANCTION", "DEPOSIT_NOTICE", "CONCILIATION_AGREEMENT", "CLOSURE"})


def test_the_crisis_exit_opens_no_declaration() -> None:
    """In a traitement de sortie de crise the debtor lists the claims (loi 2021-689, art. 13): nobody declares."""
    assert not natures.opens_a_declaration("OPENING_OTHER")


def test_both_languages_have_the_same_phrases() -> None:
    """A sentence filled in with a value in one language is filled in with it in the other."""
    for field in fields(words_fr.PHRASES):
        french, english = getattr(words_fr.PHRASES, field.name), getattr(words_en.PHRASES, field.name)
        if isinstance(french, dict):
            assert french.keys() == english.keys()
        else:
            assert _slots(french) == _slots(english), field.name


def _slots(sentence: str) -> set[str]:
    return {part.split("}")[0] for part in sentence.split("{")[1:]}
