/* brute.c: see brute.h. A '*' is written out as nothing, '?', '??' … up to the length of the read, and the least result counts. */
#include "brute.h"

#include <string.h>

enum { LONGEST = 32 };

static int is_o0(char c)
{
	return c == 'O' || c == '0';
}

static int alike(char a, char b, int o0)
{
	return a == b || (o0 && is_o0(a) && is_o0(b));
}

static int replace(const struct brute_table *t, char a, char b, int o0)
{
	if (a == '?' || alike(a, b, o0))
		return 0;
	int c = t->pair[(int)a][(int)b];
	return c ? c : 100;
}

/* Damerau-Levenshtein, restricted: M[x][y] is the cost of the first x listed characters against the first y read ones. */
static int without_runs(const struct brute_table *t, const char *a, int o0, const char *b)
{
	int la = (int)strlen(a), lb = (int)strlen(b);
	int M[LONGEST][LONGEST];
	for (int y = 0; y <= lb; y++) {
		for (int x = 0; x <= la; x++) {
			int best = x == 0 && y == 0 ? 0 : 1 << 28;
			if (x > 0 && M[x - 1][y] + 100 < best)
				best = M[x - 1][y] + 100;
			if (y > 0 && M[x][y - 1] + 100 < best)
				best = M[x][y - 1] + 100;
			if (x > 0 && y > 0) {
				int c = M[x - 1][y - 1] + replace(t, a[x - 1], b[y - 1], o0);
				if (c < best)
					best = c;
			}
			if (x > 1 && y > 1 && a[x - 1] != a[x - 2]) {
				/* A wild card may stand for what the swap needs. */
				int first = a[x - 1] == '?' || alike(a[x - 1], b[y - 2], o0);
				int second = a[x - 2] == '?' || alike(a[x - 2], b[y - 1], o0);
				if (first && second && M[x - 2][y - 2] + 100 < best)
					best = M[x - 2][y - 2] + 100;
			}
			M[x][y] = best;
		}
	}
	return M[la][lb];
}

int brute_distance(const struct brute_table *t, const char *pattern, int o0, const char *read)
{
	const char *star = strchr(pattern, '*');
	if (!star)
		return without_runs(t, pattern, o0, read);
	int best = 1 << 28;
	for (size_t run = 0; run <= strlen(read); run++) {
		char longer[LONGEST * 2];
		size_t head = (size_t)(star - pattern), tail = strlen(star + 1);
		if (head + run + tail >= LONGEST - 1)
			break;
		memcpy(longer, pattern, head);
		memset(longer + head, '?', run);
		memcpy(longer + head + run, star + 1, tail + 1);
		int c = brute_distance(t, longer, o0, read);
		if (c < best)
			best = c;
	}
	return best;
}

uint32_t brute_below(struct brute_rng *r, uint32_t n)
{
	r->state += 0x9e3779b97f4a7c15u;
	uint64_t z = r->state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(((z ^ z >> 31) >> 32) * n >> 32);
}

int brute_random_table(struct brute_rng *r, struct brute_table *t, int pairs, int directed)
{
	static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	memset(t, 0, sizeof *t);
	for (int i = 0; i < pairs; i++) {
		char a = all[brute_below(r, 36)], b = all[brute_below(r, 36)];
		unsigned char c = (unsigned char)(10 + brute_below(r, 81));
		if (a == b)
			continue;
		t->pair[(int)a][(int)b] = c;
		if (!directed)
			t->pair[(int)b][(int)a] = c;
	}
	int n = 0;
	for (int a = 0; a < 128; a++)
		for (int b = 0; b < 128; b++)
			n += t->pair[a][b] != 0;
	return n;
}
