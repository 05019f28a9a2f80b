"""The tours catch mutants of the layer, and `docs/layer-mutants.md` is of the layer as it is."""

from __future__ import annotations

from functools import partial

import pytest

from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.models import Model
from impl_mutants import IMPL, mutants
from impl_mutation import (
    EQUIVALENT,
    HOLES,
    LEFT_OUT,
    PAGE,
    UNREACHED,
    Plan,
    by_a_tour,
    by_hypothesis,
    by_tours,
    each_alone,
    files,
    generated,
    page,
    planned,
    read,
    share,
)

RENEW = "`make long` renews it"
SAMPLE = (
    "drop-assignment@change.py:Change._detach: self._old().be = None => nothing",
    "negate@change.py:Change._drop_old: if CREATE_FIRST not in self.layer.switches: => "
    "if not (CREATE_FIRST not in self.layer.switches):",
    "other-word@change.py:Change._tell: old.be_event(Event.closed) => old.be_event(Event.opened)",
    "drop-call@chardev.py:Chardev.be_event: self.say(event) => nothing",
    "drop-assignment@chardev.py:Chardev.attach: self.be = frontend => nothing",
    "drop-call@devices/device.py:Device.move_watch: self.watch.destroy() => nothing",
    "drop-call@frontend.py:Frontend.deinit: self.chr.detach(self) => nothing",
    "drop-assignment@layer.py:Layer.create: new.handover_yank_instance = handover => nothing",
    "drop-call@registry.py:Registry.unparent: chardev.unref() => nothing",
    "drop-call@yank.py:Yank.unregister_function: instance.functions.remove(function) => nothing",
)
WHERE = (
    Setup((Model.virtserialport,), (Kind.ringbuf, Kind.unix)),
    Setup((Model.refuser,), (Kind.ringbuf, Kind.unix)),
    Setup((Model.serial,), (Kind.null, Kind.pipe)),
)
"""The small configurations in which the sample is caught."""


def test_a_mutant_is_one_statement_with_a_mistake() -> None:
    """Each has a name of its own, is Python, and differs from the file in its statement alone."""
    names = set()
    for file in files():
        source = (IMPL / file).read_text("utf-8")
        lines = source.splitlines()
        for mutant in mutants(file):
            changed = mutant.changed(source)
            compile(changed, file, "exec")
            before, after = mutant.lines.start - 1, len(lines) - mutant.lines.stop + 1
            assert changed != source
            assert changed.splitlines()[:before] == lines[:before]
            assert changed.splitlines()[-after:] == lines[-after:] or not after
            names.add(mutant.name)
    assert len(names) == sum(len(mutants(file)) for file in files())


def test_the_page() -> None:
    """The page is what the report says."""
    assert PAGE.read_text("utf-8") == page(read()), RENEW


def test_the_report_has_every_mutant() -> None:
    """The report judges exactly the mutants that the layer has now."""
    assert [each.name for each in read().judged] == [each.name for file in files() for each in mutants(file)], RENEW


def test_nearly_all_are_caught() -> None:
    """Of the mutants that do what the spec does not, and that tours come to, these catch at least 95 of 100."""
    assert share(read().spoken_of(), by_a_tour) >= 0.95


def test_every_survivor_is_explained() -> None:
    """Each mutant that survives is explained, once, and so is each to which no tour comes; no other is."""
    explained = [*EQUIVALENT, *LEFT_OUT, *HOLES]

    assert sorted(explained) == sorted(each.name for each in read().of("survived"))
    assert sorted(UNREACHED) == sorted(each.name for each in read().of("unreached"))


def test_the_sample_is_judged() -> None:
    """The generated tests have had every mutant of an even sample of at least sixty."""
    sample = read().sample()

    assert len(sample) >= 60
    assert all(each.hypothesis is not None for each in sample), RENEW


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_sample() -> None:
    """The tours of three small configurations catch these ten, and show nothing of the layer as it is."""
    made = {mutant.name: mutant for file in files() for mutant in mutants(file)}
    plan = Plan(planned(CHARDEV.profile("repaired"), WHERE)).run()

    found = list(each_alone(partial(by_tours, plan), [made[name] for name in SAMPLE]))

    assert {each.name: each.fate for each in found} == dict.fromkeys(SAMPLE, "caught")


PATIENCE = 120
"""Seconds; what is caught is caught much sooner."""


@pytest.mark.slow
def test_hypothesis() -> None:
    """The generated stateful test catches a mutant, and not one that nobody can tell from the layer."""
    made = {mutant.name: mutant for file in files() for mutant in mutants(file)}
    repaired = CHARDEV.profile("repaired")
    same = "drop-assignment@backends/channel.py:ChannelChardev.close: self.channel = None => nothing"

    tests = {repaired: generated(repaired)}

    (caught,) = each_alone(partial(by_hypothesis, tests, PATIENCE), [made[SAMPLE[0]]])
    (survived,) = each_alone(partial(by_hypothesis, tests, 2), [made[same]])

    assert (caught.fate, survived.fate) == ("caught", "survived")
