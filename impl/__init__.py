"""The executable implementation of the protocol lives here."""
