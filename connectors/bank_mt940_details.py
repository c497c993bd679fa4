"""What a :86: of MT940 says: in German subfields (`?20`), in codewords (`/EREF/`), or in plain lines.

The German form is that of annex 3 to the DFÜ agreement of Germany's banks, section 8.2.4; the codewords are those of
banks in the Netherlands: ABN AMRO, Deutsche Bank, ING and Rabobank. What is no field of ours is kept as a line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_LINE, _SUBFIELD = 65, 27
"""Characters of a line and of a German subfield: a full one goes on in the next, a shorter one should end there."""
_LONGEST = 1000
"""Characters of a line of a record."""
_TAG = ":86:"
_GERMAN = re.compile(r"\s*(\d{3})(?=\?\d\d)", re.ASCII)
_KEY = re.compile(r"\?(\d\d)", re.ASCII)
_PURPOSE = frozenset(map(str, (*range(20, 30), *range(60, 66))))
_KNOWN = _PURPOSE | {"00", "10", "30", "31", "32", "33", "34"}
_BEZEICHNER = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|COAM|OAMT|PURP|MDAT|SQTP|ORCR|ORMR|DDAT|IBAN|BIC)\+"
)
_CODEWORDS = (
    *("ACCW", "ADDR", "BENM", "BIC", "CDTRREF", "CDTRREFTP", "CHGS", "CNTP", "CREF", "CSID", "EREF", "EXCH", "IBAN"),
    *("INIT", "IREF", "ISDT", "MARF", "NAME", "NRTX", "OCMT", "ORDP", "PREF", "PURP", "REMI", "RTRN", "RTYP", "SVCL"),
    *("TRCD", "TRTP", "ULTB", "ULTC", "ULTD"),
)
_CODEWORD = re.compile("/\n?(" + "|".join("\n?".join(word) for word in _CODEWORDS) + ")\n?(?=/)")  # cut by lines, too
_ENGLISH = {"": "REMI", "SVWZ": "REMI", "MREF": "MARF", "KREF": "IREF", "BIC": "BIC", "EREF": "EREF", "IBAN": "IBAN"}
_REFERENCES = frozenset({"EREF", "IREF", "MARF"})
_TEXTS = frozenset({"", "REMI", "CDTRREF"})
"""Codewords of what the payer wrote, the structured creditor reference among it."""
_AMOUNTS = frozenset({"OAMT", "OCMT"})
_FIELDS = _REFERENCES | _AMOUNTS | {"NAME", "IBAN", "BIC", "RTRN", "00", "34", "code"}
_KIND = re.compile(r"(?:USTD/[^/]*|STRD/[A-Z]{0,4})/")
"""How the text behind /REMI/ begins where it says whether it is structured, and by whom."""
_REASON = re.compile(r"((?:A[CGM]|BE|DT|ED|FF|M[DS]|R[CR]|SL|TM)\d\d|[CD]NOR|FOCR)\b", re.ASCII)
"""ISO 20022's reasons of a return, as a purpose may begin with one."""


@dataclass(slots=True)
class Details:
    """What is known of a booking by its details."""

    words: dict[str, str] = field(default_factory=dict)
    """By codeword or German key, as each came first: `EREF`, `IREF`, `MARF`, `NAME`, `IBAN`, `BIC`, `RTRN`, `OAMT`…"""
    texts: list[str] = field(default_factory=list)
    """What the payer wrote, without ends of lines."""
    remittance: list[str] = field(default_factory=list)
    """The same in lines; and once more in one, where shorter lines than full ones may be cut within a word, too."""
    others: list[str] = field(default_factory=list)
    """What is no field of ours, or is one of returns alone, each with its codeword."""

    @property
    def reason(self) -> str:
        """Why it came back, if it is a return: ISO 20022's code, else the bank's own three digits (`?34`)."""
        begun = _REASON.match("".join(self.texts).lstrip())
        own = self.words.get("34", "")
        return self.words.get("RTRN") or (begun[1] if begun else own if own.strip("0") else "")

    def take(self, name: str, value: str, before: str) -> None:
        """Keep the value as the field of this name, or as lines where there is none or it is taken."""
        lines = _lines(value)
        if name == "REMI":
            whole = value.replace("\n", "")
            self.texts.append(whole)
            self.remittance += _cut([*lines, whole.strip()] if len(lines) > 1 else lines)
            return
        is_field = bool(lines) and name in _FIELDS and name not in self.words
        if is_field:
            self.words[name] = (" " if name == "NAME" else "").join(lines)
        if lines and (not is_field or name in _AMOUNTS):
            self.others += _cut([before + lines[0], *lines[1:]])


def details_of(fields: Iterable[str]) -> Details:
    """What all :86: of a booking say."""
    found = Details()
    for value in fields:
        lines = [line for line in value.split("\n") if line.strip() not in ("", "-")]
        whole = "".join(lines)
        german = _GERMAN.match(whole)
        for name, told, before in _german(german[1], whole[german.end() :]) if german else _coded(lines):
            found.take(name, told, before)
    return found


def _german(code: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Name, value, and how it was introduced, of each part."""
    parts = _KEY.split(text)
    subfields = list(zip(parts[1::2], parts[2::2], strict=True))

    def told(*keys: str) -> list[str]:
        return [value for key, value in subfields if key in keys]

    yield "code", code, ""
    yield "00", "".join(told("00")), ""
    yield "34", "".join(told("34")), ""
    yield "NAME", "".join(told("32", "33")), "?32"
    yield "IBAN", "".join(told("31")), "?31"
    yield "BIC", "".join(told("30")), "?30"
    for word, value in _split(_BEZEICHNER, _joined(told(*_PURPOSE), _SUBFIELD)):
        # a value ends with its subfield; behind it stands what another word does not introduce
        first, _, rest = value.strip().partition("\n")
        name = _ENGLISH.get(word, word)
        yield from ((name, value, ""),) if name == "REMI" else ((name, first, f"{word}+"), ("REMI", rest, ""))
    yield from (("", value, f"?{key}") for key, value in subfields if key not in _KNOWN)


def _coded(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """The same of codewords; plain lines are a text, and those that full ones make stand behind them."""
    text = _joined([_TAG + line if place == 0 else line for place, line in enumerate(lines)], _LINE)[len(_TAG) :]
    pieces = _split(_CODEWORD, text)
    if len(pieces) == 1:
        over_ends = [line for line in text.split("\n") if line and line not in lines]
        yield from (("REMI", line, "") for line in (*lines, *over_ends))
        return
    for word, told in pieces:
        value = told.removeprefix("/").strip("/ \n") if word else told
        if word == "CNTP":
            account, bank, name = (*value.split("/", maxsplit=2), "", "")[:3]
            yield from (("IBAN", account, "/CNTP/"), ("BIC", bank, "/CNTP/"), ("NAME", name, "/CNTP/"))
        elif word in _REFERENCES:
            reference, _, rest = value.partition("//")
            yield from ((word, reference, f"/{word}/"), ("", rest, ""))
        else:
            text = _KIND.sub("", value, count=1) if word == "REMI" else value
            yield "REMI" if word in _TEXTS else word, text, f"/{word}/"


def _split(words: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """What stands before the first of the words, under an empty one, and each word with what follows it."""
    before, *parts = words.split(text)
    told = zip(parts[::2], parts[1::2], strict=True)
    return [("", before), *((word.replace("\n", ""), value) for word, value in told)]


def _joined(lines: Iterable[str], width: int) -> str:
    """The text of lines of which a full one goes on in the next."""
    return "".join(line if len(line) >= width else f"{line}\n" for line in lines)


def _cut(lines: list[str]) -> list[str]:
    """The lines, none longer than a record takes one."""
    return [line[at : at + _LONGEST] for line in lines for at in range(0, len(line), _LONGEST)]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
