"""Periods that hold where nothing else was agreed, all in one place: no charter gives a number."""

import datetime as dt

TELL_WITHIN = dt.timedelta(hours=1)
"""From the record's broker time until a notice that is told at once must have been accepted by a first channel."""
LANGUAGE = "fr"
"""Language of a notice to a policy whose terms are not known yet."""
