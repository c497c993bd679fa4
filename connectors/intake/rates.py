"""How fast each key may publish: a bucket of records that fills with time."""

import math


class Rates:
    """Counts per key, in this process. A batch may overdraw what it found: whoever comes next waits for that."""

    def __init__(self, per_s: float) -> None:
        """Take the records that each key gets every second; it may save up those of ten seconds."""
        self._per_s = per_s
        self._most = per_s * 10
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, key_id: str, now_s: float) -> int:
        """Seconds to wait before the key may publish; 0: it may."""
        left = self._now(key_id, now_s)
        return 0 if left > 0 else max(1, math.ceil(-left / self._per_s))

    def take(self, key_id: str, records: int, now_s: float) -> None:
        """Count what the key handed in, good or bad."""
        self._left[key_id] = (self._now(key_id, now_s) - records, now_s)

    def _now(self, key_id: str, now_s: float) -> float:
        left, at_s = self._left.get(key_id, (self._most, now_s))
        return min(self._most, left + (now_s - at_s) * self._per_s)
