/* test_net.c: the gate, address by address from the IANA special-purpose registries, and the reading of networks. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "adapter/adapter.h"

static void to16(const char *text, uint8_t out[16])
{
	memset(out, 0, 16);
	out[10] = out[11] = 0xff;
	if (strchr(text, ':'))
		ck_assert_msg(inet_pton(AF_INET6, text, out) == 1, "%s", text);
	else
		ck_assert_msg(inet_pton(AF_INET, text, out + 12) == 1, "%s", text);
}

static const char *const refused[] = {
	"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "100.100.100.200", "127.0.0.1", "127.255.255.255",
	"168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.0.192",
	"192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.255", "224.0.0.1",
	"239.255.255.255", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::2", "::10.0.0.1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
	"64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff::1", "100::1", "100:0:0:1::1",
	"2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::",
	"2002:a00:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2002:a9fe:a9fe::1", "3fff::1", "3fff:fff:ffff::1", "5f00::1", "4000::1", "fc00::1",
	"fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "1fff:ffff::1",
};

static const char *const open_addresses[] = {
	"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "168.63.129.15",
	"168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255",
	"192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255",
	"203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1",
	"2002:808:808::1", "2606:4700::1111", "2a00:1450::1", "3ffe::1", "3fff:1000::1",
};

START_TEST(test_registry)
{
	uint8_t addr[16];
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		to16(refused[i], addr);
		ck_assert_msg(!hl_net_allowed(addr, NULL, 0), "%s must be refused", refused[i]);
	}
	for (size_t i = 0; i < sizeof open_addresses / sizeof open_addresses[0]; i++) {
		to16(open_addresses[i], addr);
		ck_assert_msg(hl_net_allowed(addr, NULL, 0), "%s must be open", open_addresses[i]);
	}
	ck_assert_uint_ge(sizeof refused / sizeof refused[0] + sizeof open_addresses / sizeof open_addresses[0], 60);
}
END_TEST

struct allow_row {
	const char *net, *addr;
	bool allowed, held;
};

static const struct allow_row allow_rows[] = {
	{ "127.0.0.0/8", "127.0.0.1", true, true },       { "127.0.0.0/8", "::ffff:127.9.9.9", true, true }, { "127.0.0.0/8", "::1", false, false },
	{ "127.0.0.0/8", "10.0.0.1", false, false },      { "127.0.0.0/8", "8.8.8.8", true, false },         { "::1", "::1", true, true },
	{ "::1", "::2", false, false },                   { "10.0.0.0/9", "10.127.255.255", true, true },    { "10.0.0.0/9", "10.128.0.0", false, false },
	{ "10.1.2.3", "10.1.2.3", true, true },           { "10.1.2.3/32", "10.1.2.2", false, false },       { "fd00::/8", "fd12::1", true, true },
	{ "fd00::/8", "fc00::1", false, false },          { "10.0.0.0/8", "64:ff9b::10.1.1.1", true, false }, { "0.0.0.0/0", "169.254.169.254", true, true },
	{ "0.0.0.0/0", "fe80::1", false, false },         { "::/0", "fe80::1", true, true },                 { "10.0.0.0/8", "2002:a00:1::1", true, false },
	{ "fe80::/10", "febf::1", true, true },           { "169.254.169.254/32", "169.254.169.253", false, false },
};

START_TEST(test_allow)
{
	for (size_t i = 0; i < sizeof allow_rows / sizeof allow_rows[0]; i++) {
		const struct allow_row *r = &allow_rows[i];
		struct hl_net net;
		uint8_t addr[16];
		ck_assert_msg(hl_net_parse(r->net, &net), "%s", r->net);
		to16(r->addr, addr);
		ck_assert_msg(hl_net_allowed(addr, &net, 1) == r->allowed, "%s through %s", r->addr, r->net);
		ck_assert_msg(hl_net_held(addr, &net, 1) == r->held, "%s in %s", r->addr, r->net);
	}
}
END_TEST

START_TEST(test_parse)
{
	static const char *const bad[] = {
		"", "/", "/8", "10", "10.0.0", "10.0.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ", " 10.0.0.0/8",
		"10.0.0.0/8/8", "10.0.0.1/8", "256.0.0.0/8", "010.0.0.0/8", "0x0a.0.0.0/8", "::1/129", "::1/64", "fd00::/", "fd00:::/8", "localhost",
		"example.org/8", "[::1]", "fe80::1%eth0", "10.0.0.0/0008",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee:ffff:0000/8",
	};
	struct hl_net net;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!hl_net_parse(bad[i], &net), "'%s' is no network", bad[i]);
	ck_assert(hl_net_parse("10.0.0.0/8", &net));
	ck_assert_uint_eq(net.bits, 104);
	ck_assert(hl_net_parse("::ffff:10.0.0.0/104", &net));
	ck_assert_uint_eq(net.bits, 104);
	ck_assert(hl_net_parse("0.0.0.0/0", &net));
	ck_assert_uint_eq(net.bits, 96);
	ck_assert(hl_net_parse("::/0", &net));
	ck_assert_uint_eq(net.bits, 0);
}
END_TEST

UNIT_MAIN("net", test_registry, test_allow, test_parse)
