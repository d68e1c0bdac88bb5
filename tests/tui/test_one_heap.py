"""The desk's process has one heap, and pages of its own for what is large: asked of glibc itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui.lifecycle import keep_one_heap

PROGRAM = """
import ctypes, sys, threading
from tui.lifecycle import keep_one_heap

class Sums(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Sums
libc.fopen.restype = ctypes.c_void_p

def mapped():
    return libc.mallinfo2().field_4  # hblkhd: bytes in pages of their own

if sys.argv[1] == "one":
    assert keep_one_heap()
large = bytearray(8_000_000)
del large
before = mapped()
kept = bytearray(1_000_000)
print(mapped() - before)

thread_has = []
thread = threading.Thread(target=lambda: thread_has.append(bytearray(20_000)))
thread.start()
thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def told(how: str, folder: Path) -> tuple[int, int]:
    """Bytes mapped for a million after eight were freed, and the number of heaps."""
    info = folder / "malloc-info"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, str(info)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(done.stdout), info.read_text().count("<heap ")


@pytest.mark.skipif(not keep_one_heap(), reason="another allocator than glibc's")
def test_threads_share_a_heap_and_what_is_large_goes_back(tmp_path: Path) -> None:
    mapped, heaps = told("one", tmp_path)
    assert mapped >= 1_000_000 and heaps == 1
    mapped, heaps = told("as it is", tmp_path)
    assert mapped == 0 and heaps > 1  # or it would prove nothing


def test_another_allocator_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def __init__(self, name: None) -> None:
            pass

    monkeypatch.setattr("ctypes.CDLL", Other)
    assert not keep_one_heap()
