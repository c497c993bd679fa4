"""The envelope of a notice: whatever is in force when the notice is decided."""

import datetime as dt
from zoneinfo import ZoneInfo

from schemas.base import Record
from schemas.events.policies import Recipient
from schemas.notices.header import Cause, NoticeHeader
from streams.commitments import wording
from streams.commitments.decision import Owed
from streams.commitments.facts import Policy


def seal(owed: Owed, policy: Policy, number: int, cause: Cause, *, now: dt.datetime, zone: ZoneInfo) -> Record:
    """The notice, whole: numbered, addressed to the policy's recipients of its kind, in its language.

    `number` is the policy's running number, `now` the broker time of the cause; `zone` gives the date people read.
    """
    today = now.astimezone(zone).date()
    language = policy.language
    header = NoticeHeader(
        notice_id=owed.notice_id,
        policy_id=owed.policy_id,
        number=number,
        commitment=owed.commitment,
        urgency=owed.urgency,
        language=language,
        title=wording.title(owed.kind.__name__, owed.fields, language, today),
        case_id=owed.case_id,
        revises=owed.revises,
        recipients=recipients_of(owed.kind.__name__, policy),
        contact=policy.contact,
        disclaimer=wording.DISCLAIMER[language],
        cause=cause,
        decided_at=now,
        send_until=None,
        today=today,
    )
    return owed.kind(**{"header": header, **owed.fields})


def recipients_of(kind: str, policy: Policy) -> list[Recipient]:
    """Those whom the policyholder has named for this kind of notice; no kinds named means every kind."""
    return [recipient for recipient in policy.recipients if recipient.wants(kind)]
