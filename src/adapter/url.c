/* url.c: the strict URLs that channels accept, see channel.h. What passes here means the same to us and to the network library: no credentials, no
 * control bytes, no fragment, a port in range. Pure; any thread.
 */
#include "adapter/channel.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct scheme_row {
	const char *name;
	int port;
};

static const struct scheme_row schemes[] = { { "http", 80 }, { "https", 443 }, { "smtp", 25 }, { "smtps", 465 } };

static bool parse_scheme(struct hl_url *u, const char **p)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t n = strlen(schemes[i].name);
		if (strncmp(*p, schemes[i].name, n) || strncmp(*p + n, "://", 3))
			continue;
		hl_copy(u->scheme, sizeof u->scheme, schemes[i].name);
		u->port = schemes[i].port;
		*p += n + 3;
		return true;
	}
	return false;
}

/* A number of 1..65535 right up to the end of the authority. */
static bool parse_port(struct hl_url *u, const char *p, const char *end)
{
	int port = 0;
	if (p == end || end - p > 5)
		return false;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		port = port * 10 + (*p - '0');
	}
	u->port = port;
	return port >= 1 && port <= 65535;
}

static bool host_is_name(const char *host)
{
	if (!host[0] || host[0] == '.' || host[0] == '-')
		return false;
	return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == strlen(host);
}

static bool host_literal(struct hl_url *u)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(u->addr, mapped, sizeof mapped);
	return inet_pton(AF_INET, u->host, u->addr + 12) == 1;
}

/* host or [v6], then :port where there is one. */
static enum hl_code parse_authority(struct hl_url *u, const char *p, const char *end, struct hl_err *err)
{
	if (memchr(p, '@', (size_t)(end - p)))
		return hl_err_set(err, HL_E_INPUT, "credentials do not belong in a URL");
	bool six = p < end && *p == '[';
	const char *stop = six ? memchr(p, ']', (size_t)(end - p)) : memchr(p, ':', (size_t)(end - p));
	if (six && !stop)
		return hl_err_set(err, HL_E_INPUT, "'[' without ']' in the host");
	const char *host = p + six, *host_end = stop ? stop : end;
	if (!hl_copy_n(u->host, sizeof u->host, host, (size_t)(host_end - host)))
		return hl_err_set(err, HL_E_INPUT, "host is longer than %d bytes", HL_URL_HOST - 1);
	u->literal = six ? inet_pton(AF_INET6, u->host, u->addr) == 1 : host_literal(u);
	if (six ? !u->literal : !host_is_name(u->host))
		return hl_err_set(err, HL_E_INPUT, "'%s' is no host name or address", u->host);
	const char *after = host_end + (six ? 1 : 0);
	if (after < end && (*after != ':' || !parse_port(u, after + 1, end)))
		return hl_err_set(err, HL_E_INPUT, "'%.*s' is no port of 1 to 65535", (int)(end - after), after);
	return HL_OK;
}

enum hl_code hl_url_parse(struct hl_url *u, const char *text, struct hl_err *err)
{
	*u = (struct hl_url){ 0 };
	if (strlen(text) > HL_URL_MAX)
		return hl_err_set(err, HL_E_INPUT, "URL of %zu bytes, at most %d", strlen(text), HL_URL_MAX);
	for (const char *p = text; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f || strchr("\"<>\\^`{|}#", *p))
			return hl_err_set(err, HL_E_INPUT, "byte 0x%02x at position %td does not belong in a URL", (unsigned char)*p, p - text + 1);
	const char *p = text;
	if (!parse_scheme(u, &p))
		return hl_err_set(err, HL_E_INPUT, "'%.*s' does not begin with https://, http://, smtp:// or smtps://", 24, text);
	const char *end = p + strcspn(p, "/?");
	u->rest = end;
	return parse_authority(u, p, end, err);
}

void hl_url_origin(const char *text, char *dst, size_t size)
{
	struct hl_url u;
	if (hl_url_parse(&u, text, NULL) != HL_OK) {
		hl_copy(dst, size, "?");
		return;
	}
	bool six = strchr(u.host, ':') != NULL;
	snprintf(dst, size, "%s://%s%s%s:%d", u.scheme, six ? "[" : "", u.host, six ? "]" : "", u.port);
}

void hl_url_endpoint(const char *text, char *dst, size_t size)
{
	struct hl_url u;
	hl_url_origin(text, dst, size);
	size_t n = strlen(dst);
	if (hl_url_parse(&u, text, NULL) == HL_OK)
		hl_copy_n(dst + n, size - n, u.rest, strcspn(u.rest, "?"));
}

void hl_url_escape(struct hl_buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *text; text++) {
		if (strchr(plain, *text))
			hl_buf_putc(out, *text);
		else
			hl_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}
