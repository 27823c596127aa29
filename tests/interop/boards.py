"""What Argus should show for what Zino has: the rules of behaviour sections 3 and 4, written down a second time.

`compare()` is used by every scenario. It knows nothing of how the daemon works, only what an operator would find when
laying the two boards side by side: nothing missing, nothing wrong, and nothing twice.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from peers.argus_board import Incident
from peers.zino import Case, Entry

DOWN_WORDS = ("linkDown", "lowerLayerDown", "up to down")
TYPES = ("portstate", "reachability", "bgp", "alarm")
GONE = "This case no longer exists in Zino"
CLOSED = "This case was closed in Zino"
HANDED_OVER = "Handed over to the primary Zino"
TAG_LIMIT, EVENT_LIMIT = 1000, 64 * 1024


@dataclass
class Policy:
    """What the configuration under test says, as far as the boards depend on it, and what a scenario did on purpose."""

    user: str = ""
    actor: str = ""
    domain: str | None = "example.net"
    default_level: int = 4
    bands: tuple[tuple[int, int], ...] = ((500, 1), (100, 3), (300, 2))
    skip_ignored: bool = True
    skip_never_down: bool = True
    copies_own_states: bool = False  # the Python glue may post the state changes that it made itself
    gone: set[int] = field(default_factory=set)  # incidents whose case is gone, and which must be ended
    orphans: set[int] = field(default_factory=set)  # incidents whose case is gone, and which must stay open
    strangers: set[int] = field(default_factory=set)  # incidents that are not the daemon's business
    levels: dict[int, int] = field(default_factory=dict)  # levels that a user has set, by case number
    kept: set[int] = field(default_factory=set)  # cases that were interesting once
    unchecked: set[int] = field(default_factory=set)  # cases that a scenario looks at by itself


def compare(cases: dict[int, Case], incidents: list[Incident], policy: Policy) -> list[str]:
    """Returns every difference between what Argus shows and what it should show, as text; none means agreement."""
    found: list[str] = []
    left = {incident.pk: incident for incident in incidents if incident.pk not in policy.strangers}
    for number, case in sorted(cases.items()):
        mine = [incident for incident in left.values() if belongs(incident, case)]
        for incident in mine:
            del left[incident.pk]
        if number in policy.unchecked:
            continue
        found += [f"case {number}: {text}" for text in _compare_case(case, mine, policy)]
    for incident in left.values():
        name = f"incident {incident.pk} (id {incident.source_id!r})"
        if incident.pk in policy.orphans and incident.open and not incident.of_kind("END"):
            continue
        if incident.pk not in policy.gone:
            found.append(f"{name} belongs to no case")
        elif incident.open or len(_ends(incident, policy)) != 1:
            found.append(f"{name} of a case that is gone is not ended once")
    return found


def belongs(incident: Incident, case: Case) -> bool:
    """Rule B25."""
    if incident.source_id == f"{case.number}@{case.opened}":
        return incident.start == case.opened
    return incident.source_id == str(case.number) and incident.start == case.opened


def interesting(case: Case, policy: Policy) -> bool:
    """Rule B20: whether the case gets an incident."""
    kind = case.attributes["type"]
    if kind not in TYPES or "updated" not in case.attributes or case.state == "closed":
        return False
    if case.state == "ignored" and policy.skip_ignored:
        return False
    if policy.skip_never_down and never_down(case):
        return False
    if kind != "portstate":
        return True
    down = any(word in entry.text for entry in case.log for word in DOWN_WORDS)
    return down and "," in case.attributes.get("descr", "")


def never_down(case: Case) -> bool:
    """Rule B20: a case of something that was well from the first word of its log on."""
    texts = [entry.text for entry in case.log]
    if case.attributes["type"] == "reachability":
        return case.attributes.get("reachability") == "reachable" and not any("no-response" in text for text in texts)
    if case.attributes["type"] == "alarm":
        rises = [found for text in texts for found in re.findall(r"alarms went from (\d+) to (\d+)", text)
                 if int(found[1]) > int(found[0])]
        return case.attributes.get("alarm-count") == "0" and not rises
    return False


def describe(case: Case) -> str:
    """Rule B22."""
    of = case.attributes.get
    router = of("router", "")
    text = {
        "reachability": f"{router} is not reachable",
        "bgp": f"{router} BGP Neighbor AS{of('remote-AS', '')}/{of('remote-addr', '')} is DOWN",
        "portstate": f"{router} port {of('port', '')} changed state to DOWN ({of('descr', '')})",
        "alarm": f"{router} Active alarms reported",
    }[case.attributes["type"]]
    return text.replace("\0", "").strip()


def tags(case: Case, policy: Policy) -> list[str]:
    """Rule B23. Argus keeps tags as a set, so the order cannot be seen from outside."""
    of = case.attributes.get
    router = of("router", "")
    pairs = [("host", router + (f".{policy.domain}" if policy.domain and "." not in router else "")),
             ("event_type", of("type", "")), ("priority", of("priority", ""))]
    if of("type") == "portstate":
        pairs += [("interface", of("port", "")), ("description", of("descr", ""))]
    if of("type") == "bgp":
        pairs += [("remote_as", of("remote-AS", "")), ("remote_addr", of("remote-addr", ""))]
    optional = ("description", "remote_as", "remote_addr")
    return [f"{key}={value.replace(chr(0), '').strip()}" for key, value in pairs if value or key not in optional]


def level(case: Case, policy: Policy) -> int:
    """Rule B24."""
    if case.number in policy.levels:
        return policy.levels[case.number]
    fitting = [band for band in policy.bands if band[0] <= int(case.attributes["priority"])]
    return max(fitting)[1] if fitting else policy.default_level


def notes_of(case: Case, user: str) -> list[str]:
    """What `user` has written into the case's history, without the state changes."""
    return [text for head, _, text in (entry.text.partition("\n") for entry in case.history) if head == user]


def wanted_entries(case: Case, policy: Policy) -> list[Entry]:
    """Rule B26: the history entries that Argus must have."""
    wanted = []
    for index, entry in enumerate(case.history):
        head = entry.text.partition("\n")[0]
        first = index == 0 and head.startswith("state change embryonic -> open")
        if not first and head != policy.user and not _is_own_state(entry, policy):
            wanted.append(entry)
    return wanted


def _is_own_state(entry: Entry, policy: Policy) -> bool:
    return bool(re.fullmatch(rf"state change \S+ -> \S+ \({re.escape(policy.user)}\)", entry.text))


def stored(text: str) -> str:
    """A text as Argus stores it: without NUL, trimmed; what is too long is compared by its beginning."""
    text = text.replace("\0", "").strip()
    if len(text.encode()) > EVENT_LIMIT - 1024:
        return f"(long) {text[:8000]}"
    return text


def _compare_case(case: Case, mine: list[Incident], policy: Policy) -> Iterator[str]:
    if len(mine) > 1:
        yield f"{len(mine)} incidents: {[(one.pk, one.source_id) for one in mine]}"
    if not mine:
        if interesting(case, policy):
            yield "no incident"
        return
    incident = mine[0]
    if not interesting(case, policy) and case.state not in ("closed", "ignored") and case.number not in policy.kept:
        yield f"is not interesting and has incident {incident.pk}"
        return
    yield from _compare_face(case, incident, policy)
    yield from _compare_life(case, incident, policy)
    yield from _compare_events(case, incident, policy)


def _compare_face(case: Case, incident: Incident, policy: Policy) -> Iterator[str]:
    if incident.description != describe(case):
        yield f"description {incident.description!r}, not {describe(case)!r}"
    if incident.level != level(case, policy):
        yield f"level {incident.level}, not {level(case, policy)}"
    have, want = set(incident.tags), set(tags(case, policy))
    ours = {tag for tag in have if tag.split("=")[0] in {one.split("=")[0] for one in want}}
    long = {tag for tag in want if len(tag.encode()) > TAG_LIMIT}
    for tag in long:
        fitting = [one for one in ours if one[:300] == tag[:300] and len(one.encode()) <= TAG_LIMIT + 32]
        if len(fitting) != 1:
            yield f"the long tag {tag[:60]!r}... is there {len(fitting)} times"
        ours -= set(fitting)
    if ours != want - long:
        yield f"tags {sorted(ours)}, not {sorted(want - long)}"


def _compare_life(case: Case, incident: Incident, policy: Policy) -> Iterator[str]:
    """Rule B27: open as long as the case is, ended once; closing by hand needs no END."""
    ends, restarts = len(_ends(incident, policy)), len(incident.of_kind("RES"))
    by_hand = any(event.kind == "CLO" or event.actor != policy.actor for event in incident.of_kind("CLO", "END"))
    should_be_open = case.state != "closed"
    if incident.open != should_be_open:
        yield f"incident {incident.pk} is {'open' if incident.open else 'closed'} and the case is {case.state}"
    elif not by_hand and ends != restarts + (not should_be_open):
        yield f"incident {incident.pk} has {ends} END and {restarts} RES events, the case is {case.state}"
    elif by_hand and ends > restarts:
        yield f"incident {incident.pk} was closed by hand and has {ends} END events too"
    if len(incident.of_kind("STA")) != 1:
        yield f"incident {incident.pk} has {len(incident.of_kind('STA'))} STA events"


def _compare_events(case: Case, incident: Incident, policy: Policy) -> Iterator[str]:
    """Rule B26: one event for each history entry. The END event stands for the entry that it quotes."""
    want = Counter((entry.at, stored(entry.text)) for entry in wanted_entries(case, policy))
    ours = [event for event in incident.of_kind("OTH", "END") if event.actor == policy.actor]
    have = Counter((event.timestamp, stored(event.text)) for event in ours
                   if not (event.kind == "END" and event.text in (GONE, CLOSED, HANDED_OVER)))
    if policy.copies_own_states:
        have -= Counter((entry.at, stored(entry.text)) for entry in case.history if _is_own_state(entry, policy))
    for (at, text), count in (want - have).items():
        yield f"incident {incident.pk}: {count} missing at {at}: {text[:120]!r}"
    for (at, text), count in (have - want).items():
        yield f"incident {incident.pk}: {count} too many at {at}: {text[:120]!r}"


def _ends(incident: Incident, policy: Policy) -> list[object]:
    return [event for event in incident.of_kind("END") if event.actor == policy.actor]
