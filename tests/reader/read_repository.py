#!/usr/bin/python3 -B
"""A second reader of repositories, written from engine/repository/FORMAT.md alone: it shares no code with the program.

    read_repository.py STORE_FOLDER list
    read_repository.py STORE_FOLDER restore DATABASE POINT TARGET_FOLDER
    read_repository.py STORE_FOLDER restore-log DATABASE STREAM TRANSACTION TARGET_FOLDER
    read_repository.py STORE_FOLDER restore-wal DATABASE TIMELINE TARGET_FILE

The key or passphrase is in the environment variable BACKUP_ENCRYPTION_KEY. Files are made, never overwritten.
"""
import os
import sys

from logs import Stream, lay_over
from notation import Refused, require
from points import Point, moment
from repository import DATABASE, Repository, unescape
from wal import restore_wal


def iso(instant):
    return instant.isoformat(timespec="milliseconds") + "Z"


def list_points(repository):
    for _, (database, point_id) in repository.list("points", f"({DATABASE})/([^/]+)"):
        point = Point(repository, unescape(database), point_id)
        kept = ["pinned"] if point.pinned else []
        if point.keep_until is not None:
            kept.append("until:" + iso(moment(point.keep_until)))
        print(point.database, point.id, point.kind, iso(point.instant), *(f"{file.name}:{file.bytes}" for file in point.files), *kept)


def restore_point(repository, database, point_id, target):
    point = Point(repository, database, point_id)
    for file, where in zip(point.files, point.read_map()):
        parts = file.name.split("/")
        require(not {"", ".", ".."} & set(parts) and "\0" not in file.name, f"a file of the name {file.name!r}")
        path = os.path.join(target, *parts)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            if file.page_bytes:
                point.write_pages(where, file, out)
            else:
                point.write_stream(where, out)


def restore_transaction(repository, database, stream_id, number, target):
    stream = Stream(repository, database, stream_id)
    require(stream.pieces, f"log stream {stream_id} cannot be read")
    restore_point(repository, database, stream.pieces[0].base, target)
    lay_over(stream, int(number), os.path.join(target, stream.pieces[0].file))


def main(arguments):
    try:
        if (arguments[1:2] or [""])[0] not in {2: ("list",), 5: ("restore", "restore-wal"), 6: ("restore-log",)}.get(len(arguments), ()):
            sys.exit(__doc__)
        repository = Repository(arguments[0], os.environ.get("BACKUP_ENCRYPTION_KEY", ""))
        if arguments[1] == "list":
            list_points(repository)
        elif arguments[1] == "restore-wal":
            restore_wal(repository, *arguments[2:])
        elif arguments[1] == "restore":
            restore_point(repository, *arguments[2:])
        else:
            restore_transaction(repository, *arguments[2:])
    except Refused as error:
        sys.exit(f"read_repository: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
