"""What a command's exit code says."""

OK, NOT_AS_EXPECTED, USAGE, NOT_DRIVABLE = 0, 1, 2, 3
VACUOUS, BOUND, OUTPUT, INTERNAL, INTERRUPTED, NO_READER = 14, 20, 74, 70, 130, 141

EXIT_CODES = """\
exit codes:
  0    every property holds, and every state of the scope was visited
  11   a deadlock, and nothing worse
  12   a safety property is violated
  13   a liveness property is violated, and nothing worse
  14   with --vacuity error: all holds, but a part of the spec is vacuous and not explained
  20   stopped at a bound (states, memory, disk), or a property can't be judged; nothing violated so far
  1    not as --expect says; for `path`: there is no such state
  2    the command line or the spec is wrong
  74   the output, a checkpoint or a file of --dir can't be written
  130  interrupted
"""
