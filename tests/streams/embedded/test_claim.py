"""A directory of a demo's own: made where anybody can pass, and gone afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import RefusedError
from streams.embedded.claim import short_lived


@pytest.fixture
def closed_umask() -> Iterator[None]:
    """What a careful administrator sets: nothing for others."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("closed_umask")
def test_what_is_made_on_the_way_can_be_passed_through(place: Path) -> None:
    """PostgreSQL, as a user of its own, reaches a home that was just made, whatever the umask."""
    with short_lived(place / "some" / "home", "demo-") as directory:
        made = [directory, *directory.parents[:2]]
        assert [path.stat().st_mode & 0o777 for path in made] == [0o711] * 3
        (directory / "file").touch()
    assert not any((place / "some" / "home").iterdir())


@pytest.mark.parametrize("home", ["/proc", "/proc/vigie", "/dev/null/vigie"])
def test_a_home_that_takes_no_directory_is_refused(home: str) -> None:
    """Whether it is there or not: the setting that moves it is named."""
    with (
        pytest.raises(RefusedError, match=f"directory_unusable: {home} .*VIGIE_HOME"),
        short_lived(Path(home), "demo-"),
    ):
        pass
