"""What a peer without our ledger says of itself when it has read its share: one line of JSON."""

import json
import os
import sys
import time


class Told:
    """Counts from the end of the first batch, as the ledger's commit log lets Vigie be counted."""

    def __init__(self) -> None:
        """Take how many records are to be read from the environment."""
        self._wanted = int(os.environ["BENCH_RECORDS"])
        self._read = self._first = 0
        self._first_at = self._first_cpu_s = 0.0

    def add(self, records: int) -> bool:
        """`records` more are applied and acknowledged; true once all are."""
        self._read += records
        if not self._first_at:
            self._first, self._first_at, self._first_cpu_s = self._read, time.time(), time.process_time()
        return self._read >= self._wanted

    def say(self) -> None:
        """Print the line."""
        used = {"seconds": time.time() - self._first_at, "cpu_s": time.process_time() - self._first_cpu_s}
        sys.__stdout__.write(json.dumps({"records": self._read - self._first, **used}) + "\n")
        sys.__stdout__.flush()
