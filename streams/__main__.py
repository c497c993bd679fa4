"""`vigie`, and `python -m streams`: where both begin, before anything is loaded."""

import gc
import signal
from importlib import import_module


def main() -> None:
    """Load the command line and run it; Ctrl-C meanwhile ends us at once, and nothing that is loaded swallows it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us wants it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # what is loaded stays: looking for garbage in it took a third of the time until a command begins
    import_module("streams.cli").main()


if __name__ == "__main__":
    main()
