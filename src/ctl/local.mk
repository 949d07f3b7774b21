# The files of the room ctl (floor 4).
