/* term.c: see term.h. What a signal handler does here is write() and tcsetattr(), which are allowed there. */
#include "config.h"

#include "ctl/term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

enum { INPUT = 256, ESCAPE_MS = 50 };

static struct {
	struct termios before, raw;
	volatile sig_atomic_t open, ended, redraw;
	sigset_t waiting; /* what is let through while waiting for a key */
	char input[INPUT];
	size_t n;
	struct hl_buf shown;
} term;

/* The other screen, no cursor, no wrapping at the right edge. */
static const char enter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
static const char leave[] = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

static void put(const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(STDOUT_FILENO, s, n);
		if (w < 0 && errno != EINTR)
			return;
		s += w > 0 ? w : 0;
		n -= w > 0 ? (size_t)w : 0;
	}
}

static void give_back(void)
{
	if (!term.open)
		return;
	term.open = 0;
	put(leave, sizeof leave - 1);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &term.before);
}

static void take(void)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &term.raw);
	put(enter, sizeof enter - 1);
	term.open = 1;
	term.redraw = 1;
}

static void on_end(int sig)
{
	(void)sig;
	term.ended = 1;
}

static void on_resize(int sig)
{
	(void)sig;
	term.redraw = 1;
}

/* A fault of the program: the terminal first, then the end that it would have had. */
static void on_crash(int sig)
{
	give_back();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Ctrl-Z: the shell gets its terminal; when it goes on, the screen is taken again. */
static void on_stop(int sig)
{
	int e = errno;
	(void)sig;
	give_back();
	raise(SIGSTOP);
	take();
	errno = e;
}

static void catch(int sig, void (*handler)(int), sigset_t *mask)
{
	struct sigaction a = { .sa_handler = handler };
	sigfillset(&a.sa_mask);
	sigaction(sig, &a, NULL);
	if (mask)
		sigaddset(mask, sig);
}

/* Signals that people send come through only while a key is waited for, so that none gets between a look at a flag and the wait. */
static void catch_all(void)
{
	static const int crash[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	static const int end[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < sizeof crash / sizeof crash[0]; i++)
		catch(crash[i], on_crash, NULL);
	for (size_t i = 0; i < sizeof end / sizeof end[0]; i++)
		catch(end[i], on_end, &held);
	catch(SIGWINCH, on_resize, &held);
	catch(SIGTSTP, on_stop, &held);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &held, &term.waiting);
}

enum hl_code hl_term_open(struct hl_err *err)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &term.before))
		return hl_err_set(err, HL_E_USAGE, "this needs a terminal; `alert ls` prints alerts without one");
	term.raw = term.before;
	term.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	term.raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
	term.raw.c_cc[VMIN] = 1;
	term.raw.c_cc[VTIME] = 0;
	hl_buf_init(&term.shown, 1 << 20);
	catch_all();
	atexit(give_back);
	take();
	return HL_OK;
}

void hl_term_close(void)
{
	give_back();
	hl_buf_fini(&term.shown);
}

bool hl_term_ended(void)
{
	return term.ended;
}

void hl_term_size(size_t *columns, size_t *rows)
{
	struct winsize w = { 0 };
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row;
	*columns = known ? w.ws_col : 80;
	*rows = known ? w.ws_row : 24;
}

bool hl_term_colors(void)
{
	const char *no = getenv("NO_COLOR"), *name = getenv("TERM");
	return !(no && *no) && !(name && strcmp(name, "dumb") == 0);
}

/* ---- keys ---- */

/* Waits for input; false: the time is over, or a signal came. */
static bool wait_for_input(int wait_ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec t = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000L };
	return ppoll(&p, 1, &t, &term.waiting) > 0;
}

/* False at the end of input. */
static bool read_more(void)
{
	ssize_t n = read(STDIN_FILENO, term.input + term.n, INPUT - term.n);
	term.n += n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static void drop(size_t n)
{
	n = n < term.n ? n : term.n;
	memmove(term.input, term.input + n, term.n - n);
	term.n -= n;
}

/* What stands behind ESC [ or ESC O: a letter, or a number and ~. */
static int escape_key(void)
{
	static const struct {
		const char *text;
		int key;
	} row[] = { { "A", HL_KEY_UP },	 { "B", HL_KEY_DOWN },	     { "H", HL_KEY_HOME },	{ "F", HL_KEY_END },
		    { "1~", HL_KEY_HOME }, { "4~", HL_KEY_END }, { "5~", HL_KEY_PAGE_UP }, { "6~", HL_KEY_PAGE_DOWN } };
	size_t end = 2;
	while (end < term.n && (term.input[end] < 0x40 || term.input[end] > 0x7e))
		end++;
	int key = HL_KEY_OTHER;
	for (size_t i = 0; end < term.n && i < sizeof row / sizeof row[0]; i++)
		if (strlen(row[i].text) == end - 1 && !memcmp(row[i].text, term.input + 2, end - 1))
			key = row[i].key;
	drop(end + 1);
	return key;
}

static int one_key(void)
{
	unsigned char c = (unsigned char)term.input[0];
	if (c == 0x1b && term.n == 1 && wait_for_input(ESCAPE_MS))
		read_more();
	if (c == 0x1b && term.n > 1 && (term.input[1] == '[' || term.input[1] == 'O'))
		return escape_key();
	size_t len = hl_text_utf8_len(term.input, term.n);
	int key = c;
	if (c == 0x1b)
		key = HL_KEY_ESCAPE;
	else if (c == '\r' || c == '\n')
		key = HL_KEY_ENTER;
	else if (c == 0x7f || c == 8)
		key = HL_KEY_BACKSPACE;
	else if (c < 0x20 || c >= 0x80)
		key = HL_KEY_OTHER;
	drop(len ? len : 1);
	return key;
}

int hl_term_key(int wait_ms)
{
	if (!term.n) {
		if (!wait_for_input(wait_ms))
			return HL_KEY_NONE;
		if (!read_more())
			return HL_KEY_END_OF_INPUT;
	}
	return term.n ? one_key() : HL_KEY_NONE;
}

/* ---- the frame ---- */

void hl_term_show(const struct hl_buf *frame)
{
	bool same = term.shown.len == frame->len && frame->len && !memcmp(term.shown.data, frame->data, frame->len);
	if (same && !term.redraw)
		return;
	term.redraw = 0;
	struct hl_buf out = HL_BUF(2 << 20);
	hl_buf_puts(&out, "\x1b[H");
	const char *s = hl_buf_text(frame);
	for (bool first = true; *s; first = false) {
		size_t n = strcspn(s, "\n");
		hl_buf_puts(&out, first ? "" : "\r\n");
		hl_buf_put(&out, s, n);
		hl_buf_puts(&out, "\x1b[0m\x1b[K");
		s += n + (s[n] == '\n');
	}
	hl_buf_puts(&out, "\x1b[J");
	put(hl_buf_text(&out), out.len);
	hl_buf_fini(&out);
	hl_buf_clear(&term.shown);
	hl_buf_put(&term.shown, hl_buf_text(frame), frame->len);
}

void hl_term_bell(void)
{
	put("\a", 1);
}
