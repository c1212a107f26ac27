"""Locks between processes, also on disks and systems without flock (Lustre, NFS, Windows)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

OWNER = ".owner"  # suffix of the file that stands for a lock where the disk has none
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)


@contextmanager
def locked(path: Path, seconds: float = -1) -> Iterator[None]:
    """Hold a lock; it is released when this process ends, even if killed.

    Where the disk has no locks, a file with the process and the machine stands for one. A killed process leaves it; a
    process of the same machine then sees that its owner has ended.

    Parameters
    ----------
    path : Path
        A file for the lock, in an existing folder.
    seconds : float
        How long to wait for another process; without limit if negative.

    Raises
    ------
    Timeout
        If another process holds it.
    OSError
        If the file cannot be written.
    """
    lock = FileLock(path, timeout=seconds, fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:  # `Timeout` is one too, without a code
        if error.errno not in _NO_LOCKS:
            raise
        lock = SoftFileLock(path.with_name(path.name + OWNER), timeout=seconds)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


__all__ = ["OWNER", "Timeout", "locked"]
