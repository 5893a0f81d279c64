"""Settings, keys, small objects and moved chunks. FORMAT.md, sections 2 to 6 and 12."""
import base64
import binascii
import hashlib
import json
import os
import re

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from notation import Bytes, Refused, read_tagged, require
from packs import ENTRIES_MAX, Pack
from protection import AES_256_GCM, CHECKSUM, derive, open_body, open_once, open_piece

ID = "[0-9a-f]{32}"
DATABASE = "(?:[a-zA-Z0-9_-]|[.][0-9a-f]{2})+"


def escape(database):
    return "".join(chr(b) if re.match(rb"[a-zA-Z0-9_-]", bytes([b])) else f".{b:02x}" for b in database.encode())


def unescape(text):
    return re.sub(rb"\.([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode()).decode()


def is_power_of_two(value, least, most):
    return type(value) is int and least <= value <= most and value & (value - 1) == 0


class Repository:
    def __init__(self, folder, secret):
        self.folder = folder
        self._read_settings()
        self._open_keys(secret)
        tombstones = self.list("destroyed", f"({ID})")
        for name, _ in tombstones:
            self.open_small(name, b"HFGONE", 1 << 20)
        self.destroyed = {key_id for _, (key_id,) in tombstones}
        self._moves = None
        self._packs = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def get(self, name, size_max):
        try:
            with open(self.path(name), "rb") as file:
                require(os.fstat(file.fileno()).st_size <= size_max, f"{name} is too large")
                return file.read()
        except FileNotFoundError:
            raise Refused(f"there is no {name}") from None

    def list(self, folder, pattern):
        """The objects below a folder whose names go on as the pattern says: (name, groups of the match), sorted."""
        found = []
        for inside, _, files in os.walk(self.path(folder)):
            found += [os.path.relpath(os.path.join(inside, file), self.folder) for file in files]
        matches = [re.fullmatch(f"{folder}/{pattern}", name) for name in sorted(found)]
        return [(match[0], match.groups()) for match in matches if match]

    def _read_settings(self):
        data = self.get("repository.json", 1 << 20)
        try:
            settings = json.loads(data)
        except (ValueError, RecursionError):
            raise Refused("repository.json is not JSON") from None
        keys = ["holdfast_repository", "id", "created", "encryption", "extent_bytes", "stream_chunk_bytes", "pack_bytes"]
        require(isinstance(settings, dict), "repository.json is damaged")
        require(settings.get("holdfast_repository") == 1, "a repository of a format that this reader does not know")
        require(list(settings) == keys and settings["encryption"] in ("aes-256-gcm", "none"), "repository.json is damaged")
        self.id = settings["id"]
        self.suite = AES_256_GCM if settings["encryption"] == "aes-256-gcm" else CHECKSUM
        self.extent_bytes = settings["extent_bytes"]
        in_bounds = (isinstance(self.id, str) and len(self.id) == 26 and isinstance(settings["created"], str)
                     and is_power_of_two(self.extent_bytes, 1 << 16, 1 << 21)
                     and is_power_of_two(settings["stream_chunk_bytes"], 1 << 14, 1 << 20)
                     and type(settings["pack_bytes"]) is int and 1 << 16 <= settings["pack_bytes"] <= 1 << 30)
        require(in_bounds and json.dumps(settings, indent=2) + "\n" == data.decode(), "repository.json is damaged")
        self.settings_digest = hashlib.sha256(data).digest()

    def _open_keys(self, secret):
        block, why = None, "the key does not open the repository"
        for name, _ in self.list("keys", ID):
            try:
                block = self._open_key_object(name, secret)
            except Refused as damage:   # Another one may open it.
                why = str(damage)
            if block is not None:
                break
        require(block is not None, why)
        fields = {}
        read_tagged(block, "key block", {
            2: lambda value: fields.update(identity=value.raw(32)),
            4: lambda value: fields.update(encryption=value.raw(32)),
            6: lambda value: fields.update(settings=value.raw(32)),
            1: lambda value: fields.update(copy=value.raw(value.left()))})
        require({"identity", "encryption", "settings"} <= set(fields) and fields["settings"] == self.settings_digest,
                "the keys are not those of repository.json")
        copy = fields.get("copy")
        require(copy is None or hashlib.sha256(copy).digest() == fields["settings"], "the copy of repository.json in the keys is another one")
        self.identity_key, self.key_encryption = fields["identity"], fields["encryption"]
        self.metadata_key = derive(self.identity_key, self.id.encode(), b"holdfast metadata")

    def _open_key_object(self, name, secret):
        """The key block; None where this is not the user's key."""
        reader = Bytes(self.get(name, 1 << 20), name)
        reader.magic(b"HFMKEY")
        kind = reader.integer(1)
        require(kind <= 2, f"{name} is of a kind that this reader does not know")
        log2_n, r, p = reader.integer(1), reader.integer(4), reader.integer(4)
        salt, repository = reader.raw(16), reader.text()
        head = reader.data[:reader.at]
        wrapped, _note = reader.sized(), reader.sized()
        reader.end()
        if repository != self.id or (kind == 0) != (self.suite == CHECKSUM):
            return None
        if kind == 0:
            return open_piece(CHECKSUM, None, 0, head, wrapped, name)
        key = raw_key(secret)
        if not secret or (kind == 1) != (key is not None):
            return None
        if kind == 1:
            return open_once(derive(key, salt, b"holdfast master"), head, wrapped)
        require(1 <= log2_n <= 20 and 1 <= r <= 8 and 1 <= p <= 16, f"{name} has a cost out of bounds")
        return open_once(Scrypt(salt=salt, length=32, n=1 << log2_n, r=r, p=p).derive(secret.encode()), head, wrapped)

    def data_key(self, database, key_id):
        name = f"data-keys/{escape(database)}/{key_id.hex()}"
        reader = Bytes(self.get(name, 1 << 20), name)
        reader.magic(b"HFDKEY")
        require(reader.raw(16) == key_id and reader.text() == self.id and reader.text() == database, f"{name} is another key")
        head = reader.data[:reader.at]
        key = open_once(self.key_encryption, head, reader.rest())
        require(key is not None and len(key) == 32, f"{name} is damaged: it does not authenticate")
        return key

    def database_of(self, key_id):
        for _, (database,) in self.list("data-keys", f"({DATABASE})/{key_id.hex()}"):
            return unescape(database)
        raise Refused(f"there is no data key {key_id.hex()}")

    def open_small(self, name, magic, size_max):
        reader = Bytes(self.get(name, size_max), name)
        reader.magic(magic)
        require(reader.integer(1) == self.suite, f"{name} is not protected as the repository says")
        reader.raw(7)
        salt = reader.raw(16)
        associated = reader.data[:32] + name.encode()
        return open_piece(self.suite, derive(self.metadata_key, salt, b"holdfast object"), 0, associated, reader.rest(), name)

    # ---- moved chunks (12) ----

    def moved(self, pack, entry):
        """Where an entry is now: pack, entry, and the new owner (None where it was not moved)."""
        if self._moves is None:
            self._moves = self._read_moves()
        owner = None
        for _ in range(65):
            run = next((run for run in self._moves.get(pack, ()) if run[0] <= entry < run[0] + run[1]), None)
            if run is None:
                return pack, entry, owner
            first, _, pack, owner, new_first = run
            entry = entry - first + new_first
        raise Refused("chunks that were moved in a circle")

    def _read_moves(self):
        moves = {}
        for name, _ in self.list("moved", ID):
            reader = Bytes(open_body(self.open_small(name, b"HFMOVE", 512 << 20), 512 << 20, name), name)
            for _ in range(reader.count(17)):
                runs = moves.setdefault(reader.raw(16), [])
                for _ in range(reader.count(35)):
                    run = (reader.varint(), reader.varint(), reader.raw(16), reader.raw(16), reader.varint())
                    require(max(run[0], run[1], run[4]) <= ENTRIES_MAX, f"{name} points beyond a pack")
                    if all(run[0] + run[1] <= other[0] or other[0] + other[1] <= run[0] for other in runs):
                        runs.append(run)
            reader.end()
        return moves

    def pack(self, pack_id, owner, key):
        if pack_id not in self._packs:
            if key is None:
                key = derive(self.data_key(self.database_of(owner), owner), pack_id, b"holdfast pack")
            self._packs[pack_id] = Pack(self, pack_id, owner, key)
        return self._packs[pack_id]


def raw_key(secret):
    """The 32 bytes of a key; None for a passphrase."""
    try:
        if len(secret) == 64:
            return binascii.unhexlify(secret)
        key = base64.b64decode(secret, validate=True) if len(secret) == 44 else b""
        return key if len(key) == 32 else None
    except ValueError:
        return None
