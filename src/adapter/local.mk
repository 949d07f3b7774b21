# The files of the room adapter.
