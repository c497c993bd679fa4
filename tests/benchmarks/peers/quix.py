"""QuixStreams with RocksDB state: what concerned somebody is remembered by its buyer, notices out, no database.

`python quix.py every` keeps every judgment, as Vigie does: a cover that comes late could then be told of it.

No policy is locked or numbered, nothing is told of a late cover, nobody can ask it what it did. At least once.
"""

import datetime as dt
import sys
import tempfile

from in_memory import covers_on, notices, read
from quixstreams import Application, State, message_context
from told import Told

from streams.settings import Settings


def main() -> None:
    """Read the topic's share, then stop."""
    settings, told, every = Settings(), Told(), sys.argv[1:] == ["every"]
    app = Application(
        broker_address=settings.kafka,
        consumer_group=settings.group,
        auto_offset_reset="earliest",
        loglevel="ERROR",
        producer_extra_config={"acks": "all", "linger.ms": 5, "partitioner": "murmur2_random"},
        state_dir=tempfile.mkdtemp(prefix="vigie-bench-quix-"),
    )
    events = app.topic(settings.topic_prefix + "court-judgments", value_deserializer="bytes", key_deserializer="bytes")
    out = app.topic(settings.topic_prefix + "notices", value_serializer="bytes", key_serializer="bytes")

    def on_record(raw: bytes, state: State) -> list[bytes]:
        if told.add(1):
            app.stop()
        event = read(raw)
        covers = covers_on(event.buyer_id)
        if not (covers or every) or state.get_bytes(event.header.event_id):
            return []
        state.set_bytes(event.header.event_id, raw if every else b"1")
        context = message_context()
        place = (context.topic, context.partition, context.offset)
        return [notice for _, notice in notices(event, covers, place, dt.datetime.now(dt.UTC))]

    app.dataframe(events).apply(on_record, stateful=True, expand=True).to_topic(out)
    app.run()
    told.say()


if __name__ == "__main__":
    main()
