# The files of the room ctl (floor 4).
bin_PROGRAMS += hotlistctl
hotlistctl_SOURCES = \
	src/ctl/cmd_channel.c \
	src/ctl/cmd_keygen.c \
	src/ctl/cmd_match.c \
	src/ctl/cmd_op.c \
	src/ctl/cmd_replay.c \
	src/ctl/cmd_rules.c \
	src/ctl/cmd_rules_schema.c \
	src/ctl/cmd_rules_show.c \
	src/ctl/cmd_rules_test.c \
	src/ctl/cmd_send.c \
	src/ctl/cmd_simulate.c \
	src/ctl/cmd_watch.c \
	src/ctl/ctl.h \
	src/ctl/list_file.c src/ctl/list_file.h \
	src/ctl/main.c \
	src/ctl/replay_load.c src/ctl/replay_load.h \
	src/ctl/replay_print.c src/ctl/replay_print.h \
	src/ctl/replay_store.c src/ctl/replay_store.h \
	src/ctl/replay_svg.c \
	src/ctl/replay_sweep.c src/ctl/replay_sweep.h \
	src/ctl/term.c src/ctl/term.h \
	src/ctl/watch.h \
	src/ctl/watch_draw.c \
	src/ctl/watch_list.c \
	src/ctl/watch_prompt.c
hotlistctl_LDADD = $(engine_libs) $(ZMQ_LIBS)
