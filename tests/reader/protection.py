"""Derives keys, opens what is sealed, decompresses. FORMAT.md, sections 4, 6 and 8."""
import hashlib
import zlib

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notation import Bytes, Refused, require

TAG_BYTES = 16
AES_256_GCM, CHECKSUM = 1, 2


def derive(key, salt, info):
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def decrypt(key, nonce, sealed, associated):
    """None where it does not authenticate."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


def open_once(key, associated, sealed):
    if len(sealed) < 12 + TAG_BYTES:
        return None
    return decrypt(key, sealed[:12], sealed[12:], associated)


def open_piece(suite, key, nonce, associated, sealed, what):
    require(len(sealed) >= TAG_BYTES, f"{what} is cut short")
    if suite == AES_256_GCM:
        plain = decrypt(key, bytes(4) + nonce.to_bytes(8, "big"), sealed, associated)
    else:
        plain = sealed[:-TAG_BYTES]
        head = nonce.to_bytes(8, "little") + len(associated).to_bytes(8, "little")
        if hashlib.sha256(head + associated + plain).digest()[:TAG_BYTES] != sealed[-TAG_BYTES:]:
            plain = None
    require(plain is not None, f"{what} is damaged: it does not authenticate")
    return plain


def decompress(codec, stored, size, what):
    if codec == 0:
        plain, whole = stored, True
    elif codec == 1:
        gzip = zlib.decompressobj(wbits=31)
        try:
            plain = gzip.decompress(stored, size + 1)
        except zlib.error as error:
            raise Refused(f"{what}: {error}") from None
        whole = gzip.eof and not gzip.unused_data
    elif codec == 2:
        frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            said = zstandard.get_frame_parameters(stored).content_size
            require(said in (size, zstandard.CONTENTSIZE_UNKNOWN), f"{what} does not hold what it should")
            plain = frame.decompress(stored)
        except zstandard.ZstdError as error:
            raise Refused(f"{what}: {error}") from None
        whole = frame.eof and not frame.unused_data
    else:
        raise Refused(f"{what} is compressed in a way ({codec}) that this reader does not know")
    require(whole and len(plain) == size, f"{what} does not hold what it should")
    return plain


def decompress_delta(frame, base, what):
    """A page from its delta: a zstd frame without a magic number, with the base as its prefix."""
    require(frame[:1] == b"\0", f"{what} is not of the kind that there is")
    prefix = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    opened = zstandard.ZstdDecompressor(dict_data=prefix, format=zstandard.FORMAT_ZSTD1_MAGICLESS).decompressobj()
    try:
        page = opened.decompress(frame)
    except zstandard.ZstdError as error:
        raise Refused(f"{what}: {error}") from None
    require(opened.eof and not opened.unused_data and len(page) == len(base), f"{what} does not hold a page")
    return page


def open_body(data, size_max, what):
    body = Bytes(data, what)
    codec, size = body.integer(1), body.varint()
    require(size <= size_max and size >> 17 <= body.left(), f"{what} says that it holds {size} bytes")
    return decompress(codec, body.rest(), size, what)
