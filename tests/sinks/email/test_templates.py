"""Which template a message was made with can be told for ever."""

import hashlib
import re
import tomllib
from pathlib import Path

from schemas.catalog import TOPICS
from sinks.email import render

TEMPLATES = Path(render.__file__).parent / "templates"
VERSIONS = TEMPLATES / "versions.toml"
BUILT_ON = re.compile(r'{% extends "(\w+)/')


def test_a_changed_template_has_a_new_version() -> None:
    """The words of a version never change: whoever changes a template, or what it is built on, raises its number."""
    locked = tomllib.loads(VERSIONS.read_text("utf-8"))
    stale = {name: digest(name) for name, one in locked.items() if digest(name) != one["sha256"]}
    advice = "\n".join(
        f'[{name}]: version = {locked[name]["version"] + 1}, sha256 = "{found}"' for name, found in stale.items()
    )
    assert not stale, f"these templates have changed; write in {VERSIONS}:\n{advice}"


def test_every_folder_is_a_template_with_a_version() -> None:
    """And no version stands for a folder that is gone."""
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()} - {"layout"}
    assert folders == set(tomllib.loads(VERSIONS.read_text("utf-8")))


def test_every_template_is_written_in_both_languages() -> None:
    """French and English, and nothing else, in each folder."""
    for name in tomllib.loads(VERSIONS.read_text("utf-8")):
        assert {file.name for file in (TEMPLATES / name).iterdir()} == {"fr.j2", "en.j2"}


def test_every_kind_of_notice_has_a_template_of_its_own() -> None:
    """`plain` is for kinds that come from a newer hub, not for ours."""
    for record in TOPICS["notices"].records:
        assert render.template_of(record.__name__)[0] != render.PLAIN


def digest(name: str) -> str:
    """Of all that the template is made of."""
    files = sorted(TEMPLATES.joinpath(name).iterdir())
    below = {parent for file in files for parent in BUILT_ON.findall(file.read_text("utf-8"))}
    files += sorted(TEMPLATES.joinpath("layout").iterdir())
    content = b"".join(file.name.encode() + b"\0" + file.read_bytes() + b"\0" for file in files)
    return hashlib.sha256(content + "".join(digest(parent) for parent in sorted(below)).encode()).hexdigest()[:16]
