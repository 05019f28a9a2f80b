"""The operating system of a real process."""
