"""Reads bytes that nobody vouches for. FORMAT.md, section 1."""


class Refused(Exception):
    """The repository cannot be read: damaged, newer than this reader, or not with this key."""


def require(true, why):
    if not true:
        raise Refused(why)


class Bytes:
    """Reads from bytes that it does not trust."""

    def __init__(self, data, what):
        self.data, self.what, self.at = data, what, 0

    def left(self):
        return len(self.data) - self.at

    def raw(self, size):
        require(size <= self.left(), f"{self.what} ends too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def rest(self):
        return self.raw(self.left())

    def integer(self, size):
        return int.from_bytes(self.raw(size), "little")

    def varint(self):
        value = 0
        for place in range(10):
            byte = self.raw(1)[0]
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                require(value < 2**64, f"{self.what}: a number that is too large")
                return value
        raise Refused(f"{self.what}: a number that is too long")

    def count(self, least_bytes=1):
        value = self.varint()
        require(value * least_bytes <= self.left(), f"{self.what}: more things than bytes")
        return value

    def sized(self):
        return self.raw(self.count())

    def text(self):
        return as_text(self.sized(), self.what)

    def magic(self, name):
        require(self.raw(6) == name, f"{self.what} does not begin as it should")
        require(self.integer(2) == 1, f"{self.what} has a version that this reader does not know")

    def end(self):
        require(self.left() == 0, f"{self.what} has bytes that should not be there")


def as_text(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{what}: a text that is not UTF-8") from None


def as_instant(value):
    zigzag = value.varint()
    return (zigzag >> 1) ^ -(zigzag & 1)


def read_tagged(data, what, readers):
    """Calls readers[tag] with a reader of each field's value."""
    record = Bytes(data, what)
    while record.left():
        tag = record.varint()
        value = Bytes(record.sized(), f"{what}, field {tag}")
        if tag in readers:
            readers[tag](value)
            value.end()
        else:
            require(tag % 2, f"{what} has a field ({tag}) that this reader does not know")


def text_bytes(text):
    """As `text` is written: a varint length, then UTF-8."""
    data = text.encode()
    length, left = b"", len(data)
    while left >= 0x80:
        length, left = length + bytes([left & 0x7F | 0x80]), left >> 7
    return length + bytes([left]) + data
