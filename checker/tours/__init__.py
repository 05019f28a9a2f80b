"""Transition tours: few conversations that take all that there is to take."""
