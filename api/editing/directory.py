"""Content as files: `{collection}/{id}.json`, each what a client would send."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from api.store.log.actions import ChangesRefusedError, publish
from api.store.projection.read_model import Progress
from api.store.publishing.store import Store
from schema.declaration.entity import Entity, RecordKey
from schema.model import Model
from schema.validation.decoder import decode_record
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.references import reference_faults
from schema.validation.validator import suggestion

LOADER = "loader"
"""The loader's name in the log."""


class InvalidFilesError(ValueError):
    """Files with faults; `faults` has every one, with the file it is in."""

    def __init__(self, faults: list[tuple[Path, Fault]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass
class RecordFiles:
    """What a folder holds: records by key, the file of each, and everything that is wrong."""

    records: dict[RecordKey, Entity] = field(default_factory=dict)
    paths: dict[RecordKey, Path] = field(default_factory=dict)
    faults: list[tuple[Path, Fault]] = field(default_factory=list)


def check_directory(model: Model, folder: Path, track: Progress = iter) -> RecordFiles:
    """Return the records of a folder. Raise BadFilesError with all faults of all files.

    A link must lead to a record of the same folder.
    """
    files = RecordFiles()
    if not folder.is_dir():
        raise InvalidFilesError([(folder, Fault("not-there"))])
    for path in track(sorted(_files(folder))):
        _read(model, folder, path, files)
    # A file that could not be read still names its record: what refers to it is not to blame.
    known = set(files.paths)
    for key, fault in reference_faults(model, files.records, known.__contains__, _no_parent):
        files.faults.append((files.paths[key], fault))
    if files.faults:
        raise InvalidFilesError(sorted(files.faults, key=lambda one: (one[0], one[1].pointer)))
    return files


def load_directory(store: Store, folder: Path, track: Progress = iter) -> int:
    """Publish the records of a folder that differ from what is public; return how many did.

    All or nothing: raises BadFilesError for faults in the files and for records that another
    actor changed last. Nothing is deleted.
    """
    files = check_directory(store.renderer.model, folder, track)
    acts = [publish(record) for record in files.records.values()]
    try:
        return store.commit(acts, LOADER, only_own=True, track=track)
    except ChangesRefusedError as error:
        faults = [(files.paths[key], fault) for key, fault in error.faults]
        raise InvalidFilesError(faults) from error


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")


def _read(model: Model, folder: Path, path: Path, files: RecordFiles) -> None:
    collection, *rest = path.relative_to(folder).parts
    if collection not in model.by_collection or not rest:
        near = suggestion(collection, [*model.by_collection])
        files.faults.append((path, Fault("unknown-collection", limits=near)))
        return
    if len(rest) > 1 or path.suffix != ".json":
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
    """Stand for what lies outside the folder, where links may not lead."""
