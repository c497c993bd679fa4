"""BODACC's files inside archives: tar, gzip and compress, whole, damaged, and made to do harm."""

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import lzw
from connectors.refusal import Refusal
from tests.connectors.builders import a_record, an_annonce, an_archive, events, lines_of, outcomes

XML = an_archive(an_annonce(number="1"), an_annonce(number="2"))
JSON = lines_of(a_record())
BAD = an_archive(an_annonce(number="0"), an_annonce(number="3"))


def a_tar(**files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def an_old_tar(content: bytes) -> bytes:
    """A tar as tar(1) wrote it before POSIX: no magic, no names of people, and two blocks of zeros."""
    with (made := io.BytesIO(a_tar(a=content))).getbuffer() as header:
        header[257:512] = bytes(255)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header[:512])
    return made.getvalue()


class Packer:
    """Makes what compress(1) makes: codes of a growing width, in groups of eight, of which each width is filled up."""

    def __init__(self, widest: int) -> None:
        self.out = bytearray(lzw.MAGIC + bytes([128 | widest]))
        self.widest = widest
        self.codes: list[int] = []
        self.begin()

    def begin(self) -> None:
        self.table = {bytes([value]): value for value in range(256)}
        self.width, self.following = 9, 257

    def put(self, code: int) -> None:
        self.codes.append(code)
        if len(self.codes) == 8:
            self.flush(self.width)

    def flush(self, size: int) -> None:
        value = sum(code << (self.width * place) for place, code in enumerate(self.codes))
        self.out.extend(value.to_bytes(size, "little"))
        self.codes.clear()

    def learn(self, piece: bytes) -> None:
        if self.following == 1 << self.widest:
            return
        self.table[piece] = self.following
        self.following += 1
        if self.following > 1 << self.width:
            self.flush(self.width if self.codes else 0)
            self.width += 1

    def clear(self) -> None:
        self.put(256)
        self.flush(self.width if self.codes else 0)
        self.begin()


def compress(content: bytes, widest: int = 16, clear_at: int | None = None) -> bytes:
    packer, last = Packer(widest), b""
    for place, value in enumerate(content):
        piece = last + bytes([value])
        if piece in packer.table:
            last = piece
            continue
        packer.put(packer.table[last])
        packer.learn(piece)
        if place == clear_at:
            packer.clear()
        last = piece[-1:]
    if last:
        packer.put(packer.table[last])
    packer.flush((len(packer.codes) * packer.width + 7) // 8)
    return bytes(packer.out)


PACKED: dict[str, bytes] = {
    "gzip": gzip.compress(XML),
    "compress": compress(XML),
    "tar": a_tar(a=XML),
    "old taz": compress(an_old_tar(XML)),
    "tar.gz": gzip.compress(a_tar(a=XML)),
    "taz": compress(a_tar(a=XML)),
    "taz in a tar": a_tar(a=compress(a_tar(b=XML))),
}


@pytest.mark.parametrize("form", PACKED)
def test_a_packed_file_gives_what_it_holds(form: str) -> None:
    """Whatever a file is packed in, its events are those of the file itself."""
    assert events(PACKED[form]) == events(XML)


def test_each_file_of_an_archive_is_read_for_itself() -> None:
    """XML and JSON may lie in one archive, and what is refused says in which file."""
    found = outcomes(a_tar(day=XML, lines=JSON, bad=BAD, other=b"<RCS-A_IMMAT/>", cut=XML[:-9]))
    refused = [outcome for outcome in found if isinstance(outcome, Refusal)]
    assert len(found) - len(refused) == 2 + 1 + 1
    assert [(each.where.partition(":")[0], each.reason.partition(":")[0]) for each in refused] == [
        ("bad", "bad_reference"),
        ("other", "unknown_format"),
        ("cut", "damaged_file"),
    ]


@pytest.mark.parametrize("form", PACKED)
def test_an_archive_that_is_cut_short_publishes_nothing(form: str) -> None:
    """Cut anywhere, an archive gives one refusal and no event, unless what was cut was but filling."""
    whole = PACKED[form]
    for cut in range(1, len(whole), max(1, len(whole) // 37)):
        found = outcomes(whole[:cut])
        assert found == events(XML) or [type(outcome) for outcome in found] == [Refusal]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (gzip.compress(b"<" + b" " * 60_000_000), "absurd_size"),
        (a_tar(a=gzip.compress(gzip.compress(gzip.compress(XML)))), "absurd_size"),
        (a_tar(**{f"f{number}": b"" for number in range(20_001)}), "absurd_size"),
        (gzip.compress(XML)[:-8] + bytes(8), "damaged_file"),
        (a_tar(a=b"", b=XML)[:512] + b"x" * 512 + a_tar(a=b"", b=XML)[1024:], "damaged_file"),
        (lzw.MAGIC + b"\x90" + b"\xff" * 20, "damaged_file"),
        (lzw.MAGIC + b"\xff", "damaged_file"),
    ],
)
def test_what_does_harm_is_refused(content: bytes, code: str) -> None:
    """Bombs, nests, broken sums and codes that nothing stands for give one refusal."""
    (refusal,) = outcomes(content)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{code}: ")


def test_bombs_in_one_archive_are_weighed_together() -> None:
    """What a file may unpack to holds for all that is in it: of bombs that are each small enough, the third ends it."""
    bomb = gzip.compress(b"<PCL_REDIFF>" + b" " * 4_000_000)
    many = gzip.compress(a_tar(**{f"f{number}": bomb for number in range(9)}))
    reasons = [each.reason for each in outcomes(many) if isinstance(each, Refusal)]
    assert len(reasons) == 3
    assert reasons[-1].startswith(f"absurd_size: {len(many):,} bytes unpack to more than 10,000,000")


def test_a_header_that_claims_much_is_refused() -> None:
    """An extended header of a tar is read whole, so it may not be of any length."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 3_000_000_000
    (refusal,) = outcomes(header.tobuf(tarfile.USTAR_FORMAT) + bytes(10_240))
    assert isinstance(refusal, Refusal)
    assert "3,000,000,000" in refusal.reason or "3,000,000,512" in refusal.reason


def test_our_packing_is_compresses(tmp_path: Path) -> None:
    """gzip, which reads compress's files too, unpacks those of these tests: so they are compress's."""
    content = bytes(range(256)) * 3_000 + XML * 50
    for widest in (10, 12, 16):
        (tmp_path / "x.Z").write_bytes(compress(content, widest))
        told = subprocess.run(["gzip", "-dc", tmp_path / "x.Z"], capture_output=True, check=True)
        assert told.stdout == content


@settings(max_examples=60)
@given(
    st.binary(min_size=1, max_size=3_000).map(lambda content: content * 4) | st.text("ab", min_size=1).map(str.encode),
    st.sampled_from([10, 12, 16]),
    st.none() | st.integers(0, 3_000),
)
def test_what_is_compressed_comes_back(content: bytes, widest: int, clear_at: int | None) -> None:
    """Any bytes come back from compress, whatever the width, also where the table is begun anew in between."""
    assert lzw.opened(io.BytesIO(compress(content, widest, clear_at))).read() == content


@settings(max_examples=100)
@given(st.sampled_from(sorted(PACKED)), st.integers(0, 3_000), st.binary(max_size=20))
def test_any_damage_to_an_archive_is_refused_or_harmless(form: str, place: int, damage: bytes) -> None:
    """An archive damaged anywhere gives events and refusals, and nothing else."""
    whole = PACKED[form]
    for outcome in outcomes(whole[:place] + damage + whole[place + len(damage) :]):
        assert outcome


@given(st.binary(max_size=300), st.sampled_from([lzw.MAGIC + b"\x90", b"\x1f\x8b\x08\x00", a_tar(a=b"")[:512]]))
def test_any_bytes_behind_a_head(content: bytes, head: bytes) -> None:
    """Bytes of any kind that begin as an archive give a refusal, or events of nothing."""
    assert all(isinstance(outcome, Refusal) for outcome in outcomes(head + content))


def test_a_sale_is_no_judgment() -> None:
    """A sale, whose register holds buyer and seller, is refused as what it is."""
    sale = a_record(
        familleavis="vente", jugement=None, registre=["999900012", "999900004", "999 900 012", "999 900 004"]
    )
    (refusal,) = outcomes(lines_of(sale))
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("not_a_judgment: ")
