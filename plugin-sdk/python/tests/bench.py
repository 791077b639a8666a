"""Measures a plugin server: CPU of its process per event, and the time of one event alone.

    python tests/bench.py [--seconds 3] [COMMAND ...]      the benchmark plugin by default; {socket} in it is filled in

The client sends frames that were encoded beforehand and reads with one call, so that it is not what is measured.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from gateway import Gateway, event_message

from dragoman_plugin import wire
from dragoman_plugin.frames import frame


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pump(link: socket.socket, concurrency: int, seconds: float) -> tuple[int, list[float]]:
    """Keep so many events under way; gives how many were answered, and the times of those one at a time."""
    payload = event_message()
    frames = {n: frame(n, wire.EVENT, payload) for n in range(1, concurrency + 1)}
    link.sendall(b"".join(frames.values()))
    began = time.perf_counter()
    end, answered, times, rest = began + seconds, 0, [], b""
    while True:
        rest += link.recv(262144)
        at, again = 0, []
        while len(rest) - at >= 9:
            length = int.from_bytes(rest[at : at + 4], "little")
            if len(rest) - at < 4 + length:
                break
            again.append(frames[int.from_bytes(rest[at + 4 : at + 8], "little")])
            at += 4 + length
        rest = rest[at:]
        answered += len(again)
        now = time.perf_counter()
        if concurrency == 1 and again:
            times.append(now - began)
        if now > end:
            return answered, times
        began = time.perf_counter()
        link.sendall(b"".join(again))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--plugin", default="bench")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.socket")
        words = options.command or [
            sys.executable,
            f"{here}/bench_plugin.py",
            "-socket",
            "{socket}",
        ]
        words = [word.replace("{socket}", path).replace("{folder}", folder) for word in words]
        server = subprocess.Popen(words)
        try:
            for concurrency in (32, 1):
                gateway = Gateway(path)
                gateway.start(options.plugin)
                pump(gateway.socket, concurrency, 0.5)
                gateway.close()
                gateway = Gateway(path)
                gateway.start(options.plugin)
                before = cpu_seconds(server.pid)
                answered, times = pump(gateway.socket, concurrency, options.seconds)
                cpu = cpu_seconds(server.pid) - before
                line = f"{concurrency:3} under way: {answered / options.seconds:8.0f} events/s"
                line += f", {cpu / answered * 1e6:6.1f} us CPU of the server an event"
                if times:
                    quantiles = statistics.quantiles(times, n=100)
                    line += f", p50 {quantiles[49] * 1e6:.0f} us, p99 {quantiles[98] * 1e6:.0f} us"
                print(line)
                gateway.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
