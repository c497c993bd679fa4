"""Records as hypothesis draws them, from the models themselves."""

import datetime as dt
import uuid
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from schemas.base import FIRST_DAY, LAST_DAY, Record
from schemas.catalog import RECORDS
from schemas.events.policies import Recipient

_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=90)


_INSTANTS = (dt.datetime.combine(FIRST_DAY, dt.time.min), dt.datetime.combine(LAST_DAY, dt.time.max))


def _bound(field: FieldInfo, name: str, otherwise: Any) -> Any:
    """The tightest bound where a type alias and the field both set one."""
    found = [getattr(each, name) for each in field.metadata if getattr(each, name, None) is not None]
    return (max if name in {"ge", "min_length"} else min)([otherwise, *found])


def _text(field: FieldInfo) -> st.SearchStrategy[str]:
    if any(isinstance(each, AfterValidator) for each in field.metadata):  # an e-mail address
        return st.from_regex(r"[a-z]{1,8}@[a-z]{2,8}\.(com|org)", fullmatch=True)
    patterns = [each.pattern for each in field.metadata if getattr(each, "pattern", None)]
    if patterns and not patterns[-1].startswith("^[^"):
        return st.from_regex(patterns[-1], fullmatch=True)
    shortest, longest = _bound(field, "min_length", 0), _bound(field, "max_length", 200)
    return _TEXT.filter(lambda text: len(text) >= shortest).map(lambda text: text[:longest])


def _decimal(field: FieldInfo) -> st.SearchStrategy[Decimal]:
    places = _bound(field, "decimal_places", 18)
    largest = Decimal(10) ** (_bound(field, "max_digits", 18) - places) - Decimal(1).scaleb(-places)
    return st.decimals(_bound(field, "ge", -largest), min(largest, _bound(field, "le", largest)), places=places)


def _simple(kind: Any, field: FieldInfo) -> st.SearchStrategy[Any]:
    if kind is str:
        return _text(field)
    if kind is Decimal:
        return _decimal(field)
    if kind is int:
        return st.integers(_bound(field, "ge", -(2**63)), _bound(field, "le", 2**63 - 1))
    return {
        bool: st.booleans(),
        dt.date: st.dates(FIRST_DAY, LAST_DAY),
        dt.datetime: st.datetimes(*_INSTANTS, timezones=st.just(dt.UTC)),
        uuid.UUID: st.uuids(),
    }[kind]


def _values(kind: Any, field: FieldInfo) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, Record):
        return records(kind)
    if hasattr(kind, "__metadata__"):
        return _values(kind.__origin__, FieldInfo.from_annotation(kind))
    if get_origin(kind) is list:
        (of,) = get_args(kind)
        apart = (lambda one: one.recipient_id) if of is Recipient else None
        return st.lists(_values(of, FieldInfo()), max_size=3, unique_by=apart)
    others = [each for each in get_args(kind) if each is not NoneType]
    return st.none() | _values(others[0], field) if others else _simple(kind, field)


def records(model: type[Record]) -> st.SearchStrategy[Any]:
    """Records of a model, with every value that it allows."""
    return st.builds(model, **{name: _values(field.annotation, field) for name, field in model.model_fields.items()})


ANY_RECORD = st.one_of([records(model) for model in RECORDS.values()])
