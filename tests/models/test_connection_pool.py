"""Somebody's connection pool, held to its spec."""

from hotswap.checker.testing import Adapter, replay, state_machine
from models.connection_pool import CONNECTION_POOL


class ConnectionPool:
    """The implementation: it counts for each driver who uses it."""

    def __init__(self) -> None:
        self.users = [1]

    def replace(self) -> None:
        self.users.append(1)
        self.release(len(self.users) - 2)

    def lease(self) -> int:
        self.users[-1] += 1
        return len(self.users) - 1

    def release(self, driver: int) -> None:
        self.users[driver] -= 1


class PoolAdapter(Adapter):
    """How tests move it, and what they see of it."""

    def set_up(self, initial: object) -> None:
        self.pool, self.leases = ConnectionPool(), dict[int, int]()

    def pool_replace(self, pool: int) -> None:
        self.pool.replace()

    def client_lease(self, client: int) -> None:
        self.leases[client] = self.pool.lease()

    def client_give_back(self, client: int) -> None:
        self.pool.release(self.leases.pop(client))

    def look(self) -> dict[str, object]:
        return {"Pool0.open_drivers": sum(1 for users in self.pool.users if users)}


TestConnectionPool = state_machine(CONNECTION_POOL, PoolAdapter).TestCase


def test_an_old_driver_closes_with_its_last_connection() -> None:
    """It outlives the replacement by a connection, and not by more."""
    replay(CONNECTION_POOL, PoolAdapter, ["Client0.lease", "Pool0.replace", "Client0.give_back"])
