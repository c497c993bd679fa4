import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from schemas.errors import RefusedError, UnavailableError
from streams.embedded.jars import Jar, class_path, fetch, locked_jars


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A mirror of Maven Central on loopback, and the directory that it serves."""
    directory = tmp_path / "mirror"
    directory.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=directory)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", directory
        server.shutdown()


def test_the_lock_names_each_jar_once_by_its_exact_version() -> None:
    """Every jar of the lock has a name of its own and a whole sha256; Kafka's own are all of one version."""
    jars = locked_jars()
    assert len({jar.filename for jar in jars}) == len(jars) == 47
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}


def test_jars_come_from_the_mirror_that_the_settings_name(mirror: tuple[str, Path], tmp_path: Path) -> None:
    """What a mirror serves under the locked hash lands in the directory, and progress counts what was there before."""
    url, served = mirror
    jars = [a_jar(served, name, name.encode()) for name in ("one", "two", "three")]
    (tmp_path / jars[0].filename).write_bytes(b"one")
    told: list[tuple[int, int]] = []
    fetch(tmp_path, jars, url, lambda count, of: told.append((count, of)))
    assert told == [(2, 3), (3, 3)]
    assert class_path(tmp_path, jars).split(":") == [
        str(tmp_path / f"{name}-1.0.jar") for name in ("one", "two", "three")
    ]


def test_a_mirror_that_serves_another_file_is_refused(mirror: tuple[str, Path], tmp_path: Path) -> None:
    """A jar with a wrong hash never gets into the directory."""
    url, served = mirror
    jar = a_jar(served, "one", b"one")
    (served / "org/example/one/1.0/one-1.0.jar").write_bytes(b"another")
    with pytest.raises(RefusedError, match="jar_altered"):
        fetch(tmp_path, [jar], url)
    assert not list(tmp_path.glob("*.jar"))
    assert not list(tmp_path.glob(".fetching-*"))


def test_a_repository_out_of_reach_names_the_two_ways_on(free_port: int, tmp_path: Path) -> None:
    """Without Maven Central, the message names the address tried, the mirror setting and the broker setting."""
    with pytest.raises(UnavailableError) as caught:
        fetch(tmp_path, locked_jars(), f"http://127.0.0.1:{free_port}")
    for part in (f"http://127.0.0.1:{free_port}", "VIGIE_MAVEN_URL", "VIGIE_KAFKA"):
        assert part in str(caught.value)


def test_a_full_disk_is_not_the_mirror_s_fault(mirror: tuple[str, Path], tmp_path: Path) -> None:
    """Nobody is sent to look for another mirror where the jars find no room; a limit of the process stands for it."""
    url, served = mirror
    jar = a_jar(served, "one", b"1" * 100_000)
    program = f"""
import resource
from pathlib import Path
from schemas.errors import UnavailableError
from streams.embedded.jars import Jar, fetch
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    fetch(Path({str(tmp_path)!r}), [{jar!r}], {url!r})
except UnavailableError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert f"one-1.0.jar finds no room in {tmp_path} ([Errno 27] File too large): make some" in done.stdout


def test_a_jar_altered_on_disk_is_refused_with_the_command_that_helps(kafka_jars: Path, tmp_path: Path) -> None:
    """One byte more in one of the real jars, and the class path is refused, naming the file to delete."""
    jars = locked_jars()
    for jar in jars:
        (tmp_path / jar.filename).symlink_to(kafka_jars / jar.filename)
    altered = tmp_path / jars[20].filename
    altered.unlink()
    altered.write_bytes((kafka_jars / altered.name).read_bytes() + b"\0")
    with pytest.raises(RefusedError, match=f"rm {altered}"):
        class_path(tmp_path, jars)


def a_jar(served: Path, name: str, content: bytes) -> Jar:
    path = served / "org" / "example" / name / "1.0" / f"{name}-1.0.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Jar("org.example", name, "1.0", hashlib.sha256(content).hexdigest())


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: a test's requests are no news."""
