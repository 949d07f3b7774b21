/* adapter.h: event -> request, answer -> verdict: webhook, email, sms. Pure: no network, no clock, no file (secrets are read by engine/settings and handed
 * in). One adapter a file, one row in the table of adapter.c. Any thread.
 */
#ifndef HL_ADAPTER_ADAPTER_H
#define HL_ADAPTER_ADAPTER_H

#include "base/conf.h"
#include "core/alert.h"

enum { HL_HEADERS_MAX = 16, HL_NETS_MAX = 32, HL_ADDRESSES_MAX = 64 /* of one channel */ };

/* A network that a destination may be in although it is private: 127.0.0.0/8, ::1/128 … IPv4 as v4-mapped. */
struct hl_net {
	uint8_t addr[16];
	uint8_t bits; /* 0..128 */
};

enum hl_request_kind { HL_REQ_HTTP, HL_REQ_SMTP };
enum hl_tls { HL_TLS_OFF, HL_TLS_TRY, HL_TLS_REQUIRE };

/* What the network thread does. All strings are given (hl_request_wipe). */
struct hl_request {
	enum hl_request_kind kind;
	char *url, *method;             /* http(s)://… or smtp(s)://host:port */
	struct hl_strings headers;      /* "Name: value" */
	char *body;
	size_t body_n;
	char *mail_from, *mail_to;      /* one recipient */
	enum hl_tls tls;
	char *user, *password;
	char *ca_file;                  /* NULL: the system's */
	const struct hl_net *allow;     /* borrowed from the channel */
	size_t n_allow;
	bool allow_only;                /* unencrypted: only addresses inside `allow` may be connected to, public ones neither */
	int64_t timeout_ms;
};
void hl_request_wipe(struct hl_request *r);

struct hl_answer {
	bool sent;                      /* an answer arrived */
	int status;                     /* HTTP status, or the last SMTP code; 0: none */
	int64_t retry_after_ms;         /* negative: none; seconds and HTTP dates are both understood by the network thread */
	bool refused_address;           /* the SSRF gate said no */
	bool tls_failed;                /* certificate or STARTTLS */
	bool auth_failed;
	char text[HL_TEXT_LONG];        /* transport error or the beginning of the answer, control bytes removed */
	const char *body;               /* the answer's body, at most 16 KiB; NULL */
	size_t body_n;
};

enum hl_fate { HL_FATE_DONE, HL_FATE_LATER, HL_FATE_DEAD, HL_FATE_GONE /* dead, and the endpoint is disabled and a supervisor told */ };

struct hl_fate_of {
	enum hl_fate fate;
	int64_t wait_ms;                /* HL_FATE_LATER: at least this long (Retry-After); negative: the engine's backoff */
	char reason[HL_TEXT_LONG];
};

/* Alerts that one message tells of together, the most urgent first; at most HL_DIGEST_NAMED of `all`. */
enum { HL_DIGEST_NAMED = 50 };
struct hl_digest {
	const struct hl_alert *const *alert;
	size_t n, all;
};

/* What a body is made from. */
struct hl_message {
	const struct hl_alert *alert;   /* NULL for a receiver test and for a digest */
	const struct hl_digest *digest; /* NULL: it is none */
	enum hl_event_type type;
	const char *event_id;
	const char *delivery_id;        /* stable over retries: webhook-id, Message-ID */
	int64_t time_ms;                /* of the event */
	const char *alert_json;         /* the alert as JSON */
	size_t alert_json_n;
	const struct hl_tz *tz;         /* local times; NULL: UTC */
	const char *link;               /* base URL for "link" in messages, "" = none */
	const char *first_id;           /* id of the delivery by which this address first heard of the alert, "" or NULL: this one; mails refer to it */
	const char *receiver;
};

/* A gateway's own word for what became of a message that it took, and what it means: "accepted", "delivered" or "failed". */
struct hl_sms_report {
	const char *word, *meaning, *text;
};

struct hl_template; /* adapter/template.h */

/* The words of a channel's messages. */
struct hl_channel_words {
	char *name;                      /* as the settings have it; NULL: the built-in words */
	const struct hl_template *named; /* that one, borrowed from the settings; NULL: none, or not there */
	struct hl_template *builtin;
	unsigned line, column;           /* of the name in the settings */
};

struct hl_adapter {
	const char *name;               /* "webhook" */
	size_t conf_size;
	const struct hl_opt *options;
	/* Checks what options alone can't (URL scheme, secrets present, addresses), adds faults at node. Secret files have been named, not read. */
	void (*check)(const struct hl_node *node, void *conf, struct hl_conf_ctx *ctx);
	/* The secret files a conf names and where their content goes: called with each; settings read the file. */
	void (*secrets)(void *conf, void (*need)(void *arg, const char *path, struct hl_strings *into), void *arg);
	/* After the files were read: are the secrets usable? HL_E_CONFIG with a text that names the file, never its content. NULL: nothing to check. */
	enum hl_code (*check_secrets)(const void *conf, struct hl_err *err);
	/* The channel's words, so that whoever keeps the templates sets `named`. NULL: its messages are not words. Borrowed. */
	struct hl_channel_words *(*words)(void *conf);
	size_t (*addresses)(const void *conf, const char **out, size_t max); /* borrowed */
	/* The stored body, identical over retries. "{{AGE}}" ("3 min ago") and "{{SPAN}}" ("3 min") in it are the one thing replaced at each sending. */
	enum hl_code (*render)(const void *conf, const struct hl_message *m, const char *address, struct hl_buf *body, struct hl_err *err);
	/* The request of one attempt. now_ms: for the timestamp and the age. Gives *out. */
	enum hl_code (*prepare)(const void *conf, const char *delivery_id, const char *address, const char *body, size_t body_n, int64_t seen_ms,
				int64_t now_ms, struct hl_request *out, struct hl_err *err);
	void (*judge)(const void *conf, const struct hl_answer *answer, struct hl_fate_of *out);
	/* What `concurrency` counts by, within one receiver: the endpoint "https://host:443/hook" of a webhook, so that one that hangs does not hold up
	 * another on the same host; the gateway or mail server "smtp://host:25". Without query and credentials. */
	void (*destination)(const void *conf, const char *address, char *dst, size_t size);
	/* What a word of a delivery report means; NULL: no such word. The function is NULL where a channel has no reports. */
	const struct hl_sms_report *(*report)(const char *word);
	int64_t (*deadline_ms)(const void *conf); /* how long deliveries are tried */
	int64_t (*concurrency)(const void *conf); /* at most so many at once to one destination */
};

/* The adapter named so, NULL: none. Borrowed for ever. */
const struct hl_adapter *hl_adapter_find(const char *name);
extern const struct hl_adapter *const hl_adapters[]; /* NULL-ended */

/* The gate: may a connection be made to this address (16 bytes, v4-mapped for IPv4)? Private, loopback, link-local, CGNAT, multicast, unspecified,
 * documentation, metadata, NAT64 and 6to4 of such: only where an allow network holds it. Source: IANA special-purpose address registries. */
bool hl_net_allowed(const uint8_t addr[16], const struct hl_net *allow, size_t n);
/* Does one of the networks hold the address? */
bool hl_net_held(const uint8_t addr[16], const struct hl_net *allow, size_t n);
/* "127.0.0.0/8", "::1", "10.0.0.0/8" …; false where it is none. */
bool hl_net_parse(const char *text, struct hl_net *out);

#endif
