"""Rollouts of actors on the nodes of a Ray cluster, for `muscle-train --ray`; nothing else imports Ray.

An actor owns one collector (actor.py), which gets the weights and returns a packed fragment (packing.py); a seat keeps an
actor, asks it and takes it back after a loss (seat.py); the rollouts of all seats are the trainer's (ray_rollouts.py).
Needs the extra `ray` of the package.
"""
