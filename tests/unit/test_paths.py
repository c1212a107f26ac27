"""Paths as users write them, and each error of the operating system as a sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sim.paths import absolute, home, meaning


def test_a_tilde_is_the_home_folder_and_places_are_absolute(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert absolute("~/x") == tmp_path / "x" and absolute("y") == tmp_path / "y" and home("y") == Path("y")
    assert absolute("a~b") == tmp_path / "a~b"


def refused(path: Path, use) -> str:
    with pytest.raises(OSError) as caught:
        use(path)
    text = meaning(caught.value)
    assert text is not None and "\n" not in text
    return text


def test_what_stands_in_the_way_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("/nonexistent/x")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    make = Path.mkdir
    assert refused(tmp_path / "file", make).endswith("file: is a file; expected a folder")
    assert f"{tmp_path / 'file'} is a file" in refused(tmp_path / "file" / "x", make)
    assert "is a link to /nonexistent/x, which does not exist" in refused(tmp_path / "dangling", make)
    assert "dangling is a link to /nonexistent/x" in refused(tmp_path / "dangling" / "x", make)
    assert "is a folder; expected a file" in refused(tmp_path / "folder", Path.read_bytes)
    assert "no such file or folder" in refused(tmp_path / "none", Path.read_bytes)
    assert "circle" in refused(tmp_path / "circle", Path.read_bytes)
    long = refused(tmp_path / ("x" * 300), make)
    assert "too long" in long and len(long) < 200
    assert refused(tmp_path / "none" / ".hidden.tmp", Path.touch).startswith(f"{tmp_path / 'none'}: ")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE, errno.EMFILE,
                                  errno.EBUSY, errno.ENOLCK, errno.EAGAIN, errno.EXDEV, errno.ENOTEMPTY])  # fmt: skip
def test_each_code_has_a_sentence(code):
    text = meaning(OSError(code, os.strerror(code), "results/x.h5"))
    assert text is not None and text.startswith("results/x.h5: ") and "[Errno" not in text


def test_what_a_user_cannot_change_stays_a_bug():
    assert meaning(OSError("no code")) is None
    assert meaning(OSError(errno.EBADF, "Bad file descriptor")) is None
