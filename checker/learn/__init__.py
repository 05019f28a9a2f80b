"""What an implementation does, learned from outside as a Mealy machine, and compared with the spec.

A letter of the machine's alphabet is a stimulus; its output is what is seen after it. While it is learned, the spec is
asked for nothing but what an outsider can do at all.
"""
