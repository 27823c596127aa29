"""What Argus holds, read from its database: a scenario looks at it many times, and Argus has other work."""

from dataclasses import dataclass, field

import psycopg

from .argus import Source

INCIDENTS = """
SELECT i.id, i.source_incident_id, extract(epoch FROM i.start_time)::float8, i.end_time > now(), i.level, i.description
FROM argus_incident_incident i WHERE i.source_id = %s ORDER BY i.id"""
EVENTS = """
SELECT e.incident_id, e.id, e.type, u.username, extract(epoch FROM e.timestamp)::float8, e.description
FROM argus_incident_event e JOIN argus_incident_incident i ON i.id = e.incident_id
JOIN argus_auth_user u ON u.id = e.actor_id WHERE i.source_id = %s ORDER BY e.timestamp, e.id"""
TAGS = """
SELECT r.incident_id, t.key || '=' || t.value
FROM argus_incident_incidenttagrelation r JOIN argus_incident_incident i ON i.id = r.incident_id
JOIN argus_incident_tag t ON t.id = r.tag_id WHERE i.source_id = %s ORDER BY 2"""
# Deleting leaves no trace, and Argus has protected references: so the database is told not to look.
DELETE = """
SET LOCAL session_replication_role = replica;
DELETE FROM argus_incident_incidenttagrelation WHERE incident_id = {pk};
DELETE FROM argus_incident_acknowledgement USING argus_incident_event e WHERE event_id = e.id AND incident_id = {pk};
DELETE FROM argus_incident_event WHERE incident_id = {pk};
DELETE FROM argus_incident_incident WHERE id = {pk}"""
AGE = "UPDATE authtoken_token SET created = created - interval '1 year' WHERE key = %s"
ISSUE = "INSERT INTO authtoken_token (key, created, user_id) SELECT %s, now(), id FROM argus_auth_user WHERE username = %s"


@dataclass(frozen=True)
class ArgusEvent:
    """One event of an incident."""

    pk: int
    kind: str
    actor: str
    timestamp: float
    text: str


@dataclass(frozen=True)
class Incident:
    """One incident with its events, oldest first."""

    pk: int
    source_id: str
    start: float
    open: bool
    level: int
    description: str
    tags: list[str] = field(default_factory=list)
    events: list[ArgusEvent] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[ArgusEvent]:
        """The events of these kinds, oldest first."""
        return [event for event in self.events if event.kind in kinds]


class Board:
    """The board of one source system."""

    def __init__(self, database_url: str, source: Source) -> None:
        self._source = source
        self._connection = psycopg.connect(database_url, autocommit=True)

    def incidents(self) -> list[Incident]:
        """Everything that the source system has made, open and closed, oldest first, as of one moment."""
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            found = {row[0]: Incident(*row) for row in self._rows(INCIDENTS)}
            for pk, *event in self._rows(EVENTS):
                found[pk].events.append(ArgusEvent(*event))
            for pk, tag in self._rows(TAGS):
                found[pk].tags.append(tag)
        return list(found.values())

    def delete(self, pk: int) -> None:
        """Deletes an incident, as an administrator of the database can."""
        with self._connection.transaction():
            self._connection.execute(DELETE.format(pk=int(pk)))

    def let_token_expire(self) -> None:
        """Makes the source system's token older than Argus lets any become."""
        self._connection.execute(AGE, (self._source.token,))

    def issue_token(self, key: str) -> None:
        """Gives the source system another token, in place of one that Argus has deleted."""
        self._connection.execute(ISSUE, (key, self._source.user))

    def close(self) -> None:
        """Lets go of the database."""
        self._connection.close()

    def _rows(self, query: str) -> list[tuple]:
        return self._connection.execute(query, (self._source.pk,)).fetchall()
