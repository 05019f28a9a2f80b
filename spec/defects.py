"""Mistakes that someone could make in `repaired`, each with the property that it must break."""

from __future__ import annotations

from .change import Change
from .chardev import create
from .frontend import Frontend
from .language import Defect, Edit
from .qmp import Qmp

DEFECTS = (
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
        "keep-watch",
        "A change handler leaves the watch where it is: on the old chardev.",
        breaks="no-dangling-pointer",
        edits=(Edit(Frontend.be_change, "self.move_watch()"),),
    ),
    Defect(
        "keep-pointer",
        "A frontend that has saved the driver pointer registers a change handler: the swap leaves it the old pointer.",
        breaks="no-dangling-pointer",
        edits=(Edit(Frontend.set_handlers, "self.chr_be_change = self.model.hotswap", "self.chr_be_change = True"),),
    ),
    Defect(
        "keep-open",
        "A frontend still counts as open when it is attached to its new chardev, which is then never told.",
        breaks="fe-open-agrees",
        edits=(Edit(Frontend.init, "self.fe_is_open = False"),),
    ),
    Defect(
        "refuse-late",
        "A frontend that has been asked refuses all the same, when it has been set up on the new chardev.",
        breaks="failed-command-changes-nothing",
        edits=(
            Edit(
                Frontend.be_change,
                'return asked or not (self.model.refuses and may("refuses after its set-up"))',
                'return not (self.model.refuses and may("refuses after its set-up"))',
            ),
        ),
    ),
    Defect(
        "tell-the-wrong-one",
        "The new chardev is closed in place of the old one, so that the frontend never hears of it.",
        breaks="open-state-agrees",
        edits=(Edit(Change.tell, "self.old.be_event(False)", "self.fresh.be_event(False)"),),
    ),
    Defect(
        "register-twice",
        "A change handler registers its handlers twice, and hears OPENED twice.",
        breaks="open-close-alternate",
        edits=(Edit(Frontend.be_change, "self.set_handlers()", "self.set_handlers()\nself.set_handlers()"),),
    ),
    Defect(
        "part-one-sided",
        "A frontend that parts from its chardev leaves the chardev's pointer to itself.",
        breaks="pairing",
        edits=(Edit(Frontend.deinit, "self.chr.frontend = None"),),
    ),
    Defect(
        "forget-label",
        "The swap puts the new chardev in the place of the old one, but does not name it.",
        breaks="one-chardev-per-id",
        edits=(Edit(Change.name_new, "self.id.adopt(self.fresh)", "self.id.chardev = self.fresh"),),
    ),
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
        "forget-busy",
        "A device is plugged without a look at whether the chardev has a frontend.",
        breaks="no-failed-assertion",
        edits=(
            Edit(
                Qmp.device_add,
                """
                if id.chardev.frontend is not None:
                    fail("Device '%s' is in use")
                    return
                """,
            ),
        ),
    ),
    Defect(
        "forget-watch",
        "A device that can't write waits, without a watch to tell it to go on.",
        breaks="no-deadlock",
        edits=(Edit(Frontend.guest_writes, "self.watch = self.chr"),),
    ),
)
