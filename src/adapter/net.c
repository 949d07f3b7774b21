/* net.c: the gate that every connection of a channel passes: private, reserved and metadata addresses are refused unless the channel's `allow` holds
 * them. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4),
 * RFC 9637 (documentation), RFC 9602 (SRv6). Stricter than the registries in one thing: 192.0.0.0/24 and 2001::/23 are refused whole. Pure; any thread.
 */
#include "adapter/adapter.h"

#include <arpa/inet.h>
#include <string.h>

struct refused4 {
	uint32_t net;
	uint8_t bits;
};

static const struct refused4 refused4[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* CGNAT */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa83f8110, 32 }, /* 168.63.129.16, a cloud's metadata server at a public address */
	{ 0xa9fe0000, 16 }, /* link-local, metadata */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0000000, 24 }, /* IETF protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0586300, 24 }, /* 6to4 relay anycast, withdrawn */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xc6120000, 15 }, /* benchmarking */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 4 },  /* multicast */
	{ 0xf0000000, 4 },  /* reserved, broadcast */
};

/* Inside global unicast (2000::/3); all outside it is refused but NAT64's well-known prefix. */
static const struct hl_net refused6[] = {
	{ .addr = { 0x20, 0x01 }, .bits = 23 },             /* IETF protocol assignments: Teredo, ORCHID, benchmarking */
	{ .addr = { 0x20, 0x01, 0x0d, 0xb8 }, .bits = 32 }, /* documentation */
	{ .addr = { 0x3f, 0xff }, .bits = 20 },             /* documentation */
};

static const struct hl_net mapped4 = { .addr = { [10] = 0xff, [11] = 0xff }, .bits = 96 };
static const struct hl_net nat64 = { .addr = { 0x00, 0x64, 0xff, 0x9b }, .bits = 96 };
static const struct hl_net sixto4 = { .addr = { 0x20, 0x02 }, .bits = 16 };
static const struct hl_net unicast6 = { .addr = { 0x20 }, .bits = 3 };

static bool holds(const struct hl_net *net, const uint8_t addr[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	if (memcmp(net->addr, addr, whole))
		return false;
	uint8_t mask = (uint8_t)(0xff00 >> rest);
	return !rest || (net->addr[whole] & mask) == (addr[whole] & mask);
}

bool hl_net_held(const uint8_t addr[16], const struct hl_net *allow, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (holds(&allow[i], addr))
			return true;
	return false;
}

static bool public4(const uint8_t b[4])
{
	uint32_t a = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	for (size_t i = 0; i < sizeof refused4 / sizeof refused4[0]; i++)
		if ((a ^ refused4[i].net) >> (32 - refused4[i].bits) == 0)
			return false;
	return true;
}

/* The IPv4 address that a packet to addr ends at, where addr is a way of writing one: four bytes inside addr, or NULL. */
static const uint8_t *inner4(const uint8_t addr[16])
{
	if (holds(&mapped4, addr) || holds(&nat64, addr))
		return addr + 12;
	if (holds(&sixto4, addr))
		return addr + 2;
	return NULL;
}

bool hl_net_allowed(const uint8_t addr[16], const struct hl_net *allow, size_t n)
{
	if (hl_net_held(addr, allow, n))
		return true;
	const uint8_t *four = inner4(addr);
	if (four) {
		uint8_t plain[16];
		memcpy(plain, mapped4.addr, 12);
		memcpy(plain + 12, four, 4);
		return public4(four) || hl_net_held(plain, allow, n);
	}
	return holds(&unicast6, addr) && !hl_net_held(addr, refused6, sizeof refused6 / sizeof refused6[0]);
}

/* "/8" -> 8; a whole number up to max and nothing else. */
static bool parse_bits(const char *s, unsigned max, unsigned *bits)
{
	unsigned v = 0;
	size_t n = strlen(s);
	if (n < 1 || n > 3 || strspn(s, "0123456789") != n)
		return false;
	for (; *s; s++)
		v = v * 10 + (unsigned)(*s - '0');
	*bits = v;
	return v <= max;
}

bool hl_net_parse(const char *text, struct hl_net *out)
{
	char host[64];
	size_t n = strcspn(text, "/");
	*out = (struct hl_net){ 0 };
	if (!hl_copy_n(host, sizeof host, text, n))
		return false;
	bool four = strchr(host, ':') == NULL;
	if (inet_pton(four ? AF_INET : AF_INET6, host, out->addr + (four ? 12 : 0)) != 1)
		return false;
	unsigned max = four ? 32 : 128, bits = max;
	if (text[n] == '/' && !parse_bits(text + n + 1, max, &bits))
		return false;
	if (four)
		memcpy(out->addr, mapped4.addr, 12);
	out->bits = (uint8_t)(bits + (four ? 96 : 0));
	for (unsigned i = out->bits; i < 128; i++)
		if (out->addr[i / 8] & (0x80 >> i % 8))
			return false; /* 10.1.2.3/8 is more likely a slip than a network */
	return true;
}
