"""The demo's account as a person reads it."""

from collections.abc import Iterator

from streams.demo.accounts import FATES, Accounts, Entry

MOST_LISTED = 60
"""Notices; a longer file is shown by its sums, and `--json` has every notice."""


def as_text(accounts: Accounts) -> str:
    """What was read, owed, sent, held for review and refused."""
    return "\n".join([*_notices(accounts), "", *_sums(accounts), "", *_channels(accounts)])


def _notices(accounts: Accounts) -> Iterator[str]:
    if len(accounts.entries) > MOST_LISTED:
        yield f"{len(accounts.entries)} notices in the file (each one: --json)"
        return
    for entry in accounts.entries:
        yield f"{entry.reference:<14} {entry.buyer[:32]:<32}  {entry.nature[:52]:<52}  {_fate(entry)}"


def _fate(entry: Entry) -> str:
    if entry.fate == "owed":
        return f"{entry.alerts} alert{'s' if entry.alerts > 1 else ''}"
    return f"{entry.fate}{': ' if entry.why else ''}{entry.why[:60]}"


def _sums(accounts: Accounts) -> Iterator[str]:
    fates = accounts.fates()
    yield f"{len(accounts.entries)} notices of the file, {accounts.events} judgments of one person each:"
    for fate in reversed(FATES):
        more = f"   ({accounts.alerts()} alerts)" if fate == "owed" else ""
        yield f"  {fates[fate]:>6}  {fate}{more}"


def _channels(accounts: Accounts) -> Iterator[str]:
    for channel in accounts.channels:
        verdict = "" if channel.owed == channel.sent else "   NOT ALL SENT"
        yield f"  {channel.name:<14} owed {channel.owed:>6}   sent {channel.sent:>6}{verdict}"
    promises = ", ".join(f"{count} {state}" for state, count in sorted(accounts.promises.items()))
    yield f"  {'promises':<14} {promises or 'none'}"
    if accounts.on_its_way:
        yield f"  {'on its way':<14} {accounts.on_its_way} records, notices, mails and answers   NOT ALL SETTLED"
