"""A transfer between accounts, as a command under a lock: it debits, then credits, and may fail in between.

A transfer that fails is to change nothing. Deposits need no lock, and interleave with the transfer's steps; what they
add to other accounts meanwhile is excepted. The account that is debited is frozen, or a refund would be more than there
was. The profile `careless` fails without giving the money back.
"""

from __future__ import annotations

from typing import Annotated

from hotswap.spec.language import (
    Defect,
    Edit,
    Lock,
    Machine,
    Profile,
    Range,
    Ref,
    State,
    Switch,
    System,
    Thread,
    action,
    fail,
    invariant,
    may,
    observable,
    require,
    sometimes,
    step,
)

REFUND = Switch("refund", "A transfer that fails gives the money back.")
LEDGER = Lock("ledger", "Held by a transfer from its first step to its last.")
CLERK = Thread("clerk", "Transfers, and closes accounts.", needs=LEDGER)
PUBLIC = Thread("public", "Anybody, at any time.")
MOST = 3

Amount = Annotated[int, Range(0, 3)]


class Account(Machine):
    """Has a balance."""

    open = State(initial=True)
    closed = State()
    money: Amount

    @observable
    def balance(self) -> Amount:
        """What the owner sees."""
        return self.money

    @observable
    def is_open(self) -> bool:
        """Whether there is an account."""
        return self.state is Account.open

    @step(open, thread=PUBLIC)
    def deposit(self) -> None:
        """One coin more, while the bank has room for it."""
        require(sum(account.money for account in Account) + sum(transfer.amount for transfer in Transfer) < MOST)
        require(all(transfer.source is not self for transfer in Transfer))
        self.money += 1

    @step(open, to=closed, thread=CLERK)
    def close(self) -> None:
        """An empty account."""
        require(self.money == 0)

    @step(closed, to=open, thread=PUBLIC, lock=LEDGER)
    def reopen(self) -> None:
        """And it is there again."""


class Transfer(Machine, command=True, holds=LEDGER, thread=CLERK):
    """Everything that one account has goes to another."""

    idle = State(initial=True, clear=True)
    debited, checked = State(), State()
    source: Ref[Account]
    target: Ref[Account]
    amount: Amount

    @step(idle, to=debited)
    def debit(self, source: Account, target: Account) -> None:
        """Takes it from the one."""
        require(source is not target and source.state is Account.open)
        require(source.money > 0)
        self.source = source
        self.target = target
        self.amount = source.money
        source.money = 0

    @step(debited, to=(checked, idle))
    def check(self) -> None:
        """Is there such an account?"""
        source = self.source
        if self.target.state is Account.closed or may("the target refuses"):
            if REFUND:
                source.money += self.amount
            fail("no such account")
            self.goto(Transfer.idle)
        else:
            self.goto(Transfer.checked)

    @step(checked, to=idle)
    def credit(self) -> None:
        """Gives it to the other."""
        target = self.target
        assert target.state is Account.open
        target.money += self.amount


@invariant(between=Transfer)
def closed_accounts_are_empty(account: Account) -> bool:
    """Nothing is lost with an account."""
    return account.state is Account.open or account.money == 0


@action
def clerks_take_no_more_than_there_is(before: Account, after: Account) -> bool:
    """A balance falls to nothing, or not at all."""
    return after.money >= before.money or after.money == 0


@sometimes
def rich(account: Account) -> bool:
    """One account can have it all."""
    return account.money == MOST


BANK = System(
    name="bank",
    machines=[Account, Transfer],
    scopes={"small": {Account: 2, Transfer: 1}, "medium": {Account: 4, Transfer: 2}},
    properties=[closed_accounts_are_empty, clerks_take_no_more_than_there_is, rich],
    profiles=[
        Profile("careful", "Gives the money back.", (REFUND,)),
        Profile("careless", "Keeps it."),
    ],
    defects=[
        Defect(
            "unchecked",
            "The transfer does not ask whether the target is open.",
            "no-failed-assertion",
            (
                Edit(
                    Transfer.check,
                    """if self.target.state is Account.closed or may("the target refuses"):
    if REFUND:
        source.money += self.amount
    fail("no such account")
    self.goto(Transfer.idle)
else:
    self.goto(Transfer.checked)""",
                    "self.goto(Transfer.checked)",
                ),
            ),
            profile="careful",
        ),
        Defect(
            "not-frozen",
            "Deposits go into the account that is being debited, too.",
            "failed-command-changes-nothing",
            (Edit(Account.deposit, "require(all(transfer.source is not self for transfer in Transfer))"),),
            profile="careful",
        ),
    ],
)
