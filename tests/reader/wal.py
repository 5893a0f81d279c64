"""A server's write-ahead log, kept as its bytes. FORMAT.md, section 19."""
import hashlib
import os

from notation import Bytes, read_tagged, require
from protection import TAG_BYTES, decompress, derive, open_body, open_piece
from repository import escape

INDEX_BYTES_MAX = 64 << 20
PIECE_BYTES_MAX = 1 << 24
BLOCK_BYTES_MAX = 1 << 18
PIECE_NAME = "([0-9a-f]{16})/([0-9a-f]{8})/[0-9a-f]{9}/([0-9a-f]{16})-([0-9a-f]{16})"


def read_piece(repository, database, name):
    """The bytes of one piece."""
    reader = Bytes(repository.get(name, PIECE_BYTES_MAX + INDEX_BYTES_MAX + (1 << 20)), name)
    reader.magic(b"HFWALP")
    require(reader.integer(1) == repository.suite, f"{name} is not protected as the repository says")
    reader.raw(3)
    index_bytes, owner, salt = reader.integer(4), reader.raw(16), reader.raw(16)
    require(index_bytes <= INDEX_BYTES_MAX, f"{name} is too large")
    require(owner.hex() not in repository.destroyed, f"the data key of {database} was destroyed")
    header, key = reader.data[:48], derive(repository.data_key(database, owner), salt, b"holdfast log")
    index = open_body(open_piece(repository.suite, key, 0, header + name.encode(), reader.raw(index_bytes), name), INDEX_BYTES_MAX, name)
    fields = {}
    read_tagged(index, name, {
        2: lambda value: fields.update(digest=value.raw(32)),
        4: lambda value: value.rest(),
        6: lambda value: fields.update(blocks=[(value.varint(), value.varint(), value.integer(1)) for _ in range(value.count(3))])})
    require(len(fields) == 2, f"{name} lacks what it must say")
    plain = b""
    for number, (size, stored, codec) in enumerate(fields["blocks"]):
        require(0 < size <= BLOCK_BYTES_MAX and stored <= size and len(plain) + size <= PIECE_BYTES_MAX, f"{name}: its blocks make no sense")
        block = open_piece(repository.suite, key, number + 1, header, reader.raw(stored + TAG_BYTES), name)
        plain += decompress(codec, block, size, name)
    reader.end()
    require(hashlib.sha256(plain).digest() == fields["digest"], f"{name}: its bytes are not those that it says")
    return plain


def restore_wal(repository, database, timeline, target):
    """Writes what there is of one timeline, places as offsets: holes where nothing is."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for name, (_, of, begin, end) in repository.list(f"wal/{escape(database)}", PIECE_NAME):
            if int(of, 16) != int(timeline):
                continue
            plain = read_piece(repository, database, name)
            require(len(plain) == int(end, 16) - int(begin, 16), f"{name} is not as long as its name says")
            out.seek(int(begin, 16))
            out.write(plain)
