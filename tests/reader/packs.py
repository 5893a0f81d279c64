"""Packs and the chunks in them. FORMAT.md, sections 7 and 8."""
import collections
import hmac
import os

from notation import Bytes, Refused, require
from protection import TAG_BYTES, decompress, decompress_delta, open_piece

CHUNK_BYTES_MAX = 4 << 20
ENTRIES_MAX = 1 << 20
ADDRESS_MAX = 1 << 44
PLAIN, PAGE_DELTA = 0, 1
FOOTER_NONCE = 2**64 - 1

Entry = collections.namedtuple("Entry", "kind codec identity offset stored plain")


class Pack:
    CHUNKS_KEPT = 8

    def __init__(self, repository, pack_id, owner, key):
        self.repository, self.id, self.key = repository, pack_id, key
        self.name = f"packs/{pack_id.hex()[:2]}/{pack_id.hex()}"
        try:
            self.file = open(repository.path(self.name), "rb")
        except FileNotFoundError:
            raise Refused(f"there is no {self.name}") from None
        header = self._read(0, 64)
        reader = Bytes(header, self.name)
        reader.magic(b"HFPACK")
        require(reader.integer(1) == repository.suite, f"{self.name} is not protected as the repository says")
        reader.raw(7)
        require(reader.raw(16) == pack_id and reader.raw(16) == owner, f"{self.name} is another pack")
        self.entries = self._read_footer(header)
        self.kept = collections.OrderedDict()

    def _read(self, offset, size):
        self.file.seek(offset)
        data = self.file.read(size)
        require(len(data) == size, f"{self.name} is cut short")
        return data

    def _read_footer(self, header):
        size = os.fstat(self.file.fileno()).st_size
        require(size >= 64 + TAG_BYTES + 16, f"{self.name} is cut short")
        trailer = Bytes(self._read(size - 16, 16), self.name)
        footer_bytes, zero = trailer.integer(4), trailer.integer(4)
        trailer.magic(b"HFPEND")
        require(zero == 0 and TAG_BYTES <= footer_bytes <= min(96 << 20, size - 80), f"{self.name} has an impossible footer")
        footer_at = size - 16 - footer_bytes
        sealed = self._read(footer_at, footer_bytes)
        footer = Bytes(open_piece(self.repository.suite, self.key, FOOTER_NONCE, header, sealed, f"the footer of {self.name}"), self.name)
        entries, offset = [], 64
        count = footer.count(37)
        require(count <= ENTRIES_MAX, f"{self.name} has too many entries")
        for _ in range(count):
            record = Bytes(footer.sized(), self.name)
            entry = Entry(record.integer(1), record.integer(1), record.raw(32), offset, record.varint(), record.varint())
            require(TAG_BYTES <= entry.stored <= CHUNK_BYTES_MAX + TAG_BYTES and 1 <= entry.plain <= CHUNK_BYTES_MAX,
                    f"{self.name} has an impossible entry")
            entries.append(entry)
            offset += entry.stored
        footer.end()
        require(offset == footer_at, f"the entries of {self.name} do not fill it")
        return entries

    def chunk(self, number, base_of):
        """The plain bytes. `base_of(pack id, address, page size)` gives the page that a delta is made against."""
        if number not in self.kept:
            self.kept[number] = self._open_chunk(number, base_of)
            if len(self.kept) > self.CHUNKS_KEPT:
                self.kept.popitem(last=False)
        return self.kept[number]

    def is_delta(self, number):
        return number < len(self.entries) and self.entries[number].kind == PAGE_DELTA

    def _open_chunk(self, number, base_of):
        what = f"chunk {number} of {self.name}"
        require(number < len(self.entries), f"there is no {what}")
        entry = self.entries[number]
        require(entry.kind in (PLAIN, PAGE_DELTA), f"{what} is of a kind that this reader does not know")
        sealed = self._read(entry.offset, entry.stored)
        stored = open_piece(self.repository.suite, self.key, number, self.id + entry.identity, sealed, what)
        if entry.kind == PAGE_DELTA:
            require(entry.codec == 0, f"{what} is of a kind that this reader does not know")
            plain = self._decode_deltas(stored, entry.plain, base_of, what)
        else:
            plain = decompress(entry.codec, stored, entry.plain, what)
        identity = hmac.digest(self.repository.identity_key, plain, "sha256")
        require(hmac.compare_digest(identity, entry.identity), f"{what} is not what its identity says")
        return plain

    def _decode_deltas(self, content, plain_bytes, base_of, what):
        reader = Bytes(content, what)
        packs = [reader.raw(16) for _ in range(reader.count(16))]
        count = reader.count(3)
        require(count > 0 and plain_bytes % count == 0, f"{what} does not hold whole pages")
        page_bytes, pages = plain_bytes // count, []
        for _ in range(count):
            pack, address, frame = reader.varint(), reader.varint(), reader.sized()
            require(pack < len(packs) and address <= ADDRESS_MAX, f"{what} has a base that is nowhere")
            pages.append(decompress_delta(frame, base_of(packs[pack], address, page_bytes), what))
        reader.end()
        return b"".join(pages)
