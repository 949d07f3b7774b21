# The files of the room core (floor 1).
