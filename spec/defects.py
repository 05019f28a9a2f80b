"""Mistakes that someone could make in `repaired`, each with the property that it must break."""

from __future__ import annotations

from .address import Address
from .change import Change, waits
from .char_file import open_file
from .char_mux import close_stack, hear, say
from .char_socket import abandon, close_socket, listen, lost
from .char_stdio import open_stdio
from .chardev import Chardev, create
from .device import Device
from .frontend import Frontend
from .language import Defect, Edit
from .qmp import Qmp
from .registry import object_unparent
from .terminal import Terminal

REGISTER = """
    self.frontend.set_handlers(
        self.model.events, self.model.hotswap, True, self.model.opens, True, self.thread_of_events()
    )
    """

DEFECTS = (
    # In the swap.
    Defect(
        "skip-detach",
        "The old chardev still points to the frontend when it dies: its last CLOSED reaches one that has moved.",
        breaks="events-only-from-own-chardev",
        edits=(Edit(Change.detach, "self.old.frontend = None"),),
    ),
    Defect(
        "free-old-first",
        "The old chardev is not detached but dropped, while the command still needs it.",
        breaks="no-use-after-free",
        edits=(Edit(Change.detach, "self.old.frontend = None", "object_unparent(self.old)"),),
    ),
    Defect(
        "tell-the-wrong-one",
        "The new chardev is closed in place of the old one, so that the frontend never hears of it.",
        breaks="open-state-agrees",
        edits=(Edit(Change.tell, "self.old.be_event(Event.closed)", "self.fresh.be_event(Event.closed)"),),
    ),
    Defect(
        "forget-label",
        "The swap puts the new chardev in the place of the old one, but does not name it.",
        breaks="one-chardev-per-id",
        edits=(Edit(Change.name_new, "self.id.adopt(self.fresh)", "self.id.chardev = self.fresh"),),
    ),
    Defect(
        "forget-handover",
        "The old socket's finalizer unregisters the yank instance that the new socket has taken over.",
        breaks="yank-matches-sockets",
        edits=(Edit(Change.unparent_old, "self.old.handover = self.old.kind.yanks and self.kind.yanks"),),
    ),
    Defect(
        "drop-old-first",
        "A chardev that nobody uses is dropped before the new one exists.",
        breaks="id-never-lost",
        edits=(
            Edit(
                Change.drop_old,
                """
                if not CREATE_FIRST:
                    object_unparent(self.old)
                    self.old = None
                    self.id.lose()
                """,
                """
                object_unparent(self.old)
                self.old = None
                self.id.lose()
                """,
            ),
        ),
    ),
    Defect(
        "wait-for-the-peer",
        "A listener that is to wait for its peer does so, with the lock.",
        breaks="no-deadlock",
        edits=(Edit(waits, "if NO_WAIT:\n    return False"),),
    ),
    # In a device's change handler, and in the rest of the device.
    Defect(
        "keep-watch",
        "A change handler leaves the watch where it is: on the old chardev.",
        breaks="no-dangling-pointer",
        edits=(Edit(Device.move_watch, "self.watch = self.frontend.chr.add_watch()"),),
    ),
    Defect(
        "keep-pointer",
        "A frontend that has saved the driver pointer registers a change handler: the swap leaves it the old pointer.",
        breaks="no-dangling-pointer",
        edits=(Edit(Device.register, REGISTER, REGISTER.replace("self.model.hotswap", "True")),),
    ),
    Defect(
        "forget-the-handler",
        "A device registers its handlers without the one for a change.",
        breaks="swappable-while-plugged",
        edits=(Edit(Device.register, REGISTER, REGISTER.replace("self.model.hotswap", "False")),),
    ),
    Defect(
        "forget-the-event-handler",
        "A device registers its handlers without the one for events.",
        breaks="heard-while-plugged",
        edits=(Edit(Device.register, REGISTER, REGISTER.replace("self.model.events", "False")),),
    ),
    Defect(
        "refuse-late",
        "A frontend that has been asked refuses all the same, when it has been set up on the new chardev.",
        breaks="failed-command-changes-nothing",
        edits=(
            Edit(
                Device.be_change,
                'return asked or not (self.model.refuses and may("refuses after its set-up"))',
                'return not (self.model.refuses and may("refuses after its set-up"))',
            ),
        ),
    ),
    Defect(
        "register-twice",
        "A change handler registers its handlers twice, and hears OPENED twice.",
        breaks="open-close-alternate",
        edits=(Edit(Device.be_change, "self.register()", "self.register()\nself.register()"),),
    ),
    Defect(
        "register-in-the-handler",
        "A device that hears OPENED registers its handlers again, and hears OPENED for it.",
        breaks="no-runaway-callback",
        edits=(
            Edit(
                Device.event,
                "self.sees_open = event is Event.opened",
                "self.sees_open = event is Event.opened\nif self.sees_open:\n    self.register()",
            ),
        ),
    ),
    Defect(
        "forget-the-guest",
        "A change handler does not tell the new chardev that the guest has the port open.",
        breaks="fe-open-agrees",
        edits=(Edit(Device.be_change, "if REPLAY_OPEN:\n    self.frontend.set_open(self.asks_open)"),),
    ),
    Defect(
        "wait-for-nothing",
        "A device that asked for a watch and got none waits all the same.",
        breaks="blocked-writer-has-wakeup",
        edits=(
            Edit(Device.move_watch, "if RESUME and self.watch is None:\n    self.resume()"),
            Edit(Device.write_in_vain, "self.goto(Device.plugged)", "self.goto(Device.blocked)"),
        ),
    ),
    Defect(
        "forget-watch",
        "A device that can't write waits, without a watch to tell it to go on.",
        breaks="no-deadlock",
        edits=(Edit(Device.guest_writes, "self.watch = self.frontend.chr.add_watch()"),),
    ),
    Defect(
        "keep-the-lines",
        "A UART goes on with the modem lines of its old chardev, though the new one has none.",
        breaks="modem-lines-agree",
        edits=(Edit(Device.read_lines, "if MODEM_RESET:\n    self.cts = True"),),
    ),
    # In the frontend's functions.
    Defect(
        "keep-open",
        "A frontend still counts as open when it is attached to its new chardev, which is then never told.",
        breaks="fe-open-agrees",
        edits=(Edit(Frontend.init, "self.fe_is_open = False"),),
    ),
    Defect(
        "part-one-sided",
        "A frontend that parts from its chardev leaves the chardev's pointer to itself.",
        breaks="pairing",
        edits=(Edit(Frontend.deinit, "self.chr.frontend = None"),),
    ),
    # In the backends.
    Defect(
        "leak-half-open",
        "A creation that fails leaves its half-open object behind.",
        breaks="no-leak",
        edits=(Edit(create, "free(new)"),),
    ),
    Defect(
        "free-half-open-twice",
        "A creation that fails finalises its half-open object, and then drops it once more.",
        breaks="no-double-free",
        edits=(Edit(create, "free(new)", "free(new)\nfree(new)"),),
    ),
    Defect(
        "take-for-granted",
        "A finalizer takes it for granted that there is a frontend.",
        breaks="no-null-dereference",
        edits=(
            Edit(Chardev.finalize, "if self.frontend is not None:\n    self.frontend.lose()", "self.frontend.lose()"),
        ),
    ),
    Defect(
        "unparent-twice",
        "A chardev is taken out of /chardevs twice.",
        breaks="no-illegal-transition",
        edits=(Edit(object_unparent, "chardev.unparent()", "chardev.unparent()\nchardev.unparent()"),),
    ),
    Defect(
        "truncate-early",
        "A file is emptied in opening it, whether its creation succeeds or not.",
        breaks="failed-command-changes-nothing",
        edits=(
            Edit(
                open_file,
                "if not TRUNCATE_LATE:\n    chardev.label.file.truncate()",
                "chardev.label.file.truncate()",
            ),
        ),
    ),
    Defect(
        "never-truncate",
        "A file is not emptied when its creation is settled, either: what was in it before is behind what is written.",
        breaks="file-was-emptied",
        edits=(Edit(Chardev.parent, "if TRUNCATE_LATE and self.kind is Kind.file:\n    self.label.file.truncate()"),),
    ),
    Defect(
        "give-up",
        "A socket that is to connect again does not, when it has lost its connection.",
        breaks="reconnect-goes-on",
        edits=(Edit(lost, "if chardev.kind is Kind.reconnect:\n    chardev.timer = True"),),
    ),
    Defect(
        "unlink-anything",
        "A listener takes its path at once, and when it goes removes whatever is there.",
        breaks="path-reachable-after-change",
        edits=(
            Edit(
                close_socket,
                """
                if BIND_BESIDE:
                    if chardev.label.address.path is chardev:
                        chardev.label.address.unlink()
                else:
                    chardev.label.address.unlink()
                """,
                "chardev.label.address.unlink()",
            ),
            Edit(
                listen,
                "if not BIND_BESIDE:\n    chardev.label.address.bind_path(chardev)",
                "chardev.label.address.bind_path(chardev)",
            ),
            Edit(
                Chardev.parent,
                "if BIND_BESIDE and self.listening:\n    self.label.address.bind_path(self)",
            ),
        ),
    ),
    Defect(
        "keep-connecting",
        "A chardev that loses its name goes on connecting, and keeps its yank function.",
        breaks="yank-matches-sockets",
        edits=(
            Edit(
                abandon,
                """
                if DROP_CONNECT:
                    for task in Connect:
                        if task.state is not Connect.idle and task.chardev is chardev:
                            chardev.label.yank.unregister_function(chardev)
                            task.cancel()
                """,
            ),
        ),
    ),
    Defect(
        "share-stdio",
        "stdio works on the descriptors themselves, and nobody asks whether it is in use.",
        breaks="stdio-owned-once",
        edits=(
            Edit(open_stdio, "if Terminal[0].in_use:\n    return False"),
            Edit(Terminal.copied, "if DUP_STDIO:\n    return Descriptors.others"),
        ),
    ),
    Defect(
        "hub-without-a-function",
        "A hub has no function to say anything by.",
        breaks="no-failed-assertion",
        edits=(
            Edit(
                say,
                "if chardev.frontend is not None:\n    tell(chardev, chardev.frontend, event)",
                "assert chardev.kind is not Kind.hub",
            ),
        ),
    ),
    Defect(
        "hear-twice",
        "A mux or hub passes on what its base says a second time.",
        breaks="open-close-alternate",
        edits=(
            Edit(
                hear,
                "if chardev.frontend is not None:\n    tell(chardev, chardev.frontend, event)",
                "if chardev.frontend is not None:\n    tell(chardev, chardev.frontend, event)\n"
                "    tell(chardev, chardev.frontend, event)",
            ),
        ),
    ),
    # In the commands.
    Defect(
        "create-nothing",
        "Every creation fails, so that no command does any harm.",
        breaks="change-succeeds",
        edits=(Edit(Change.create, "self.fresh = create(self.kind, self.id, self.base, handover)"),),
    ),
    Defect(
        "forget-busy",
        "A device is plugged without a look at whether the chardev has a frontend.",
        breaks="no-failed-assertion",
        edits=(
            Edit(
                Qmp.device_add,
                """
                if device.frontend.in_use(id.chardev):
                    if HUB:
                        fail("chardev '%s' is already in use")
                    else:
                        fail("Device '%s' is in use")
                    return
                """,
            ),
        ),
    ),
    Defect(
        "remove-busy",
        "A chardev is removed without a look at whether it has a frontend.",
        breaks="no-dangling-pointer",
        edits=(
            Edit(
                Qmp.chardev_remove,
                """
                if id.chardev.is_busy():
                    fail("Chardev '%s' is busy")
                    return
                """,
            ),
        ),
    ),
    Defect(
        "remove-nothing",
        "A chardev is not removed, though the command says that it is.",
        breaks="done-as-asked",
        edits=(Edit(Qmp.chardev_remove, "object_unparent(id.chardev)"),),
    ),
    # In the world outside, and in how the model is put together.
    Defect(
        "add-a-null",
        "Whatever is asked for, a chardev that is added is a null.",
        breaks="backend-was-offered",
        edits=(Edit(Change.chardev_add, "self.kind = kind"),),
    ),
    Defect(
        "release-anything",
        "A listener that goes frees the port, whoever has it.",
        breaks="address-is-of-its-listener",
        edits=(Edit(Address.release, "if self.port is chardev:\n    self.port = None", "self.port = None"),),
    ),
    Defect(
        "come-from-nowhere",
        "Somebody connects to a listener whose address nobody knows.",
        breaks="peer-was-expected",
        edits=(Edit(Chardev.peer_connects, "require(self.label.address.known)"),),
    ),
    Defect(
        "rise-again",
        "A peer that has left reads again.",
        breaks="who-left-is-gone",
        edits=(Edit(Chardev.peer_drains, "require(self.peer is Peer.stalled)"),),
    ),
    Defect(
        "made-alone",
        "A client is connected to nobody.",
        breaks="client-is-made-connected",
        edits=(Edit(Chardev.open, "self.peer = Peer.present"),),
    ),
    Defect(
        "keep-the-role",
        "A mux that goes leaves its frontend behind as a part of it.",
        breaks="spare-is-of-no-stack",
        edits=(Edit(close_stack, "chardev.own.role = Role.spare"),),
    ),
    Defect(
        "wait-anyway",
        "A device waits for a watch that never does.",
        breaks="device-is-of-its-model",
        edits=(
            Edit(
                Device.guest_writes,
                "require(self.can_wait() and self.frontend.chr.would_block())",
                "require(self.frontend.chr.would_block())",
            ),
        ),
    ),
)
