"""The classes of natures."""

import itertools
import json
import unicodedata

import pytest

from connectors.natures import NATURES, class_of
from tests.connectors.builders import XSD, needed

KNOWN = [(nature, name) for name, natures in NATURES.items() for nature in natures]


def test_there_are_87_natures() -> None:
    """Each nature that BODACC has used stands in the table once."""
    assert len({nature for nature, _ in KNOWN}) == len(KNOWN) == 87


def test_the_table_is_the_shared_one() -> None:
    """The table says of each nature what the domain's own list proposes."""
    shared = json.loads(needed(XSD.parents[1] / "domain" / "bodacc_natures.json").read_text())
    assert dict(KNOWN) == {row["nature"]: row["proposed_class"] for row in shared["natures"]}


@pytest.mark.parametrize(("nature", "name"), KNOWN)
def test_spelling_does_not_matter(nature: str, name: str) -> None:
    """A nature is recognised with other apostrophes, spaces, case and form of accents."""
    for form, apostrophe, space in itertools.product(("NFC", "NFD"), "'’", (" ", "  ", "\u00a0")):
        spelled = unicodedata.normalize(form, nature.replace("'", apostrophe).replace(" ", space))
        assert class_of(f" {spelled.upper()} ") == name


@pytest.mark.parametrize("nature", ["", "Jugement", "Jugement d'ouverture", "Jugement d'ouverture de", "\ud800"])
def test_the_unknown_has_no_class(nature: str) -> None:
    """What is not one of the natures has no class, however near it is."""
    assert class_of(nature) is None
