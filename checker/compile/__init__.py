"""From the methods of a spec to native code: syntax trees, a typed intermediate representation, LLVM."""
