"""Recovery points: manifests, maps, and the files that they describe. FORMAT.md, sections 9 and 10."""
import collections
import datetime
import os

from notation import Bytes, Refused, as_instant, as_text, read_tagged, require, text_bytes
from packs import ADDRESS_MAX, CHUNK_BYTES_MAX, ENTRIES_MAX
from protection import derive, open_body, open_piece
from repository import escape

PointFile = collections.namedtuple("PointFile", "name page_bytes bytes")
NeededPack = collections.namedtuple("NeededPack", "id owner key")


def moment(milliseconds):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)


class Point:
    def __init__(self, repository, database, point_id):
        self.repository, self.database, self.id = repository, database, point_id
        self.name = f"points/{escape(database)}/{point_id}"
        reader = Bytes(repository.get(self.name, (1 << 30) + (256 << 20) + 64), self.name)
        reader.magic(b"HFPONT")
        require(reader.integer(1) == repository.suite, f"{self.name} is not protected as the repository says")
        reader.raw(7)
        owner, salt = reader.raw(16), reader.raw(16)
        manifest_bytes, _, map_bytes = reader.integer(4), reader.integer(4), reader.integer(8)
        require(manifest_bytes <= 256 << 20 and map_bytes <= 1 << 30, f"{self.name} is too large")
        self._associated = reader.data[:64] + text_bytes(database) + text_bytes(point_id)
        require(owner.hex() not in repository.destroyed, f"the data key of {database} was destroyed")
        self._key = derive(repository.data_key(database, owner), salt, b"holdfast point")
        manifest, self._sealed_map = reader.raw(manifest_bytes), reader.raw(map_bytes)
        reader.end()
        self._read_manifest(self._open(0, manifest, 256 << 20))

    def _open(self, nonce, sealed, size_max):
        body = open_piece(self.repository.suite, self._key, nonce, self._associated, sealed, self.name)
        return open_body(body, size_max, self.name)

    def _read_manifest(self, plain):
        self.files, fields = [], {"engine": 0, "kind": 0, "instant": 0, "pinned": False, "keep_until": None}
        skipped = lambda value: value.rest()
        readers = dict.fromkeys(range(1, 40, 2), skipped)
        readers.update({
            19: lambda value: fields.update(pinned=value.varint() != 0),
            21: lambda value: fields.update(keep_until=as_instant(value)),
            2: lambda value: fields.update(id=as_text(value.rest(), self.name)),
            4: lambda value: fields.update(database=as_text(value.rest(), self.name)),
            6: lambda value: fields.update(engine=value.varint()),
            8: lambda value: fields.update(kind=value.varint()),
            10: lambda value: self.files.append(self._read_file(value.rest())),
            3: lambda value: fields.update(instant=as_instant(value))})
        read_tagged(plain, self.name, readers)
        require(fields.get("id") == self.id and fields.get("database") == self.database, f"{self.name} says it is another")
        require(fields["engine"] <= 2 and fields["kind"] <= 4, f"{self.name} is of a kind that this reader does not know")
        self.kind = ("full", "incremental", "log", "logical", "raw")[fields["kind"]]
        self.instant = moment(fields["instant"])
        self.pinned, self.keep_until = self._read_pin() or (fields["pinned"], fields["keep_until"])

    def _read_pin(self):
        """What was decided after the point was taken; None where nothing was."""
        name = "pins/" + self.name.removeprefix("points/")
        if not os.path.exists(self.repository.path(name)):
            return None
        fields = {"pinned": False, "keep_until": None}
        try:
            read_tagged(self.repository.open_small(name, b"HFPINS", 1 << 20), name, {
                2: lambda value: fields.update(pinned=value.varint() != 0),
                4: lambda value: fields.update(keep_until=as_instant(value))})
        except Refused:
            return True, None
        return fields["pinned"], fields["keep_until"]

    def _read_file(self, record):
        fields = {"name": "", "page_bytes": 0, "bytes": 0}
        read_tagged(record, f"a file of {self.name}", {
            2: lambda value: fields.update(name=as_text(value.rest(), self.name)),
            4: lambda value: fields.update(page_bytes=value.varint()),
            6: lambda value: fields.update(bytes=value.varint()),
            1: lambda value: value.varint()})
        file = PointFile(**fields)
        fits = file.page_bytes == 0 or (file.page_bytes <= CHUNK_BYTES_MAX and file.bytes % file.page_bytes == 0)
        require(file.name and file.bytes <= 1 << 56 and fits, f"{self.name} has a file that cannot be")
        return file

    def read_map(self):
        """Per file the function that writes it."""
        owners, self.packs, self.bases, maps = [], [], {}, []

        def next_file(pages):
            require(len(maps) < len(self.files), f"{self.name} has more maps than files")
            file = self.files[len(maps)]
            require((file.page_bytes != 0) == pages, f"{self.name} has a map that is not that of its file")
            return file

        def read_pack(value):
            pack_id, owner, key = value.raw(16), value.varint() >> 1, value.sized()
            require(owner < len(owners) and len(key) in (0, 32), f"{self.name} needs a pack of nobody")
            self.packs.append(NeededPack(pack_id, owners[owner], key or None))

        read_tagged(self._open(1, self._sealed_map, 1 << 30), self.name, {
            2: lambda value: owners.extend(value.raw(16) for _ in range(value.count(16))),
            4: lambda value: [read_pack(value) for _ in range(value.count(18))],
            6: lambda value: maps.append(self._read_page_map(value, next_file(True))),
            8: lambda value: maps.append(self._read_stream_map(value, next_file(False))),
            10: self._read_bases})
        require(len(maps) == len(self.files), f"{self.name} has a file without a map")
        return maps

    def _read_bases(self, value):
        """Per chunk of deltas (pack, entry) the runs (pack, first, count) that it is made against."""
        before = None
        for _ in range(value.count(6)):
            place = value.varint(), value.varint()
            require(before is None or before < place, f"{self.name} has deltas out of order")
            runs = [(value.varint(), value.varint(), value.varint()) for _ in range(value.count(3))]
            require(runs and place[1] < ENTRIES_MAX and max(place[0], *(run[0] for run in runs)) < len(self.packs)
                    and all(count > 0 and first + count <= ENTRIES_MAX for _, first, count in runs),
                    f"{self.name} has deltas whose bases are nowhere")
            self.bases[place] = runs
            before = place

    def _read_page_map(self, value, file):
        """Runs (count, pack or None, address)."""
        pages, page, runs, ends = file.bytes // file.page_bytes, 0, [], {}
        for _ in range(value.count()):
            count, mode = divmod(value.varint(), 4)
            require(0 < count <= pages - page, f"{self.name} has a map that does not fit its file")
            pack = address = None
            if mode != 0:
                pack = value.varint()
                require(pack < len(self.packs) and (mode == 3 or pack in ends), f"{self.name} has a map that points nowhere")
                if mode == 3:
                    address = value.varint()
                else:
                    end_page, end_address = ends[pack]
                    address = end_address + (page - end_page if mode == 2 else 0)
                require(address <= ADDRESS_MAX and count <= ADDRESS_MAX, f"{self.name} has a map that points beyond every pack")
                ends[pack] = page + count, address + count
            runs.append((count, pack, address))
            page += count
        require(page == pages, f"{self.name} has a map that is shorter than its file")
        return runs

    def _read_stream_map(self, value, file):
        """Pieces (pack, entry, bytes)."""
        pieces, total = [], 0
        for _ in range(value.count(4)):
            pack, first, count = value.varint(), value.varint(), value.count()
            require(pack < len(self.packs) and first <= ENTRIES_MAX and count <= ENTRIES_MAX, f"{self.name} has a map that points nowhere")
            for i in range(count):
                size = value.varint()
                total += size
                require(0 < size <= CHUNK_BYTES_MAX and total <= file.bytes, f"{self.name} has a map that does not fit its file")
                pieces.append((pack, first + i, size))
        require(total == file.bytes, f"{self.name} has a map that is shorter than its file")
        return pieces

    def _located(self, needed, entry):
        """The pack, opened, and the entry in it, where it is now."""
        pack, entry, new_owner = self.repository.moved(needed.id, entry)
        if new_owner is not None:
            return self.repository.pack(pack, new_owner, None), entry
        return self.repository.pack(needed.id, needed.owner, needed.key), entry

    def chunk(self, pack_number, entry):
        pack, there = self._located(self.packs[pack_number], entry)
        listed = (pack_number, entry) in self.bases
        require(pack.is_delta(there) == listed, f"{self.name} does not say rightly which of its chunks are deltas")
        return pack.chunk(there, lambda *base: self._base(self.bases[pack_number, entry], *base))

    def _base(self, runs, pack_id, address, page_bytes):
        entry, page = divmod(address, max(1, self.repository.extent_bytes // page_bytes))
        number = next((number for number, first, count in runs if self.packs[number].id == pack_id and first <= entry < first + count), None)
        require(number is not None, f"{self.name} does not list what a delta is made against")
        pack, there = self._located(self.packs[number], entry)
        require(not pack.is_delta(there), f"{self.name} has a delta that is made against a delta")
        base = pack.chunk(there, None)[page * page_bytes:(page + 1) * page_bytes]
        require(len(base) == page_bytes, f"{self.name} has a delta whose base lies beyond its chunk")
        return base

    def write_pages(self, runs, file, out):
        pages_per_chunk = max(1, self.repository.extent_bytes // file.page_bytes)
        for count, pack, address in runs:
            if pack is None:
                out.seek(count * file.page_bytes, os.SEEK_CUR)
                continue
            while count:
                entry, page = divmod(address, pages_per_chunk)
                here = min(count, pages_per_chunk - page)
                start, end = page * file.page_bytes, (page + here) * file.page_bytes
                chunk = self.chunk(pack, entry)
                require(end <= len(chunk), f"{self.name} needs pages that its chunk does not have")
                out.write(chunk[start:end])
                address, count = address + here, count - here
        out.truncate(file.bytes)

    def write_stream(self, pieces, out):
        for pack, entry, size in pieces:
            chunk = self.chunk(pack, entry)
            require(len(chunk) == size, f"{self.name} needs a chunk of another length")
            out.write(chunk)
