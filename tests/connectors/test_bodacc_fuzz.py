"""Nothing but events and refusals comes out of any bytes, and what comes out can travel and be printed."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.connectors.builders import a_citation, a_record, an_annonce, an_archive, lines_of, outcomes
from tests.connectors.damage import look_at, mutated

ARCHIVE = an_archive(
    an_annonce(kind="rectificatif", citation=a_citation()), head="<?xml version='1.0' encoding='WINDOWS-1252'?>"
)
RECORD = lines_of(a_record())
MARKUP = ["<", ">", "&amp;", "&x;", "<!DOCTYPE x>", "<annonce>", "</annonce>", "<![CDATA[", "-->", "\x00", "\xff"]
JSON = ['"', "\\", "\\ud800", "{", "[", "null", "1e999", "\n", "NaN"]
PIECES = st.binary(max_size=6) | st.sampled_from([piece.encode("latin-1") for piece in (*MARKUP, *JSON)])
CUTS = st.tuples(st.integers(0, len(ARCHIVE)), st.integers(0, 20), PIECES)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)


def check(content: bytes) -> None:
    """Each outcome is a line for a person, or an event that the codec takes."""
    for outcome in outcomes(content):
        look_at(outcome)


@given(st.binary(max_size=300), st.sampled_from([b"", b"<", b"{", b"[", b"\xff\xfe<\x00", b"<?xml "]))
def test_any_bytes(content: bytes, head: bytes) -> None:
    """Bytes of any kind are events or refusals."""
    check(head + content)


@settings(max_examples=300)
@given(st.lists(CUTS, min_size=1, max_size=4))
def test_any_damage_to_an_archive(cuts: list[tuple[int, int, bytes]]) -> None:
    """An archive damaged anywhere is events or refusals."""
    check(mutated(ARCHIVE, cuts))


@settings(max_examples=300)
@given(st.lists(CUTS, min_size=1, max_size=4))
def test_any_damage_to_a_record(cuts: list[tuple[int, int, bytes]]) -> None:
    """A line damaged anywhere is events or refusals."""
    check(mutated(RECORD, cuts))


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted(a_record())), VALUES, min_size=1, max_size=4), st.booleans())
@example({"listepersonnes": [[{}]]}, True)  # noqa: FBT003  # hypothesis wants all of them by position
def test_any_value_in_any_field(changes: dict[str, Any], nested: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    """A record with any values, as they are or as JSON in a string, is events or refusals."""
    check(lines_of(a_record(**{name: json.dumps(value) if nested else value for name, value in changes.items()})))


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["personne", "type", "nature", "date", "numeroParution", "nom"]), VALUES))
def test_any_object_inside_a_record(inside: dict[str, Any]) -> None:
    """Whatever stands inside the objects of a record, it is events or refusals."""
    fields = ("listepersonnes", "jugement", "parutionavisprecedent")
    for name in fields:
        told = json.loads(a_record()[name] or "{}") | inside
        check(lines_of(a_record(**{name: json.dumps(told)}, typeavis="rectificatif")))
