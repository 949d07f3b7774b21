/* main.c: hotlistd: options and signals. The main thread blocks in sigtimedwait: SIGHUP reloads, SIGTERM and SIGINT drain and end. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/crew.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/server.h"
#include "engine/catalog.h"
#include "store/store.h"

static void usage(FILE *out)
{
	fputs("usage: hotlistd -c FILE [--check-config] [--debug]\n"
	      "  -c, --config FILE   the settings (hotlistd.yaml(5))\n"
	      "      --check-config  checks the settings and the rules they name; 0: good, 78: faults\n"
	      "      --set-aside     renames a damaged database out of the way (nothing is deleted) and ends\n"
	      "      --debug         more log lines\n"
	      "      --version       prints the version\n"
	      "See hotlistd(8).\n", out);
}

/* Plates must not reach a core file, nor a debugger of another user. */
static void no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
#ifndef HL_TEST_HOOKS
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* What an import or an index took goes back to the system when it is freed. Left to itself glibc keeps it, for each of the threads that come and go with the work: after
 * five activations of a million entries five times the memory that is in use. */
static void give_memory_back(void)
{
#ifdef __GLIBC__
	enum { LARGE = 256 << 10 };
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, 4 * LARGE);
#endif
}

static void print_faults(const struct hl_faults *f)
{
	struct hl_buf text = HL_BUF(64 << 10);
	hl_faults_print(f, &text);
	fputs(hl_buf_text(&text), stderr);
	hl_buf_fini(&text);
}

static int check_config(const char *path)
{
	struct hl_faults faults = { 0 };
	struct hl_settings *s = NULL;
	struct hl_rules *r = NULL;
	enum hl_code rc = hl_settings_load(&s, path, &faults);
	if (!rc)
		rc = hl_rules_load(&r, s->rules, &faults);
	if (!rc)
		rc = hl_settings_check_rules(s, r, &faults);
	print_faults(&faults);
	if (!rc)
		printf("%s: good (%zu ingest, %zu lists, %zu receivers; rules %s)\n", path, s->ingest.n, s->lists.n, s->receivers.n, r->id);
	hl_rules_free(&r);
	hl_settings_free(&s);
	return rc ? EX_CONFIG : EX_OK;
}

/* What is pending in a damaged database would not be sent, so that starting afresh is a person's decision and a step of its own. */
static int set_aside(const char *path)
{
	struct hl_faults faults = { 0 };
	struct hl_settings *s = NULL;
	struct hl_err err = { 0 };
	char lock[HL_PATH_MAX], aside[HL_PATH_MAX + 64];
	int fd = -1;
	enum hl_code rc = hl_settings_load(&s, path, &faults);
	print_faults(&faults);
	if (!rc)
		rc = hl_path_join(lock, sizeof lock, s->state, "lock", &err);
	if (!rc)
		rc = hl_file_lock(lock, &fd, &err);
	if (!rc)
		rc = hl_store_set_aside(s->store, s->state, hl_clock_real_ms(), aside, sizeof aside, &err);
	if (!rc)
		printf("set aside as %s; the next start begins with an empty database\n", aside);
	else if (err.code)
		hl_log(HL_LOG_ERROR, "%s", err.text);
	if (fd >= 0)
		close(fd);
	hl_settings_free(&s);
	return hl_code_exit(rc);
}

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(const char *path)
{
	struct hl_faults faults = { 0 };
	struct hl_err err = { 0 };
	struct hl_server *s;
	sigset_t set;
	block_signals(&set);
	enum hl_code rc = hl_server_start(&s, path, &faults, &err);
	print_faults(&faults);
	if (rc) {
		hl_log(HL_LOG_ERROR, "not started: %s", err.code ? err.text : "the settings have faults");
		return hl_code_exit(rc);
	}
	hl_crew_keep(1);
	for (;;) {
		struct timespec second = { .tv_sec = 1 };
		int sig = sigtimedwait(&set, NULL, &second);
		if (sig == SIGHUP)
			hl_server_reload(s);
		else if (sig == SIGTERM || sig == SIGINT)
			break;
		else
			hl_server_tick(s);
	}
	hl_log(HL_LOG_INFO, "stopping");
	hl_server_stop(&s);
	hl_log(HL_LOG_INFO, "stopped");
	return EX_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' }, { "check-config", no_argument, NULL, 'k' },
						 { "set-aside", no_argument, NULL, 'a' },
						 { "debug", no_argument, NULL, 'd' },	    { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	const char *path = NULL;
	bool check = false, aside = false, debug = false;
	for (int c; (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
		if (c == 'c') {
			path = optarg;
		} else if (c == 'k') {
			check = true;
		} else if (c == 'a') {
			aside = true;
		} else if (c == 'd') {
			debug = true;
		} else if (c == 'h' || c == 'V') {
			c == 'h' ? usage(stdout) : (void)puts("hotlistd " PACKAGE_VERSION);
			return EX_OK;
		} else {
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (!path || optind != argc) {
		usage(stderr);
		return EX_USAGE;
	}
	struct hl_err err;
	no_core_dumps();
	give_memory_back();
	hl_log_open(debug ? HL_LOG_DEBUG : HL_LOG_INFO, getenv("JOURNAL_STREAM") != NULL);
	if (hl_crypto_init(&err)) {
		hl_log(HL_LOG_ERROR, "%s", err.text);
		return hl_code_exit(err.code);
	}
	if (check)
		return check_config(path);
	return aside ? set_aside(path) : run(path);
}
