"""The text of rumur's Murphi."""
