"""Who is at the other end of a chardev and tells the layer what to do: monitors, qtest, and who plays the guest."""
