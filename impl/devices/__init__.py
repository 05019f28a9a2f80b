"""The devices, and the others that use a chardev: what each does with the frontend that it embeds."""
