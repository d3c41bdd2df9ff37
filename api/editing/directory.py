"""Loading of a directory of records, `{collection}/{id}.json`, in one commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from api.store.log.actions import ChangesRefusedError, publish
from api.store.projection.read_model import Progress
from api.store.publishing.store import Store
from schema.declaration.entity_base import Entity, RecordKey
from schema.model import Model
from schema.validation.decoder import decode_record
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.references import reference_faults
from schema.validation.validator import suggestion

LOADER = "loader"
"""The actor of loaded revisions in the log."""


class InvalidFilesError(ValueError):
    """Files of a directory are invalid; `faults` has all errors by file."""

    def __init__(self, faults: list[tuple[Path, Fault]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass
class RecordFiles:
    """The files of a directory: the valid records, the paths of all records by key, and the errors by path."""

    records: dict[RecordKey, Entity] = field(default_factory=dict)
    paths: dict[RecordKey, Path] = field(default_factory=dict)
    faults: list[tuple[Path, Fault]] = field(default_factory=list)


def check_directory(model: Model, folder: Path, track: Progress = iter) -> RecordFiles:
    """Return the records of a directory. Raise InvalidFilesError with all errors of all files.

    Links may lead to records of the same directory only. `track` iterates over the files, and may show progress.
    """
    files = RecordFiles()
    if not folder.is_dir():
        raise InvalidFilesError([(folder, Fault("not-there"))])
    for path in track(sorted(_record_paths(folder))):
        _read_file(model, folder, path, files)
    # An invalid file still has a key: links to its record are no further errors.
    known = set(files.paths)
    for key, fault in reference_faults(model, files.records, known.__contains__, _no_parent):
        files.faults.append((files.paths[key], fault))
    if files.faults:
        raise InvalidFilesError(sorted(files.faults, key=lambda error: (error[0], error[1].pointer)))
    return files


def load_directory(store: Store, folder: Path, track: Progress = iter) -> int:
    """Publish the records of a directory that differ from the public ones, and return their number.

    All of them are published or none. Raise InvalidFilesError with the errors of the files, or of
    records that another actor changed last. Nothing is deleted.
    """
    files = check_directory(store.renderer.model, folder, track)
    actions = [publish(record) for record in files.records.values()]
    try:
        return store.commit(actions, LOADER, only_own=True, track=track)
    except ChangesRefusedError as error:
        faults = [(files.paths[key], fault) for key, fault in error.faults]
        raise InvalidFilesError(faults) from error


def _record_paths(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")


def _read_file(model: Model, folder: Path, path: Path, files: RecordFiles) -> None:
    """Add the record of a file, or its errors, to the files of the directory."""
    collection, *names = path.relative_to(folder).parts
    if collection not in model.by_collection or not names:
        limits = suggestion(collection, [*model.by_collection])
        files.faults.append((path, Fault("unknown-collection", limits=limits)))
        return
    if len(names) > 1 or path.suffix != ".json":
        files.faults.append((path, Fault("unexpected-file", limits={"collection": collection})))
        return
    shape = model.by_collection[collection]
    key = (shape.name, path.stem)
    files.paths[key] = path
    try:
        files.records[key] = decode_record(shape, path.read_bytes(), path.stem)
    except InvalidRecordError as error:
        files.faults += [(path, fault) for fault in error.faults]


def _no_parent(_: RecordKey) -> None:
    """Return None: no record outside the directory has a parent that matters, as links to it are errors."""
