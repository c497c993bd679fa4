"""`vigie watch`: whatever is put into a folder is published once, and moved with a report of what became of it."""

import datetime as dt
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.folder import DONE, REFUSED, Folder, Look, Report, Snapshot
from connectors.publisher import Publisher
from connectors.recognition import WHATEVER
from connectors.refusal import Refusal, refusal
from connectors.registry import Connector, connector, installed
from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster, cluster_of
from streams.commands.by_topic import MappingFile, TypeName, reader
from streams.commands.publish import Kafka, receipts, refusals_of
from streams.commands.showing import printable
from streams.settings import Settings

_MOST_REFUSALS = 1_000


def watch(
    folder: Annotated[str, typer.Argument(metavar="DIR_OR_URL", help="A directory, or what fsspec opens: s3://…")],
    connector_name: Annotated[
        str | None, typer.Option("--connector", help="What reads all files, as `bodacc`.", metavar="NAME")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Or the topic that all are for, JSON lines or CSV.")] = None,
    mapping: MappingFile = None,
    type_name: TypeName = None,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, and end.")] = False,
    every: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 5.0,
    kafka: Kafka = None,
) -> None:
    """Publish each file that is put into a folder, once, and move it to done/ or refused/ with a report beside it.

    Without --connector and --topic, a file is read as what it shows to be: a connector's, or JSON with types.

    A file is taken when it was the same at two looks; name it .part, or start its name with a dot, while it grows.

    With --once exits with 1 where something was refused. Ctrl-C ends it at any time, and nothing is lost.
    """
    settings = Settings()
    reads = _reader(connector_name, topic, mapping, type_name)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with closing(Folder(folder, _reading(reads, mapping, type_name))) as opened:
        watcher = _Watcher(opened, reads, cluster_of(settings, kafka), settings.topic_prefix)
        try:
            (watcher.once if once else watcher.for_ever)(every)
        except KeyboardInterrupt:
            watcher.say(opened.finish())
            typer.echo("stopped; what was not moved is looked at again")
            return
    raise typer.Exit(1 if watcher.refused and once else 0)


def _reader(name: str | None, topic: str | None, mapping: Path | None, type_name: str | None) -> Connector:
    if topic is not None and name is None:
        return reader(topic, mapping, type_name)
    if topic or mapping or type_name:
        raise typer.BadParameter("expected --mapping and --type beside --topic TOPIC, and no --connector beside them")
    found = WHATEVER if name is None else connector(name)
    if found is None:
        raise typer.BadParameter(f"expected one of {', '.join(installed())}, got {name!r}")
    return found


def _reading(reads: Connector, mapping: Path | None, type_name: str | None) -> str:
    """What decides how a file is read: with another mapping, a file is taken again."""
    return "\n".join([reads.name, type_name or "", mapping.read_text("utf-8") if mapping else ""])


@dataclass
class _Watcher:
    folder: Folder
    reads: Connector
    cluster: Cluster
    topic_prefix: str
    refused: int = 0
    _said: frozenset[str] = frozenset()

    def once(self, every: float) -> None:
        """Take what is there; UnavailableError where something could not be taken, after all that could."""
        failed = self.folder.finish()
        before = self.folder.look()
        time.sleep(every)
        failed += self._round(before, self.folder.look())
        self.say(failed[:-1])
        if failed:
            raise failed[-1]

    def for_ever(self, every: float) -> None:
        """Take what comes; while Kafka or the folder is away, wait."""
        before: Look = {}
        while True:
            try:
                failed = self.folder.finish()
                seen = self.folder.look()
                self.say(failed + self._round(before, seen))
                before = seen
            except UnavailableError as error:
                self.say([error])
            time.sleep(every)

    def _round(self, before: Look, seen: Look) -> list[UnavailableError]:
        """Take what has not changed since the look before; what cannot be taken now stops none of the others."""
        failed = []
        for name in (name for name, signature in seen.items() if before.get(name) == signature):
            try:
                self._take(name)
            except UnavailableError as error:
                failed.append(error)
        return failed

    def _take(self, name: str) -> None:
        with self.folder.snapshot(name) as snapshot:
            if snapshot is None:
                return
            report = self._report(snapshot)
            directory = REFUSED if report["outcome"] == "refused" else DONE
            place = self.folder.settle(snapshot, report, directory)
        self.refused += report.get("refused", 0)
        typer.echo(printable(f"{name}: {_told(report)}: {place}"))

    def _report(self, snapshot: Snapshot) -> Report:
        """What becomes of the file: published now, or known as published before."""
        started = dt.datetime.now(dt.UTC)
        before = self.folder.taken(snapshot.sha256)
        if before is not None:
            return _times(started) | {"outcome": "already_taken", "as": before["file"], "then": before["finished_at"]}
        tally = _Tally()
        partitions = self._published(snapshot, tally)
        published = sum(each["count"] for each in partitions)
        outcome = "refused" if tally.count and not published else "published"
        told = {"outcome": outcome, "published": published, "refused": tally.count, "partitions": partitions}
        return _times(started) | told | tally.told()

    def _published(self, snapshot: Snapshot, tally: "_Tally") -> list[dict[str, Any]]:
        try:
            with Publisher(self.cluster, self.topic_prefix) as publisher:
                for each in refusals_of(snapshot.content, self.reads, publisher):
                    tally.add(each)
                return receipts(publisher.flush())
        except RefusedError as error:  # the broker takes less than topics should
            tally.add(refusal("file", "whole file", error))
            return []

    def say(self, failed: list[UnavailableError]) -> None:
        """What cannot be done now, a line for each that was not said the last time."""
        messages = dict.fromkeys(map(str, failed))
        for message in messages:
            if message not in self._said:
                typer.echo(f"vigie: {message}", err=True)
        self._said = frozenset(messages)


class _Tally:
    """What was refused of one file: all of it counted, the first of it kept."""

    def __init__(self) -> None:
        self.count = 0
        self._reasons: Counter[str] = Counter()
        self._kept: list[Refusal] = []

    def add(self, refused: Refusal) -> None:
        self.count += 1
        self._reasons[refused.reason.partition(":")[0]] += 1
        if len(self._kept) < _MOST_REFUSALS:
            self._kept.append(refused)

    def told(self) -> dict[str, Any]:
        left_off = self.count - len(self._kept)
        return {
            "reasons": dict(self._reasons),
            "refusals": [asdict(each) for each in self._kept],
            **({"refusals_left_off": left_off} if left_off else {}),
        }


def _times(started: dt.datetime) -> Report:
    finished = dt.datetime.now(dt.UTC)
    return {"started_at": started.isoformat(), "finished_at": finished.isoformat()}


def _told(report: Report) -> str:
    if report["outcome"] == "already_taken":
        return f"already taken as {report['as']}"
    return f"{report['published']} published, {report['refused']} refused"
