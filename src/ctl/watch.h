/* watch.h: the parts of `hotlistctl alert watch`: the open alerts as last heard of (watch_list.c), how they are drawn (watch_draw.c), what is asked of whoever sits
 * there (watch_prompt.c). The loop stands in cmd_watch.c. Main thread.
 */
#ifndef HL_CTL_WATCH_H
#define HL_CTL_WATCH_H

#include "core/alert.h"
#include "ctl/ctl.h"

enum { HL_WATCH_ALERTS = 100 /* of each open state */, HL_WATCH_WORDS = 20, HL_WATCH_ANSWER = 64 };

struct hl_watched {
	struct hl_alert **alert; /* owned; the most urgent first, of those the newest */
	size_t n, at;            /* at: the selected one */
	bool cut;                /* there are more of some state */
};

/* What a key has begun: questions to be answered, then one command. */
struct hl_prompt {
	const struct hl_prompt_kind *kind; /* NULL: none */
	size_t step;
	char alert[HL_ID_TEXT];
	char answer[4][HL_WATCH_ANSWER];   /* the value of each question's option, "": left out */
	char text[HL_WATCH_ANSWER];        /* being typed */
};

struct hl_watch_screen {
	const char *control, *by, *role;   /* by NULL: the caller; role NULL: what the daemon takes them for */
	const char *purpose;               /* for the audit; NULL: the settings' */
	struct hl_watched list;
	char pulse[HL_ID_TEXT + 2];        /* what `alert pulse` said when the list was fetched */
	struct hl_prompt prompt;
	char message[HL_ERR_TEXT];         /* what the last command answered */
	bool failed;                       /* it was refused */
	bool help, colors, heard;          /* heard: the daemon has answered at least once */
	int64_t away_ms;                   /* how long it has not answered; 0: it answers */
	char away[HL_ERR_TEXT];
	int64_t now_ms;                    /* by the real clock: for ages */
};

/* watch_list.c. Asks the daemon whether there is anything new, and only then for the alerts; HL_E_UNAVAIL and the like leave the list as it was. *fresh: a new alert
 * among them. */
enum hl_code hl_watch_fetch(struct hl_watch_screen *w, bool *fresh, struct hl_err *err);
/* One command to the daemon: at most HL_WATCH_WORDS words, as for hotlistctl; its answer into out. */
enum hl_code hl_watch_ask(const struct hl_watch_screen *w, int argc, const char *const *argv, struct hl_buf *out, struct hl_err *err);
void hl_watched_fini(struct hl_watched *l);
/* Selects that many further down (or up); stays at the ends. */
void hl_watched_move(struct hl_watched *l, ptrdiff_t by);
/* The selected one, NULL where there is none. Borrowed until the next fetch. */
const struct hl_alert *hl_watched_at(const struct hl_watched *l);

/* watch_draw.c. The whole screen, `rows` rows of at most `columns`, each ended by \n. Pure. */
void hl_watch_draw(const struct hl_watch_screen *w, size_t columns, size_t rows, struct hl_buf *out);

/* watch_prompt.c. Begins what the key stands for, with the selected alert; false where it stands for nothing. */
bool hl_prompt_begin(struct hl_watch_screen *w, int key);
/* The next key of a prompt. True: all is answered, and the words of the command stand in argv (borrowing from w). */
bool hl_prompt_key(struct hl_watch_screen *w, int key, const char *argv[HL_WATCH_WORDS], int *argc);
/* The question, as one line. */
void hl_prompt_text(const struct hl_prompt *p, struct hl_buf *out);

#endif
