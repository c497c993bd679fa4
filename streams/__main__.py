"""`vigie`, and `python -m streams`: where both begin, before anything is loaded."""

import signal
from importlib import import_module

from streams import garbage


def main() -> None:
    """Load the command line and run it; Ctrl-C meanwhile ends us at once, and nothing that is loaded swallows it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us wants it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    garbage.leave_alone()
    import_module("streams.cli").main()


if __name__ == "__main__":
    main()
