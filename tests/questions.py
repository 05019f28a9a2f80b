"""Ten questions to a reader of `diagrams/`, who has nothing else; the answers are in `diagrams_key.md`."""

QUESTIONS = """\
# Ten questions

For who has read [the walk-through](README.md) and looked at its pictures. Nothing else is needed to answer them.

1. A swap as repaired, from one open chardev to another. When each of the steps `detach`, `attach`, `unparent_old` and
   `name_new` is over: where does the frontend's `chr` point, which chardev's `frontend` points back, and which chardev
   has the name? After which of them is there a pointer without its counterpart?
2. After which step can a change not be refused any more, as repaired and in QEMU 10.0? Is that the same if nobody uses
   the chardev? Which step of the repaired change has no counterpart in QEMU, and which refusal does it replace?
3. QEMU 10.0 undoes a late refusal in four steps. What does each of them undo? Name three things that they do not undo,
   and what is wrong afterwards with each.
4. What does the frontend hear in QEMU 10.0, in order, in each of the four cases of an open or closed old and new
   chardev: if the swap is accepted, and if it is refused after the frontend's set-up? In which of these eight does it
   end with a wrong idea of whether its chardev is open, and in which does it hear OPENED for the second time, with no
   CLOSED in between?
5. In `yank-of-a-pending-connect` something outlives its owner. What is it, what keeps which object alive for it to
   outlive anything, in whose instance is it, and which command then makes QEMU abort?
6. In `watch-outlives-its-uart`: which command leaves what behind, which one frees what, and who follows which pointer
   in which thread? Why does the second command not refuse?
7. Which lock does a change hold, from when to when? Who else holds it for longer than a step? Which pairs of what the
   two are doing occur in no state, and which step ends the wait of a command that has come in between?
8. `chardev-change` on a chardev that nobody uses, and the new one can't be created. What is left under the name in QEMU
   10.0, and what as repaired? Which step makes the difference? How can the reason why the new one can't be created be
   the old one, which has been dropped?
9. Three objects remember whether the frontend is open. Which, and in which field each? Which of these are wrong after
   an accepted swap of a port that the guest has open, and which after a refused one, in QEMU 10.0?
10. A UART and a virtio port wait for a peer that does not read, and are swapped to a backend that gives no watch. Why
    does the UART wait for ever even if that backend is closed, but the port only if it is open? What does the change
    handler do in its place as repaired?
"""
