"""Loading of a directory of records, `{collection}/{id}.json`, and of its withdrawals, in one commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from api.editing.loader_commit import LoadOutcome, commit_load
from api.editing.withdrawals_file import WITHDRAWN, Withdrawals, read_withdrawals
from api.store.log.actions import ChangesRefusedError, RecordAction, publish
from api.store.projection.read_model import Progress
from api.store.publishing.store import Store
from schema.declaration.entity_base import Entity, RecordKey
from schema.model import Model
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import decode_record
from schema.validation.references import linked_part_faults, reference_faults
from schema.validation.validator import suggestion


class InvalidFilesError(ValueError):
    """Files of a directory are invalid; `faults` has all errors by file."""

    def __init__(self, faults: list[tuple[Path, Fault]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass
class RecordFiles:
    """The files of a directory: the valid records, the paths of all records by key, and the errors by path.

    `withdrawals` has the actions on records that the directory withdraws.
    """

    records: dict[RecordKey, Entity] = field(default_factory=dict)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
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
    for key, fault in linked_part_faults(model, files.records, files.records):
        files.faults.append((files.paths[key], fault))
    _add_withdrawals(model, folder / WITHDRAWN, files)
    if files.faults:
        raise InvalidFilesError(sorted(files.faults, key=lambda error: (error[0], error[1].pointer)))
    return files


def load_directory(store: Store, folder: Path, track: Progress = iter) -> LoadOutcome:
    """Publish the records of a directory that differ from the public ones, and withdraw those it withdraws.

    All of it is done or nothing, but records that were redacted or restored since are skipped. Raise
    InvalidFilesError with the errors of the files, or of records that another actor changed last. Nothing else
    is withdrawn, and nothing deleted.
    """
    model = store.renderer.model
    files = check_directory(model, folder, track)
    withdrawals = _effective_withdrawals(store, files.withdrawals)
    actions = [*(publish(record) for record in files.records.values()), *withdrawals.values()]
    try:
        changed, skipped = commit_load(store, actions, track)
    except ChangesRefusedError as error:
        faults = [_file_fault(model, folder, files, key, fault) for key, fault in error.faults]
        raise InvalidFilesError(faults) from error
    withdrawn = len(withdrawals.keys() - {key for key, _ in skipped})
    reasons = [_file_fault(model, folder, files, key, fault) for key, fault in skipped]
    return LoadOutcome(changed - withdrawn, withdrawn, [*reasons])


def _effective_withdrawals(store: Store, withdrawals: Withdrawals) -> dict[RecordKey, RecordAction]:
    """Return the actions on records that are public, and the merges of records that were withdrawn before."""
    keys = withdrawals.actions.keys()
    affected = store.are_public(keys) | store.are_withdrawn(
        key for key, action in withdrawals.actions.items() if action.into
    )
    return {key: action for key, action in withdrawals.actions.items() if key in affected}


def _file_fault(
    model: Model, folder: Path, files: RecordFiles, key: RecordKey, fault: Fault
) -> tuple[Path, Fault]:
    """Return the file of a record with an error of its actions: its own file, or that of the withdrawals."""
    if key in files.paths:
        return files.paths[key], fault
    address = f"{model.by_name[key[0]].collection}/{key[1]}"
    return folder / WITHDRAWN, files.withdrawals.located(fault, address, key)


def _record_paths(folder: Path) -> Iterable[Path]:
    others = (folder / WITHDRAWN,)
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")
    return (path for path in paths if path not in others)


def _add_withdrawals(model: Model, path: Path, files: RecordFiles) -> None:
    """Add the withdrawals of a directory, or their errors, to its files."""
    files.withdrawals = read_withdrawals(model, path, files.paths)
    files.faults += [(path, fault) for fault in files.withdrawals.faults]
    limits = {"file": WITHDRAWN}
    files.faults += [
        (files.paths[key], Fault("withdrawn-file", limits=limits))
        for key in files.withdrawals.actions
        if key in files.paths
    ]


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
