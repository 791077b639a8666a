"""Frames: no boundary between chunks changes what is read; impossible lengths are refused at once."""

from __future__ import annotations

import pytest

from dragoman_plugin.errors import FrameError
from dragoman_plugin.frames import FrameReader, frame

STREAM = frame(1, 8, b"first") + frame(0xFFFFFFFF, 13) + frame(7, 11, b"x" * 300)
FRAMES = [(1, 8, b"first"), (0xFFFFFFFF, 13, b""), (7, 11, b"x" * 300)]


def test_the_same_frames_wherever_the_stream_is_cut() -> None:
    for cut in range(len(STREAM) + 1):
        reader = FrameReader()
        assert reader.push(STREAM[:cut]) + reader.push(STREAM[cut:]) == FRAMES, f"cut at {cut}"


def test_byte_by_byte() -> None:
    reader = FrameReader()
    got = [one for i in range(len(STREAM)) for one in reader.push(STREAM[i : i + 1])]
    assert got == FRAMES


@pytest.mark.parametrize("length", [0, 4, 101, 0xFFFFFFFF])
def test_an_impossible_length_is_refused_before_its_bytes_come(length: int) -> None:
    head = length.to_bytes(4, "little")
    with pytest.raises(FrameError):
        FrameReader(100).push(head)
    reader = FrameReader(100)
    reader.push(head[:2])
    with pytest.raises(FrameError):
        reader.push(head[2:])


def test_the_longest_frame_is_taken() -> None:
    data = frame(1, 8, b"x" * 95)
    assert FrameReader(100).push(data) == [(1, 8, b"x" * 95)]
