"""Lag of Litestream 0.3: litestream_lag.py REPLICA TIMES

Reads a file replica: every WAL segment is decompressed and its commit frames are counted (a frame whose header names the
database's size, see SQLite's "WAL-mode File Format"); the i-th commit of the writer (TIMES: nanoseconds, one a line) was
durable when the segment that holds it got its name. Prints "lag_median_ms N" and "lag_p99_ms N".
"""
import glob
import os
import struct
import subprocess
import sys

PAGE = 4096
replica, times_file = sys.argv[1:3]
times = [int(line) for line in open(times_file)]
durable = []
segments = glob.glob(os.path.join(replica, "generations/*/wal/*.wal.lz4"))
for path in sorted(segments, key=lambda path: (os.stat(path).st_ctime_ns, path)):
    frames = subprocess.run(["lz4", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout
    at = 32 if frames[:3] == b"\x37\x7f\x06" else 0
    while at + 24 + PAGE <= len(frames):
        page, pages_after = struct.unpack(">II", frames[at:at + 8])
        if pages_after:
            durable.append(os.stat(path).st_ctime_ns)
        at += 24 + PAGE

# Its own few commits come before the writer's, and one with each checkpoint.
lags = sorted(max(0, end - begin) / 1e6 for begin, end in zip(times, durable[max(0, len(durable) - len(times)):]))
if lags:
    print("lag_median_ms %.1f" % lags[len(lags) // 2])
    print("lag_p99_ms %.1f" % lags[min(len(lags) - 1, len(lags) * 99 // 100)])
