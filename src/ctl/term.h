/* term.h: the terminal for a live screen: raw keys, the other screen, and everything put back as it was, however the program ends. Plain ANSI escapes, which every
 * terminal of today knows; no library. One terminal a process (signals know no other); main thread.
 */
#ifndef HL_CTL_TERM_H
#define HL_CTL_TERM_H

#include "base/err.h"
#include "base/mem.h"

enum hl_key {
	HL_KEY_NONE, /* the time is over, or a signal came */
	HL_KEY_END_OF_INPUT,
	HL_KEY_UP = 0x110000, HL_KEY_DOWN, HL_KEY_PAGE_UP, HL_KEY_PAGE_DOWN, HL_KEY_HOME, HL_KEY_END, HL_KEY_ENTER, HL_KEY_ESCAPE, HL_KEY_BACKSPACE, HL_KEY_OTHER
};

/* HL_E_USAGE: standard input or output is no terminal. From then on hl_term_close must be called; a signal that ends the process calls it too. */
enum hl_code hl_term_open(struct hl_err *err);
void hl_term_close(void);
/* A signal asks for the end: SIGINT, SIGTERM, SIGHUP, SIGQUIT. */
bool hl_term_ended(void);
/* The size in columns and rows; 80x24 where the terminal does not tell. */
void hl_term_size(size_t *columns, size_t *rows);
/* The next key: an enum hl_key, or a Unicode character. Waits at most so long; a resize or the return from a stop ends the wait too. */
int hl_term_key(int wait_ms);
/* Writes a frame: rows ended by \n, which stand one below the other from the top; at most `rows` of them. The same frame again writes nothing. */
void hl_term_show(const struct hl_buf *frame);
void hl_term_bell(void);
/* Whether colors are wanted: not where NO_COLOR is set, or TERM is dumb. */
bool hl_term_colors(void);

#endif
