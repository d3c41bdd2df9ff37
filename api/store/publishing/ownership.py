"""Ownership: the records that an actor may change who changes its own only, as the loader of files does."""

from collections.abc import Iterable

from api.store.log.actions import Action, RecordAction
from api.store.publishing.record_states import RecordStates
from schema.declaration.entity_base import RecordKey
from schema.validation.errors import Fault


class Ownership:
    """The faults of an actor's actions on records that others changed, redacted or restored since.

    A redaction or restoration leaves a record to the actor whose content it has, but is not undone by an action
    that is older: one that states again what the actor stated before.
    """

    def __init__(self, states: RecordStates, actor: str) -> None:
        self._states = states
        self._actor = actor
        self._own: dict[RecordKey, RecordAction] = {}
        self._since: dict[RecordKey, set[str]] = {}

    def load(self, keys: Iterable[RecordKey]) -> None:
        """Read the actor's last action on each record that was changed since, by a revision with a note."""
        latest = self._states.latest
        changed = [key for key in keys if key in latest and latest[key].note is not None]
        own = self._states.records.own_actions(changed, self._actor)
        self._own = {key: action for key, (_, action) in own.items()}
        for key, seq, action in self._states.records.overriding_actions(changed):
            if key not in own or seq > own[key][0]:
                self._since.setdefault(key, set()).add(action)

    def fault(self, action: RecordAction) -> Fault | None:
        """Return the error of an action on a record that another actor owns, redacted or restored."""
        key, owner = action.key, self._states.actor(action.key)
        if owner not in (None, self._actor):
            return Fault("changed-by-another", limits={"actor": owner, "loader": self._actor})
        since, own = self._since.get(key, ()), self._own.get(key)
        if action.action is Action.PUBLISH and self._states.public.current(key) == action.record:
            return None
        if action.action is Action.PUBLISH and Action.REDACT in since:
            return Fault("redacted-since")
        if Action.RESTORE in since and own and (own.action, own.record) == (action.action, action.record):
            is_publish = action.action is Action.PUBLISH
            return Fault("restored-since" if is_publish else "restored-after-withdrawal")
        return None

    def confirms_redaction(self, action: RecordAction) -> bool:
        """Return True if an action publishes a record as a redaction left it; the actor may then go on with it."""
        key = action.key
        is_redacted = action.action is Action.PUBLISH and Action.REDACT in self._since.get(key, ())
        return is_redacted and self._states.actor(key) == self._actor and key not in self._states.drafts
