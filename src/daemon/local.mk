# The files of the room daemon (floor 4).
