# The files of the room engine.
