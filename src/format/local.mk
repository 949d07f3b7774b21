# The files of the room format.
