"""Python's collector of cycles, as suits this product: what is loaded stays, and records hold no cycles."""

import gc


def leave_alone() -> None:
    """While things are loaded: looking for garbage among them took a third of the time until a command begins."""
    gc.disable()


def collect_seldom() -> None:
    """From here on: a collection at every 700 records, as Python has it, took up to a third of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
