"""Paths as users write them, and errors of the operating system about them as sentences."""

from __future__ import annotations

import errno
import os
from pathlib import Path

# What an error code means and what helps, to follow the path.
_MEANINGS = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "no permission; expected a path that you may use (--out)"),
    errno.EROFS: "is on a disk that can only be read; expected another file or folder",
    errno.EISDIR: "is a folder; expected a file",
    errno.ELOOP: "is a link that leads in a circle; expected a file or folder",
    errno.ENAMETOOLONG: "the name is too long for this disk; expected at most 255 bytes",
    errno.ENOTEMPTY: "is a folder that is not empty; expected another file or folder",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "too many files are open; close programs, or raise `ulimit -n`"),
    **dict.fromkeys((errno.EBUSY, errno.ETXTBSY), "is in use by another program; wait for it, then repeat the command"),
}
# The disk or its server does not answer: nothing is known about the content.
_NOT_NOW = (
    errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN,
    errno.EHOSTUNREACH, errno.EAGAIN, errno.ENOLCK,
)  # fmt: skip
_LONGEST = 80  # characters of a path in a message


def absolute(path: str | Path) -> Path:
    """Return the absolute path that a user means: ``~`` is the home folder, as in a shell.

    What is opened or stored under it stays valid when the current folder changes.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Path
        Absolute; links are not followed.
    """
    return home(path).absolute()


def home(path: str | Path) -> Path:
    """Return a path in which ``~`` at the beginning is replaced by the home folder; otherwise unchanged."""
    return Path(os.path.expanduser(path))


def meaning(error: OSError) -> str | None:
    """Return one sentence about an error of the operating system: which path, what is wrong, what helps.

    Parameters
    ----------
    error : OSError

    Returns
    -------
    str or None
        None if the error names no file and no cause that a user can remove: that is a bug.
    """
    code, name = error.errno, error.filename2 or error.filename
    if code is None or (name is None and code not in (*_MEANINGS, *_NOT_NOW)):
        return None
    if not isinstance(name, (str, bytes, os.PathLike)):
        return f"{error.strerror}: {_MEANINGS.get(code, 'try again later')}"
    path = _shown(Path(os.fsdecode(name)))
    text = _cause(path, code)
    return f"{_short(path)}: {text or _general(code, error)}"


def _general(code: int, error: OSError) -> str:
    if code in _NOT_NOW:
        return f"cannot be used now ({error.strerror}); nothing is lost: check the disk, then repeat the command"
    return _MEANINGS.get(code, f"{error.strerror}; expected another file or folder")


def _cause(path: Path, code: int) -> str:
    """Return what is on the way to a path that does not exist or is not what is wanted; empty if nothing is."""
    if code not in (errno.ENOENT, errno.EEXIST, errno.ENOTDIR):
        return ""
    for part in (*reversed(path.parents), path):
        if part.is_symlink() and not part.exists():
            return f"{'' if part == path else f'{part} '}is a link to {os.readlink(part)}, which does not exist"
        if part.is_file() and (part != path or code != errno.ENOENT):
            return f"{'' if part == path else f'{part} '}is a file; expected a folder"
    return "" if code != errno.ENOENT else "no such file or folder"


def _shown(path: Path) -> Path:
    """Return the path that a user knows: hidden files are parts of their folder."""
    return path.parent if path.name.startswith(".") and path.name not in (".", "..") else path


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST or len(path.name) < _LONGEST else f"{text[:_LONGEST]}..."
