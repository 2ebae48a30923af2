"""Memory of the host: let a process keep what it frees.

glibc takes buffers of more than 32 MiB from the kernel one by one and gives them back when they are freed. A training
step on a CPU frees and takes hundreds of them, and the kernel fills each with zeros page by page.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4      # malloc.h
_KEPT, _STEP = 2 ** 31 - 1, 2 ** 29                          # bytes; options are C ints


def keep_freed_memory() -> bool:
    """Let glibc keep freed memory of any size for the next buffers, for the rest of this process.

    The process stays as large as it ever was. Without effect on other systems than Linux with glibc, and on memory of
    GPUs, which PyTorch keeps anyway.

    Returns:
        bool: Whether it could be done.
    """
    if not sys.platform.startswith('linux'):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return all([mallopt(_M_MMAP_MAX, 0), mallopt(_M_TRIM_THRESHOLD, _KEPT), mallopt(_M_TOP_PAD, _STEP)])
