"""Creation of a file that appears only when it is complete, and replaces no other."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

_NOT_SUPPORTED = (errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""Errors of link(2), and of fsync(2) of a directory, where a file system has neither: FAT, exFAT, SMB.

EACCES is also that of open(2) for a directory in which this process may create files, but which it may not read.
"""


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file beside a path, which gets this path at the end; only its owner can read it.

    File and directory are then on the disk, where the directory can be written to it. Raise FileExistsError if the path exists; nothing is left of the
    temporary file then, nor after any other error.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            _publish(Path(file.name), path)
        finally:
            Path(file.name).unlink(missing_ok=True)
    _sync_directory(path.parent)


def _publish(temporary: Path, path: Path) -> None:
    """Give a file its path. Raise FileExistsError if the path exists."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
        # Without hard links an empty file reserves the path, which no other process then takes.
        path.touch(0o600, exist_ok=False)
        try:
            temporary.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _sync_directory(directory: Path) -> None:
    """Write the entries of a directory to the disk, where the file system can do so."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
