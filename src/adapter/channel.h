/* channel.h: what all adapters share: the common options of a channel, URLs, secrets, and the verdict on an HTTP answer. Private to the room.
 * Pure; any thread.
 */
#ifndef HL_ADAPTER_CHANNEL_H
#define HL_ADAPTER_CHANNEL_H

#include "adapter/adapter.h"

#include <stddef.h>

struct hl_allow {
	size_t n;
	struct hl_net v[HL_NETS_MAX];
};

/* The options that every channel has. It is the first member of an adapter's conf, where the two functions below look for it. */
struct hl_channel_net {
	struct hl_allow allow;
	int64_t timeout_ms, deadline_ms, concurrency;
	char *ca_file;
};

/* Members of a table row: those two of the conf's struct hl_channel_net. */
int64_t hl_channel_deadline_ms(const void *conf);
int64_t hl_channel_concurrency(const void *conf);

/* A secret file's name, and its content once settings have read it: one string, or one a line. */
struct hl_secret {
	char *path;
	struct hl_strings content;
};

/* The rows of struct hl_channel_net `net` inside struct type; every table of an adapter holds them. */
#define HL_CHANNEL_OPTIONS(conf_type, wait, at_once)											\
	{ .name = "allow", .type = HL_OPT_CUSTOM, .offset = offsetof(conf_type, net.allow), .custom = hl_channel_read_allow, .shape = HL_SHAPE_TEXTS,		\
	  .help = "networks that the receiver may be in although they are private, such as 127.0.0.0/8" },				\
	{ .name = "timeout", .type = HL_OPT_DURATION, .offset = offsetof(conf_type, net.timeout_ms), .def = wait, .min = 100, .max = 120000,\
	  .help = "an attempt that takes longer has failed" },										\
	{ .name = "deadline", .type = HL_OPT_DURATION, .offset = offsetof(conf_type, net.deadline_ms), .def = "24h", .min = 1000,	\
	  .max = INT64_C(2592000000), .help = "how long a delivery is tried before it becomes a dead letter" },				\
	{ .name = "concurrency", .type = HL_OPT_INT, .offset = offsetof(conf_type, net.concurrency), .def = at_once, .min = 1, .max = 64,\
	  .help = "attempts at once to this destination" },										\
	{ .name = "ca_file", .type = HL_OPT_STRING, .offset = offsetof(conf_type, net.ca_file), .max = HL_PATH_MAX - 1,			\
	  .help = "certificate authorities to trust instead of the system's, a PEM file" }

/* Custom readers for option tables: a list of networks into struct hl_allow; a file name into struct hl_secret, and its wipe. */
void hl_channel_read_allow(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_secret_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_secret_wipe(void *target);
/* The i-th non-empty line of the content into *n bytes at the result (borrowed), NULL past the last. */
const char *hl_secret_line(const struct hl_secret *s, size_t i, size_t *n);
/* A password's check for check_secrets: HL_E_CONFIG unless there is exactly one line. Borrows all. */
enum hl_code hl_secret_check_one(const struct hl_secret *s, struct hl_err *err);

enum { HL_URL_HOST = 256, HL_URL_MAX = 480 };

/* A URL in parts. Only what the adapters accept: scheme://host[:port][/path[?query]], no credentials, no fragment, printable ASCII. */
struct hl_url {
	char scheme[8], host[HL_URL_HOST]; /* an IPv6 host without brackets */
	int port;                          /* the scheme's own where none is written */
	const char *rest;                  /* from the path on; borrowed */
	bool literal;                      /* host is an address */
	uint8_t addr[16];                  /* then this one, v4-mapped */
};
/* HL_E_INPUT with what is wrong. Borrows all. */
enum hl_code hl_url_parse(struct hl_url *u, const char *text, struct hl_err *err);
/* "scheme://host:port" into dst. */
void hl_url_origin(const char *text, char *dst, size_t size);
/* The same with the path, without the query. */
void hl_url_endpoint(const char *text, char *dst, size_t size);
/* Percent-encodes all but unreserved characters (RFC 3986). */
void hl_url_escape(struct hl_buf *out, const char *text);

/* Checks the member `key` of an HTTP channel: https, or http where `allow` says so; makes ca_file absolute. Adds faults at node's member. */
void hl_channel_check_http(const struct hl_node *node, const char *key, const char *url, struct hl_channel_net *net, struct hl_conf_ctx *ctx);
/* A relative ca_file is meant from the folder of the settings file. */
void hl_channel_place_ca(struct hl_channel_net *net, const struct hl_conf_ctx *ctx);
/* The request's part that all HTTP channels share. Borrows, fills *out (gives strings). */
void hl_channel_request(const struct hl_channel_net *net, const char *url, struct hl_request *out);
void hl_request_header(struct hl_request *r, const char *name, const char *value);

/* The verdict table of HTTP: 2xx done; 3xx dead; 408, 425, 429, 5xx and no answer later; 410 gone; other 4xx dead. */
void hl_judge_http(const struct hl_answer *answer, struct hl_fate_of *out);
/* Fills out with a fate and a bounded reason without control bytes. */
void hl_fate_set(struct hl_fate_of *out, enum hl_fate fate, int64_t wait_ms, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Replaces every secret line that a peer has echoed into the reason by "***". */
void hl_fate_redact(struct hl_fate_of *out, const struct hl_secret *s);

#endif
