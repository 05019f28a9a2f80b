"""Two-phase commit, as in Lamport's `TwoPhase.tla`: the resource managers, their manager, and the messages sent so far.

J. Gray and L. Lamport, "Consensus on transaction commit" (2006). A message once sent stays, and can be received again.

| N | states    | transitions |
|---|-----------|-------------|
| 3 | 288       | 1,145       |
| 6 | 50,816    |             |
| 8 | 1,745,408 | 18,507,777  |

TLC generates 1,146 states for N = 3: the initial one, and one for each transition. The comment in `TwoPhase.tla` has
the 50,816 of N = 6; with 8, SPIN, TLC and rumur count 1,745,408.
"""

from __future__ import annotations

from hotswap.spec.language import Defect, Edit, Machine, Set, State, System, action, invariant, require, sometimes, step


class Manager(Machine):
    """The transaction manager."""

    init = State(initial=True)
    committed, aborted = State(), State()

    prepared: Set[Resource]
    """Those whose message "prepared" it has received."""

    @step(init, to=committed)
    def commit(self) -> None:
        """`TMCommit`: everybody is prepared."""
        require(len(self.prepared) == len(Resource))
        Network[0].commit = True

    @step(init, to=aborted)
    def abort(self) -> None:
        """`TMAbort`: it may, at any time until it commits."""
        Network[0].abort = True

    @step(init)
    def receive(self, resource: Resource) -> None:
        """`TMRcvPrepared`"""
        require(resource in Network[0].prepared)
        self.prepared.add(resource)


class Network(Machine):
    """Every message that was ever sent."""

    prepared: Set[Resource]
    commit: bool
    abort: bool


class Resource(Machine):
    """A resource manager: it prepares, and does as it is told."""

    working = State(initial=True)
    prepared, committed, aborted = State(), State(), State()

    @step(working, to=prepared)
    def prepare(self) -> None:
        """`RMPrepare`: it promises to be able to do both."""
        Network[0].prepared.add(self)

    @step(working, to=aborted)
    def choose_to_abort(self) -> None:
        """`RMChooseToAbort`: only before it promises."""

    @step(to=committed)
    def receive_commit(self) -> None:
        """`RMRcvCommitMsg`"""
        require(Network[0].commit)

    @step(to=aborted)
    def receive_abort(self) -> None:
        """`RMRcvAbortMsg`"""
        require(Network[0].abort)


@invariant
def consistent(one: Resource, other: Resource) -> bool:
    """`TCConsistent`: no two arrive at conflicting decisions."""
    return one.state is not Resource.aborted or other.state is not Resource.committed


@action
def decisions_are_final(before: Resource, after: Resource) -> bool:
    """Who committed or aborted stays with it."""
    return before.state in (Resource.working, Resource.prepared) or before.state is after.state


@sometimes
def commits() -> bool:
    """The transaction can commit everywhere."""
    return all(resource.state is Resource.committed for resource in Resource)


TWO_PHASE_COMMIT = System(
    name="two-phase-commit",
    machines=[Manager, Network, Resource],
    scopes={
        "small": {Manager: 1, Network: 1, Resource: 3},
        "medium": {Manager: 1, Network: 1, Resource: 6},
        "published": {Manager: 1, Network: 1, Resource: 8},
    },
    properties=[consistent, decisions_are_final, commits],
    defects=[
        Defect(
            "one-is-enough",
            "The manager commits when anybody is prepared.",
            "consistent",
            (
                Edit(
                    Manager.commit,
                    "require(len(self.prepared) == len(Resource))",
                    "require(len(self.prepared) > 0)",
                ),
            ),
            profile="plain",
        ),
    ],
)
