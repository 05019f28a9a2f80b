"""A connection pool whose driver is replaced while connections are out: the old driver closes with the last of them."""

from typing import Annotated

from hotswap.spec.language import Machine, Own, Range, State, System, observable, step


class Driver(Machine, dynamic=True):
    """Makes connections. It is closed when nobody owns it any more."""


class Pool(Machine):
    """Has one driver at a time."""

    driver: Own[Driver]

    @step()
    def replace(self) -> None:
        """A new driver, at any time."""
        self.driver = Driver.new()

    @observable
    def open_drivers(self) -> Annotated[int, Range(0, 4)]:
        """How many drivers are not closed."""
        return sum(1 for driver in Driver)


class Client(Machine):
    """Takes a connection, and gives it back."""

    idle = State(initial=True)
    holding = State()
    driver: Own[Driver]

    @step(idle, to=holding)
    def lease(self) -> None:
        """A connection of today's driver."""
        self.driver = Pool[0].driver

    @step(holding, to=idle)
    def give_back(self) -> None:
        """The last connection of an old driver closes it."""
        self.driver = None


def boot() -> None:
    """A pool with a driver."""
    Pool[0].driver = Driver.new()


CONNECTION_POOL = System("connection-pool", [Driver, Pool, Client], {"small": {Driver: 4, Pool: 1, Client: 2}}, boot)
