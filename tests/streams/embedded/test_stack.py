import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from pydantic import SecretStr

from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.embedded.kafka import EmbeddedKafka
from streams.embedded.ports import wait_until
from streams.embedded.postgres import EmbeddedPostgres
from streams.embedded.stack import EmbeddedStack
from streams.settings import Settings

STARTED = """
import sys, time
from pathlib import Path
from streams.embedded.stack import EmbeddedStack
from streams.settings import Settings

with EmbeddedStack(Settings(home=Path(sys.argv[1])), {"limits": 2}) as stack:
    print(stack.broker.pid, stack.server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home(place: Path, kafka_jars: Path) -> Path:
    """A home that has the jars already."""
    (place / "home").mkdir(mode=0o755)
    (place / "home" / "jars").symlink_to(kafka_jars)
    return place / "home"


@pytest.fixture
def other(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process whose stack runs in the home."""
    argv = [sys.executable, "-c", STARTED, str(home)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_a_home_is_one_vigies_at_a_time_and_outlives_its_kill(home: Path, other: subprocess.Popen[str]) -> None:
    """A second stack is refused while the first runs; at its kill -9 its servers go, and the second waits for that."""
    assert other.stdout
    servers = [int(pid) for pid in other.stdout.readline().split()]
    with pytest.raises(RefusedError, match=rf"directory_in_use: {home} .*process {other.pid}"):
        EmbeddedStack(Settings(home=home), {}).__enter__()
    other.kill()
    other.wait()
    with EmbeddedStack(Settings(home=home), {"limits": 4}) as stack:
        assert stack.broker
        assert stack.server
        assert not any(running(pid) for pid in servers)
        ours = [stack.broker.pid, stack.server.pid]
        assert all(pid and running(pid) for pid in ours)
        with psycopg.connect(stack.database_url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("vigie",)
        consumer = KafkaConsumer(bootstrap_servers=stack.cluster.servers)
        assert consumer.partitions_for_topic("limits") == {0, 1}  # as the first stack made it
        consumer.close()
    assert not any(pid and running(pid) for pid in ours)


def test_servers_that_were_killed_are_started_again(home: Path) -> None:
    """In the same place and with what they held, said in a line for each; nobody is told twice."""
    said: list[str] = []
    with EmbeddedStack(Settings(home=home), {"limits": 2}) as stack:
        assert_groups_are_served(stack)
        before = (stack.cluster, stack.database_url)
        for server in (stack.broker, stack.server):
            assert server
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            assert wait_until(partial(_has_ended, server), 10)
        for _ in range(2):
            stack.look(said.append)
        assert (stack.cluster, stack.database_url) == before
        with psycopg.connect(stack.database_url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("vigie",)
        consumer = KafkaConsumer(bootstrap_servers=stack.cluster.servers)
        assert consumer.partitions_for_topic("limits") == {0, 1}
        consumer.close()
    assert said == [f"{name} has ended, and is started again" for name in ("Kafka", "PostgreSQL")]


def assert_groups_are_served(stack: EmbeddedStack) -> None:
    """From the first moment: the first worker of a new home would tell an error otherwise."""
    admin = KafkaAdminClient(**stack.cluster.options())
    assert admin.list_group_offsets(["somebody"])
    admin.close()


@pytest.mark.parametrize("name", ["a,b", "a:b"])
def test_a_path_that_the_servers_would_split_is_refused(place: Path, name: str) -> None:
    """What they take for the end of a path is named, before anything is fetched or made."""
    with pytest.raises(RefusedError, match=f"directory_unusable: {place}/{name} has a '[,:]' in it.*VIGIE_HOME"):
        EmbeddedStack(Settings(home=place / name), {}).__enter__()
    assert not (place / name).exists()


def test_servers_that_the_settings_name_are_used_and_none_is_started(place: Path, kafka: str, postgres: str) -> None:
    """With a broker and a database of one's own, no jar is fetched, no server runs, and the topics are there."""
    settings = Settings(home=place / "home", kafka=kafka, database_url=SecretStr(postgres))
    with EmbeddedStack(settings, {"stack-limits": 1}) as stack:
        assert (stack.cluster, stack.database_url) == (Cluster(kafka), postgres)
        consumer = KafkaConsumer(bootstrap_servers=kafka)
        assert consumer.partitions_for_topic("stack-limits") == {0}
        consumer.close()
    assert [path.name for path in settings.home.iterdir()] == ["lock"]


def _has_ended(server: EmbeddedKafka | EmbeddedPostgres) -> bool:
    return server.pid is None


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # which has ended, though nobody who adopted it has looked yet


def test_a_broker_that_is_named_and_away_need_not_be(home: Path, free_port: int) -> None:
    """Whoever has the variables of a former `vigie up` in his terminal is told to unset them, not to run it again."""
    away = Settings(home=home, kafka=f"127.0.0.1:{free_port}", database_url=SecretStr("postgresql:///none"))
    with pytest.raises(UnavailableError, match="or unset VIGIE_KAFKA and VIGIE_DATABASE_URL"):
        EmbeddedStack(away, {"limits": 2}).__enter__()
