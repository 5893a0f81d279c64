"""Logs: the transactions behind a point. FORMAT.md, section 18."""
import collections
import hashlib
import os
import re

import zstandard

from notation import Bytes, Refused, as_instant, as_text, read_tagged, require
from protection import TAG_BYTES, decompress, derive, open_body, open_piece
from repository import escape

NUMBER_MAX = 1 << 44
INDEX_BYTES_MAX = 16 << 20
PIECE_BYTES_MAX = 64 << 20
BLOCK_BYTES_MAX = 98308
FRAME_BYTES_MAX = 65540
ZERO, RAW, ZSTD, DELTA = range(4)

Commit = collections.namedtuple("Commit", "number at not_before pages_after pages_least digest versions")
Version = collections.namedtuple("Version", "page coding frame")


def zigzag(value):
    return (value >> 1) ^ -(value & 1)


def steps(value, count):
    """A column of which each is the distance from the one before."""
    column, at = [], 0
    for _ in range(count):
        at = (at + zigzag(value.varint())) % 2**64
        column.append(at)
    return column


class Piece:
    """One piece, opened whole."""

    def __init__(self, repository, database, name):
        self.name = name
        reader = Bytes(repository.get(name, PIECE_BYTES_MAX), name)
        reader.magic(b"HFLOGP")
        require(reader.integer(1) == repository.suite, f"{name} is not protected as the repository says")
        reader.raw(3)
        index_bytes, owner, salt = reader.integer(4), reader.raw(16), reader.raw(16)
        require(index_bytes <= INDEX_BYTES_MAX, f"{name} is too large")
        require(owner.hex() not in repository.destroyed, f"the data key of {database} was destroyed")
        header, key = reader.data[:48], derive(repository.data_key(database, owner), salt, b"holdfast log")
        sealed = reader.raw(index_bytes)
        self._read_index(open_body(open_piece(repository.suite, key, 0, header + name.encode(), sealed, name), INDEX_BYTES_MAX, name))
        plain = []
        for number, (size, saved) in enumerate(self._blocks):
            block = open_piece(repository.suite, key, number + 1, header, reader.raw(size - saved + TAG_BYTES), name)
            plain.append(decompress(2, block, size, name) if saved else block)
        reader.end()
        self._place_versions(plain)

    def _read_index(self, plain):
        fields = {"flags": 0, "commits": [], "versions": [], "blocks": []}
        read_tagged(plain, self.name, {
            2: lambda value: fields.update(base=as_text(value.rest(), self.name)),
            4: lambda value: fields.update(page_bytes=value.varint()),
            6: lambda value: fields.update(file=as_text(value.rest(), self.name)),
            8: lambda value: fields.update(base_pages=value.varint()),
            10: lambda value: fields.update(first=value.varint()),
            12: lambda value: fields.update(flags=value.varint()),
            14: lambda value: fields.update(before=value.raw(16), after=value.raw(16)),
            16: lambda value: fields.update(commits=self._read_commits(value)),
            18: lambda value: fields.update(versions=self._read_versions(value)),
            20: lambda value: fields.update(blocks=self._read_blocks(value)),
            1: as_instant,
            3: lambda value: fields.update(identity=value.rest()),
            5: as_instant,
            7: lambda value: value.rest()})
        require(512 <= fields.get("page_bytes", 0) <= 65536 and fields.get("base") and fields.get("base_pages", 0) <= NUMBER_MAX,
                f"{self.name} does not say what it follows")
        require(1 <= fields.get("first", 0) <= NUMBER_MAX and fields["flags"] <= 3, f"{self.name} has an index that cannot be")
        self.head = tuple(fields.get(each) for each in ("base", "page_bytes", "file", "base_pages", "identity"))
        self.base, self.page_bytes, self.file, self.base_pages = self.head[:4]
        self.before, self.after = fields.get("before", bytes(16)), fields.get("after", bytes(16))
        self.begins_inside, self.ends_inside = bool(fields["flags"] & 1), bool(fields["flags"] & 2)
        self.first, number, self.commits = fields["first"], fields["first"] - 1, []
        for at, before, after, fewer, span, count, digest in fields["commits"]:
            number += span
            require(number <= NUMBER_MAX and after <= NUMBER_MAX and fewer <= after, f"{self.name} has a transaction that cannot be")
            self.commits.append(Commit(number, at, at - before, after, after - fewer, digest, count))
        self.last = number
        self._lengths, self._blocks = fields["versions"], fields["blocks"]

    def _read_commits(self, value):
        count = value.count(14)
        at = [each if each < 2**63 else each - 2**64 for each in steps(value, count)]
        before = [value.varint() for _ in range(count)]
        after = steps(value, count)
        fewer, spans, counts = ([value.varint() for _ in range(count)] for _ in range(3))
        digests = [value.integer(8) for _ in range(count)]
        return list(zip(at, before, after, fewer, [span + 1 for span in spans], counts, digests))

    def _read_versions(self, value):
        count = value.count(2)
        pages = steps(value, count)
        both = [value.varint() for _ in range(count)]
        require(all(each // 4 <= FRAME_BYTES_MAX for each in both), f"{self.name} has a page that is too long")
        return [(page, each % 4, each // 4) for page, each in zip(pages, both)]

    def _read_blocks(self, value):
        count = value.count(2)
        sizes = [value.varint() for _ in range(count)]
        saved = [value.varint() for _ in range(count)]
        require(all(0 <= less < size <= BLOCK_BYTES_MAX for size, less in zip(sizes, saved)), f"{self.name} has a block that cannot be")
        return list(zip(sizes, saved))

    def _place_versions(self, plain):
        self.versions, block, offset = [], 0, 0
        for page, coding, size in self._lengths:
            require((coding == ZERO) == (size == 0), f"{self.name} has a page without bytes")
            if size and block < len(plain) and offset == len(plain[block]):
                block, offset = block + 1, 0
            fits = size == 0 or (block < len(plain) and size <= len(plain[block]) - offset)
            require(fits, f"{self.name} has pages that do not fit into its blocks")
            self.versions.append(Version(page, coding, plain[block][offset:offset + size] if size else b""))
            offset += size
        full = not plain or (block + 1 == len(plain) and offset == len(plain[block]))
        require(full, f"{self.name} has pages that do not fill its blocks")
        left = len(self.versions) - sum(commit.versions for commit in self.commits)
        require(left >= 0 and (left > 0) == self.ends_inside, f"{self.name} has transactions of other pages")


class Stream:
    """The unbroken beginning of a stream."""

    def __init__(self, repository, database, stream):
        self.pieces = []
        named = []
        below = f"{re.escape(escape(database))}/{re.escape(stream)}"
        for name, (first, last, generation) in repository.list("logs", below + "/([0-9a-f]{16})-([0-9a-f]{16})(?:\\.([0-9a-f]+))?"):
            named.append((int(first, 16), int(last, 16), int(generation or "0", 16), name))
        require(named, f"there is no log stream {stream} of {database}")
        due = 1
        while True:
            candidates = sorted((each for each in named if each[0] == due), reverse=True)
            piece = next(filter(None, (self._opened(repository, database, each[3]) for each in candidates)), None)
            if piece is None:
                return
            self.pieces.append(piece)
            due = next(each[1] for each in candidates if each[3] == piece.name) + 1

    def _opened(self, repository, database, name):
        try:
            piece = Piece(repository, database, name)
        except Refused:
            return None
        last = self.pieces[-1] if self.pieces else None
        follows = (piece.before == (last.after if last else bytes(16)) and piece.first == (last.last + 1 if last else 1)
                   and (not piece.begins_inside or (last and last.ends_inside)) and (not last or piece.head == last.head))
        return piece if follows else None

    def transactions(self):
        """Each commit with its page versions."""
        pending = []
        for piece in self.pieces:
            if not piece.begins_inside:
                pending = []
            at = 0
            for commit in piece.commits:
                pending += piece.versions[at:at + commit.versions]
                at += commit.versions
                yield commit, pending
                pending = []
            pending += piece.versions[at:]


def decoded(version, root, page_bytes):
    if version.coding == ZERO:
        return bytes(page_bytes)
    check, content = version.frame[:4], version.frame[4:]
    if version.coding == RAW:
        page = content
    elif version.coding == ZSTD:
        page = decompress(2, content, page_bytes, "a page of a log")
    else:
        require(root is not None, "a page of a log was coded against a page that is not there")
        prefix = zstandard.ZstdCompressionDict(root, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        decompressor = zstandard.ZstdDecompressor(dict_data=prefix, format=zstandard.FORMAT_ZSTD1_MAGICLESS).decompressobj()
        try:
            page = decompressor.decompress(content)
        except zstandard.ZstdError as error:
            raise Refused(f"a page of a log: {error}") from None
    require(len(page) == page_bytes and hashlib.sha256(page).digest()[:4] == check, "a page of a log is not what it was")
    return page


def lay_over(stream, number, path):
    """Makes the restored file of the base what it was behind that transaction."""
    head = stream.pieces[0]
    with open(path, "rb") as file:
        base = file.read()
    with open(path, "r+b") as file:
        done = 0
        for commit, versions in stream.transactions():
            if commit.number > number:
                break
            shortest = commit.pages_least * head.page_bytes
            if os.fstat(file.fileno()).st_size > shortest:
                file.truncate(shortest)
            for version in versions:
                at = version.page * head.page_bytes
                root = base[at:at + head.page_bytes] if version.page < head.base_pages else None
                file.seek(at)
                file.write(decoded(version, root, head.page_bytes))
            file.truncate(commit.pages_after * head.page_bytes)
            done = commit.number
    require(done == number, f"transaction {number} is not there")
