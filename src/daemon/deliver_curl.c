/* deliver_curl.c: a request on the wire, and what came back as an answer. Runs on the delivery thread.
 *
 * Mails go out on threads of their own (deliver_mail.c), and what is said here of the delivery thread then holds for theirs. The gate stands at two places: where a socket is opened (the resolved address is known, nothing has been sent), and before a request goes out on a
 * connection that another channel, with other `allow` networks, may have opened.
 */
#include "daemon/deliver_priv.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* The gate. text names the address where it is refused. */
static bool gate(struct hl_flight *f, const uint8_t addr[16])
{
	const struct hl_request *r = &f->request;
	bool held = hl_net_held(addr, r->allow, r->n_allow);
	if (r->allow_only ? held : hl_net_allowed(addr, r->allow, r->n_allow))
		return true;
	char text[INET6_ADDRSTRLEN] = "?";
	bool four = !memcmp(addr, mapped, sizeof mapped);
	inet_ntop(four ? AF_INET : AF_INET6, addr + (four ? 12 : 0), text, sizeof text);
	snprintf(f->refused_text, sizeof f->refused_text, "%s is %s", text,
		 r->allow_only ? "not in `allow`, and http goes to such addresses only" : "private or reserved, and not in `allow`");
	f->refused++;
	return false;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct hl_flight *f = arg;
	uint8_t addr[16];
	(void)purpose;
	if (a->family == AF_INET) {
		memcpy(addr, mapped, sizeof mapped);
		memcpy(addr + 12, &((const struct sockaddr_in *)(const void *)&a->addr)->sin_addr, 4);
	} else if (a->family == AF_INET6) {
		memcpy(addr, &((const struct sockaddr_in6 *)(const void *)&a->addr)->sin6_addr, 16);
	} else {
		hl_copy(f->refused_text, sizeof f->refused_text, "neither IPv4 nor IPv6");
		f->refused++;
		return CURL_SOCKET_BAD;
	}
	if (!gate(f, addr))
		return CURL_SOCKET_BAD;
	f->opened++;
	f->socket = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	return f->socket;
}

static int before_request(void *arg, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
	uint8_t addr[16];
	(void)local_ip, (void)primary_port, (void)local_port;
	char host[INET6_ADDRSTRLEN];
	hl_copy_n(host, sizeof host, primary_ip, strcspn(primary_ip, "%"));
	memcpy(addr, mapped, sizeof mapped);
	if (inet_pton(AF_INET, host, addr + 12) != 1 && inet_pton(AF_INET6, host, addr) != 1)
		return CURL_PREREQFUNC_ABORT;
	return gate(arg, addr) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static size_t take_answer(char *data, size_t size, size_t count, void *arg)
{
	struct hl_flight *f = arg;
	size_t n = size * count, room = HL_DELIVER_ANSWER - f->answer.len;
	hl_buf_put(&f->answer, data, n < room ? n : room);
	if (n <= room)
		return n;
	f->answer_cut = true; /* the status is known: the rest is of no use and may never end */
	return 0;
}

/* Header lines of HTTP, which only count; reply lines of SMTP. */
static size_t take_line(char *data, size_t size, size_t count, void *arg)
{
	struct hl_flight *f = arg;
	size_t n = size * count;
	f->headers_n += n;
	if (f->headers_n > HL_DELIVER_HEADERS)
		return 0;
	if (f->request.kind != HL_REQ_SMTP)
		return n;
	/* A refusal is what a person wants to read, not the polite words after it. */
	if (n && (data[0] >= '4' || f->reply[0] < '4'))
		hl_copy_n(f->reply, sizeof f->reply, data, n);
	/* The reply to the whole mail is the last that matters: nobody waits for the goodbye. */
	if (f->body_read == f->request.body_n && n > 3 && data[0] == '2' && data[3] == ' ')
		shutdown(f->socket, SHUT_RD);
	return n;
}

static size_t give_mail(char *dst, size_t size, size_t count, void *arg)
{
	struct hl_flight *f = arg;
	size_t room = size * count, left = f->request.body_n - f->body_read, n = left < room ? left : room;
	memcpy(dst, f->request.body + f->body_read, n);
	f->body_read += n;
	return n;
}

static int seek_mail(void *arg, curl_off_t offset, int origin)
{
	struct hl_flight *f = arg;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > f->request.body_n)
		return CURL_SEEKFUNC_FAIL;
	f->body_read = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int watch_abort(void *arg, curl_off_t dl_all, curl_off_t dl, curl_off_t ul_all, curl_off_t ul)
{
	struct hl_flight *f = arg;
	(void)dl_all, (void)dl, (void)ul_all, (void)ul;
	return atomic_load(&f->abort) ? 1 : 0;
}

static void set_common(CURL *e, struct hl_flight *f)
{
	const struct hl_request *r = &f->request;
	curl_easy_setopt(e, CURLOPT_URL, r->url);
	curl_easy_setopt(e, CURLOPT_PRIVATE, f);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left behind, not waited for */
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, f);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (r->ca_file)
		curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file);
	if (r->user)
		curl_easy_setopt(e, CURLOPT_USERNAME, r->user);
	if (r->password)
		curl_easy_setopt(e, CURLOPT_PASSWORD, r->password);
}

static void set_http(CURL *e, struct hl_flight *f)
{
	const struct hl_request *r = &f->request;
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, r->allow_only ? "http" : "https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	for (size_t i = 0; i < r->headers.n; i++)
		f->headers = curl_slist_append(f->headers, r->headers.v[i]);
	f->headers = curl_slist_append(f->headers, "Expect:");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers);
	if (!r->method || !strcmp(r->method, "GET")) {
		curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body ? r->body : "");
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_n);
}

static void set_smtp(CURL *e, struct hl_flight *f)
{
	static const long ssl[] = { [HL_TLS_OFF] = CURLUSESSL_NONE, [HL_TLS_TRY] = CURLUSESSL_TRY, [HL_TLS_REQUIRE] = CURLUSESSL_ALL };
	const struct hl_request *r = &f->request;
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(e, CURLOPT_USE_SSL, ssl[r->tls]);
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, r->mail_from);
	f->recipients = curl_slist_append(NULL, r->mail_to);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, f->recipients);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(e, CURLOPT_READDATA, f);
	curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, seek_mail);
	curl_easy_setopt(e, CURLOPT_SEEKDATA, f);
	curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_n);
	/* A connection of its own for each mail: one that another channel opened may be without TLS, and curl would take it. */
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(r->timeout_ms / 1000 + 1));
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, watch_abort);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, f);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
}

bool hl_wire_start(struct hl_deliver *d, struct hl_flight *f)
{
	f->body_read = f->headers_n = 0;
	f->answer_cut = false;
	f->opened = f->refused = 0;
	f->socket = CURL_SOCKET_BAD;
	f->reply[0] = f->error[0] = f->refused_text[0] = 0;
	hl_buf_clear(&f->answer);
	f->easy = curl_easy_init();
	if (!f->easy)
		return hl_copy(f->error, sizeof f->error, "no handle for a request"), false;
	set_common(f->easy, f);
	if (f->request.kind == HL_REQ_SMTP) {
		set_smtp(f->easy, f);
		return hl_mail_start(d, f);
	}
	set_http(f->easy, f);
	CURLMcode rc = curl_multi_add_handle(d->multi, f->easy);
	if (rc == CURLM_OK)
		return true;
	hl_copy(f->error, sizeof f->error, curl_multi_strerror(rc));
	return false;
}

void hl_wire_end(struct hl_deliver *d, struct hl_flight *f)
{
	if (f->threaded)
		hl_mail_join(d, f);
	else if (f->easy)
		curl_multi_remove_handle(d->multi, f->easy);
	if (f->easy) {
		curl_easy_cleanup(f->easy);
		f->easy = NULL;
	}
	curl_slist_free_all(f->headers);
	curl_slist_free_all(f->recipients);
	f->headers = f->recipients = NULL;
	hl_request_wipe(&f->request);
	if (f->target.adapter && d->channels.release)
		d->channels.release(d->channels.arg, f->target.ref);
	f->target = (struct hl_deliver_target){ 0 };
}

static bool is_tls_fault(CURLcode c)
{
	return c == CURLE_SSL_CONNECT_ERROR || c == CURLE_PEER_FAILED_VERIFICATION || c == CURLE_USE_SSL_FAILED || c == CURLE_SSL_CACERT_BADFILE ||
	       c == CURLE_SSL_CERTPROBLEM || c == CURLE_SSL_CIPHER || c == CURLE_SSL_ISSUER_ERROR || c == CURLE_SSL_INVALIDCERTSTATUS;
}

/* Did the other side say its last word? A mail server's refusal ends the transfer with a fault of curl's own, and its code tells which. */
static bool was_answered(const struct hl_flight *f, CURLcode result, long status)
{
	if (f->request.kind == HL_REQ_HTTP)
		return status && (result == CURLE_OK || f->answer_cut);
	if (result == CURLE_OK)
		return true;
	bool dropped = result == CURLE_OPERATION_TIMEDOUT || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING || is_tls_fault(result);
	return status >= 400 && !dropped;
}

/* One bounded line for a person: the first words of text, without control bytes. */
static void put_text(char *dst, size_t size, const char *text)
{
	struct hl_buf clean = HL_BUF(4 * HL_DELIVER_ANSWER);
	hl_text_clean(text, strnlen(text, 160), &clean);
	const char *s = hl_buf_text(&clean);
	size_t n = clean.len;
	hl_text_trim(&s, &n);
	hl_copy_n(dst, size, s, n);
	hl_buf_fini(&clean);
}

void hl_wire_answer(const struct hl_flight *f, CURLcode result, struct hl_answer *out)
{
	long status = 0;
	curl_off_t retry = 0;
	*out = (struct hl_answer){ .retry_after_ms = -1 };
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &retry) == CURLE_OK && retry > 0)
		out->retry_after_ms = retry > INT32_MAX ? INT64_C(1000) * INT32_MAX : (int64_t)retry * 1000;
	out->status = (int)status;
	out->sent = was_answered(f, result, status);
	out->refused_address = f->refused && !f->opened && result != CURLE_OK;
	if (result == CURLE_ABORTED_BY_CALLBACK && f->refused)
		out->refused_address = true;
	out->tls_failed = is_tls_fault(result);
	out->auth_failed = result == CURLE_LOGIN_DENIED;
	out->body = f->answer.len ? f->answer.data : NULL;
	out->body_n = f->answer.len;
	if (out->refused_address)
		put_text(out->text, sizeof out->text, f->refused_text);
	else if (out->sent)
		put_text(out->text, sizeof out->text, f->request.kind == HL_REQ_SMTP ? f->reply : hl_buf_text(&f->answer));
	else
		put_text(out->text, sizeof out->text, f->error[0] ? f->error : curl_easy_strerror(result));
}
