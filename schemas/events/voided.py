"""The one record that travels on every input topic: what a provider says was never so."""

from pydantic import Field

from schemas.base import Header, Identifier, Record, Text


class EventVoided(Record):
    """An earlier event of the same provider should never have been published: what was done because of it is undone.

    It follows the event that it voids, on the same topic and under the same key, so that the two keep their order.
    Whoever was told is told. A correction is not a void: a rectified or annulled judgment, a new decision, a returned
    payment have records of their own.
    """

    header: Header
    topic: str = Field(
        description="The topic of the voided event, which is this record's own, as `limits`.",
        pattern=r"^(court-judgments|buyer-updates|limits|payments|claims|policies)$",
    )
    key: Identifier = Field(description="The key of the voided event, which is this record's own, as `FR:345086177`.")
    event_id: Identifier = Field(
        description="`header.event_id` of the voided event; its source is this record's `header.source`: nobody voids "
        "what another has said."
    )
    reason: Text = Field(
        description="Why, in words for whoever was told of the event: a notice may cite them as they are. Not empty.",
        min_length=1,
    )
