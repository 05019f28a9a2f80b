"""A trace as a sequence diagram."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hotswap.checker import check
from hotswap.checker.cli import main
from hotswap.checker.draw import look
from hotswap.checker.draw.sequence import Sequence, sequence
from hotswap.checker.draw.sequence_svg import LETTER, svg
from hotswap.checker.draw.sequence_text import text
from hotswap.checker.explore.result import Finding
from hotswap.spec import CHARDEV

SVG = "{http://www.w3.org/2000/svg}"
WATCH = "no-dangling-pointer@Qmp.chardev_remove"


@pytest.fixture(scope="module")
def dangling() -> Finding:
    """A watch that outlives its UART."""
    result = check(CHARDEV, profile="qemu-7.2", properties=["no-dangling-pointer"])
    return next(each for each in result.verdict("no-dangling-pointer").findings if each.id == WATCH)


@pytest.fixture(scope="module")
def drawn(dangling: Finding) -> Sequence:
    """The same as a sequence."""
    return sequence(dangling, CHARDEV)


def test_in_words(drawn: Sequence) -> None:
    """A line for each call that changes something, then what has changed, then what points elsewhere; at last why."""
    lines = text(drawn).splitlines()

    assert lines[0] == WATCH
    assert lines[2:6] == [
        "   Qmp0: idle",
        "   Device0: unplugged, model = serial, frontend = Frontend0",
        "   Frontend0: detached, role = device, device = Device0",
        "   Chardev0: registered, kind = pty, label = Id0, cts = True",
    ]
    start = lines.index("4  vcpu ──▶ Device0: guest_writes")
    assert lines[start + 1 : start + 3] == ["      Device0: plugged → blocked", "      Device0.watch ┄┄▶ Chardev0"]
    assert lines[-5:] == [
        "      Chardev0 is freed",
        "      Device0.watch ┄┄✕ Chardev0, which is gone",
        "",
        "no-dangling-pointer: Device0.watch dangles",
        "   Device0: watch = dangling",
    ]


def test_every_call_is_an_arrow(drawn: Sequence) -> None:
    """There is a lane for whoever takes part, and an arrow for each call and each pointer; ghosts have none."""
    root = ElementTree.fromstring(svg(drawn, text(drawn)))
    arrows = [path for path in root.iter(f"{SVG}path") if path.get("marker-end")]
    words = [each.text for each in root.iter(f"{SVG}text")]

    assert len(arrows) == sum(
        len(moment.messages) + sum(not pointer.dangles for pointer in moment.pointers) for moment in drawn.moments
    )
    assert {"peer", "main", "vcpu", "Chardev0", "Frontend0", "Device0"} <= set(drawn.lanes) <= set(words)
    assert not any(name.startswith("OpenCloseAlternate") for name in drawn.lanes)


def test_what_was_never_seen(dangling: Finding) -> None:
    """A pointer to what came and went inside the step dangles, and is said to point to nobody that there was."""
    *before, last = dangling.trace.steps
    changes = {"Device0.watch": ("None", "dangling")}
    steps = (*before, replace(last, changes=changes))
    drawn = sequence(replace(dangling, trace=replace(dangling.trace, steps=steps)), CHARDEV)

    assert "      Device0.watch ┄┄✕ what is gone already" in text(drawn).splitlines()
    assert "None" not in drawn.lanes
    assert ".watch dangles" in svg(drawn, text(drawn))


def test_what_dangles_is_red(drawn: Sequence) -> None:
    """A pointer to what is gone is red, says so, and ends in a cross; before that step nothing is red."""
    root = ElementTree.fromstring(svg(drawn, text(drawn)))
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "step"]
    steps = {group.get("data-step"): ElementTree.tostring(group, "unicode") for group in groups}

    assert [number for number, step in steps.items() if look.WRONG in step] == ["6"]
    assert ".watch dangles" in steps["6"]


def test_who_can_not_see_it_reads_the_same(drawn: Sequence) -> None:
    """The picture has the words of the text, and colours for the dark."""
    file = svg(drawn, text(drawn))
    root = ElementTree.fromstring(file)
    colours = set(re.findall(r'(?:fill|stroke)="(#[^"]+)"', file.partition("</style>")[2]))

    assert root.findtext(f"{SVG}desc") == text(drawn)
    assert colours <= look.IN_THE_DARK.keys()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], drawn: Sequence) -> None:
    """A finding's trace is printed, or drawn into a file whose name is said."""
    asked = ["diagram", "--profile", "qemu-7.2", "--trace", WATCH]

    assert main([*asked, "--to", "text"]) == 0
    assert capsys.readouterr().out == text(drawn)

    assert main([*asked, "--out", str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).read_text("utf-8") == svg(drawn, text(drawn))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trace", "no-deadlock"], "repaired has no finding `no-deadlock` in this scope"),
        (["--trace", "no-such"], "no-such"),
        (["--trace", "no-deadlock", "--to", "dot"], "a trace is drawn as svg or text, not as dot"),
        (["--to", "text"], "machines are drawn as svg or dot or mermaid, not as text"),
    ],
)
def test_what_can_not_be_drawn(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is not is said in one line."""
    assert main(["diagram", "--profile", "repaired", *arguments]) == 2

    assert message in capsys.readouterr().err


def test_the_order_of_lanes(drawn: Sequence) -> None:
    """Who calls stands left of who is called: commands, devices and their frontends, chardevs, then what is shared."""
    assert drawn.objects == ("Qmp0", "Device0", "Frontend0", "Chardev0", "Id0")


def test_an_event_that_is_no_news() -> None:
    """What a monitor listens to is drawn although it changes nothing: a second OPENED is all that is wrong."""
    result = check(CHARDEV, profile="qemu-7.2", properties=["open-close-alternate"])
    findings = result.verdict("open-close-alternate").findings
    last = sequence(next(each for each in findings if each.id.endswith("Change.be_change")), CHARDEV).moments[-1]

    assert [message.text for message in last.messages if message.target == "Device0"] == [
        "be_change(asked=False)",
        "register",
        "event(sender=Chardev1, event=opened)",
    ]
    assert not any("sees_open" in note for notes in last.notes.values() for note in notes)


def test_a_bare_pointer_may_dangle(dangling: Finding) -> None:
    """A pointer that may dangle is no red one, unless the trace is of somebody who follows it."""
    *before, last = dangling.trace.steps
    trace = replace(dangling.trace, steps=(*before, replace(last, changes={"Change0.old": ("None", "dangling")})))
    harmless = sequence(replace(dangling, trace=trace), CHARDEV)
    error = replace(trace.steps[-1], error="no-use-after-free: Change0.old")
    followed = sequence(replace(dangling, trace=replace(trace, steps=(*before, error))), CHARDEV)

    assert harmless.moments[-1].pointers == ()
    assert harmless.moments[-1].notes == {"Change0": ("old is not looked at again",)}
    assert [pointer.field for pointer in followed.moments[-1].pointers] == ["old"]


@pytest.fixture(scope="module")
def lost() -> Sequence:
    """A change that frees the old chardev, and then can't create the new one, which would have its place."""
    result = check(CHARDEV, profile="qemu-10.0", properties=["id-never-lost"])
    return sequence(result.verdict("id-never-lost").findings[0], CHARDEV)


def test_another_one_in_the_same_place(lost: Sequence) -> None:
    """Who comes to the place of somebody who was freed has a header of his own, though he goes in the same step."""
    *_, freed, failed = lost.moments
    heads = [each.text for each in ElementTree.fromstring(svg(lost, "")).iter(f"{SVG}text") if each.get("font-weight")]

    assert (freed.gone, failed.born, failed.gone) == (frozenset({"Chardev0"}),) * 3
    assert lost.unborn == frozenset()
    assert heads.count("another Chardev0") == 1
    assert heads.index("another Chardev0") < heads.index("4") + 2


def test_the_end_says_what_is_wrong(lost: Sequence) -> None:
    """At the end stand the property's meaning and the fields that it reads, in red; so does the step that breaks it."""
    root = ElementTree.fromstring(svg(lost, text(lost)))
    red = {each.text for each in root.iter(f"{SVG}text") if each.get("fill") == look.WRONG}

    assert lost.end == "id-never-lost: A change leaves a chardev under its name, the old one or the new one."
    assert lost.evidence == {"Id0": ("lost",)}
    assert red == {"4", 'fails with "the backend\'s own error"', lost.end}


def test_a_command_that_is_over(lost: Sequence) -> None:
    """That a command forgets all when it is over is no news; a step that only leads on says that it does no more."""
    assert lost.moments[-1].notes == {"Change0": ("bare → idle",)}
    assert lost.moments[1].messages[0].text == "look (changes nothing)"


def test_all_is_inside_the_picture(drawn: Sequence) -> None:
    """In the widest font no text goes over the right edge, and no note over its box."""
    root = ElementTree.fromstring(svg(drawn, text(drawn)))
    words = [each for each in root.iter(f"{SVG}text") if each.get("text-anchor") == "start"]

    assert words
    for each in words:
        assert float(each.get("x", "")) + LETTER * len(each.text or "") <= float(root.get("width", ""))


def test_where_a_step_breaks_off() -> None:
    """Of a step that ends in an error, the calls that never returned are drawn down to where it broke."""
    result = check(CHARDEV, profile="qemu-7.2", properties=["no-failed-assertion"])
    findings = result.verdict("no-failed-assertion").findings
    whole = sequence(next(each for each in findings if "unregister_instance" in each.id), CHARDEV)
    last = whole.moments[-1]

    assert whole.end == "yank.py:35: assert not self.has_functions()"
    assert whole.start["Connect0"] == ("connecting", "chardev = Chardev0", "reference = Chardev0")
    assert [f"{message.target}: {message.text}" for message in last.messages][-3:] == [
        "Chardev1: finalize",
        "Yank0: unregister_instance",
        "Yank0: has_functions",
    ]
