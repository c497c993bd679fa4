"""The broker's jars: fetched from Maven Central at their exact versions, and believed by their sha256 only."""

import errno
import hashlib
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from schemas.errors import RefusedError, UnavailableError

THREADS = 8
TIMEOUT_S = 15
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The file's name in the directory of the jars."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars() -> tuple[Jar, ...]:
    """The jars of ``kafka-jars.lock``."""
    return tuple(map(_jar, files(__package__).joinpath("kafka-jars.lock").read_text().splitlines()))


def _jar(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def class_path(directory: Path, jars: Sequence[Jar]) -> str:
    """Java's class path of the jars, each read and checked now.

    Raises:
        RefusedError: ``jar_missing`` or ``jar_altered``; the latter says how to get it again.
    """
    for jar in jars:
        _check(directory / jar.filename, jar)
    return ":".join(str(directory / jar.filename) for jar in jars)


def fetch(directory: Path, jars: Sequence[Jar], maven_url: str | None = None, progress: Progress | None = None) -> None:
    """Bring every jar that is not in ``directory`` yet; only whole ones with the right hash get in.

    ``progress`` is told how many of how many are there, after each. ``maven_url`` is a mirror of Maven Central.

    Raises:
        UnavailableError: the repository cannot be reached.
        RefusedError: ``jar_altered``, the repository serves another file under that name.
    """
    missing = [jar for jar in jars if not (directory / jar.filename).exists()]
    if not missing:
        return
    directory.mkdir(parents=True, exist_ok=True)
    remote = {"maven": (maven_url or MAVEN_CENTRAL_URL).rstrip("/")}
    with TemporaryDirectory(dir=directory, prefix=".fetching-") as arrivals, ThreadPoolExecutor(THREADS) as pool:
        context = MavenContext(repo_cache=Path(arrivals), remote_repos=remote, timeout=TIMEOUT_S)
        try:
            arrived = pool.map(lambda jar: _fetch_one(context, jar, directory), missing)
            for count, _ in enumerate(arrived, start=1 + len(jars) - len(missing)):
                if progress:
                    progress(count, len(jars))
        finally:
            pool.shutdown(cancel_futures=True)  # where one fails, the others would only fail later


def _fetch_one(context: MavenContext, jar: Jar, directory: Path) -> None:
    try:
        arrived = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo's "not found" is a RuntimeError
        if getattr(error, "errno", None) in _NO_ROOM:
            raise UnavailableError(
                f"{jar.filename} finds no room in {directory} ({error}): make some, or name another directory with "
                "VIGIE_HOME"
            ) from error
        [url] = context.remote_repos.values()
        raise UnavailableError(
            f"{jar.group}:{jar.artifact}:{jar.version} cannot be fetched from {url} ({error}). "
            "Set VIGIE_MAVEN_URL to a mirror of Maven Central that can be reached from here, "
            "or VIGIE_KAFKA to the host:port of an existing broker, which needs no jars"
        ) from error
    _check(arrived, jar)
    shutil.move(arrived, directory / jar.filename)


def _check(path: Path, jar: Jar) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise RefusedError("jar_missing", f"{path} is not there: it must be fetched first") from error
    if found != jar.sha256:
        raise RefusedError(
            "jar_altered",
            f"{path} has sha256 {found}, kafka-jars.lock expects {jar.sha256}: it will not be run. "
            f"Delete it (rm {path}) and start again, which fetches it anew",
        )
