/* brute.c: see brute.h. A '*' is written out as nothing, '?', '??' … up to the length of the read, and the least result counts. */
#include "brute.h"

#include <string.h>

enum { LONGEST = 32, FAR = 1 << 28 };

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

/* A band of five diagonals about that of equal lengths; cell d of row x is that of the first x listed characters and the first x + d - MIDDLE read ones.
 * The outermost cells are far and stay so. */
enum { MIDDLE = 3, DIAGONALS = 7 };

static int band_cell(const struct brute_table *t, const char *a, int o0, const char *b, int x, int d, const int *now, const int *before, const int *last)
{
	int y = x + d - MIDDLE, best = now[d - 1] + 100;
	if (x == 0)
		return y == 0 ? 0 : best;
	if (before[d + 1] + 100 < best)
		best = before[d + 1] + 100;
	if (y == 0)
		return best;
	int c = before[d] + replace(t, a[x - 1], b[y - 1], o0);
	if (c < best)
		best = c;
	if (x > 1 && y > 1 && last[d] + 100 < best && a[x - 1] != a[x - 2]) {
		int first = a[x - 1] == '?' || alike(a[x - 1], b[y - 2], o0), second = a[x - 2] == '?' || alike(a[x - 2], b[y - 1], o0);
		if (first && second)
			best = last[d] + 100;
	}
	return best;
}

/* A way that costs at most 200 strays from the diagonal by two places at most; and each step goes on from one of the two rows before. */
static int band(const struct brute_table *t, const char *a, int o0, const char *b, int max)
{
	int la = (int)strlen(a), lb = (int)strlen(b), least_before = 0;
	int room[3][DIAGONALS], *now = room[0], *before = room[1], *last = room[2];
	if (la - lb > max / 100 || lb - la > max / 100)
		return FAR;
	for (int d = 0; d < DIAGONALS; d++)
		now[d] = before[d] = last[d] = FAR;
	for (int x = 0; x <= la; x++) {
		int least = FAR, *oldest = last;
		for (int d = 1; d < DIAGONALS - 1; d++) {
			int y = x + d - MIDDLE;
			now[d] = y < 0 || y > lb ? FAR : band_cell(t, a, o0, b, x, d, now, before, last);
			least = now[d] < least ? now[d] : least;
		}
		if (least > max && least_before > max)
			return FAR;
		least_before = least;
		last = before;
		before = now;
		now = oldest;
	}
	return before[lb - la + MIDDLE];
}

void brute_least(const struct brute_table *t, const char *read, int o0, struct brute_least *least)
{
	memset(least, 0, sizeof *least);
	for (int c = 0; c < 128; c++) {
		least->cost[c] = 100;
		for (const char *r = read; *r; r++)
			if (replace(t, (char)c, *r, o0) < least->cost[c])
				least->cost[c] = (unsigned char)replace(t, (char)c, *r, o0);
	}
	least->cost['?'] = least->cost['*'] = 0;
}

/* Writes out the first '*' as every run that leaves a length near that of the read, where it is the only one. */
int brute_within(const struct brute_table *t, const char *pattern, int o0, const char *read, int max)
{
	const char *star = strchr(pattern, '*');
	if (!star)
		return band(t, pattern, o0, read, max);
	int best = FAR, n = (int)strlen(pattern) - 1, m = (int)strlen(read), only = !strchr(star + 1, '*');
	for (int run = only && m - n - max / 100 > 0 ? m - n - max / 100 : 0; run <= m && (!only || n + run <= m + max / 100); run++) {
		char longer[LONGEST * 2];
		size_t head = (size_t)(star - pattern);
		if (n + run >= LONGEST - 1)
			break;
		memcpy(longer, pattern, head);
		memset(longer + head, '?', (size_t)run);
		memcpy(longer + head + run, star + 1, strlen(star + 1) + 1);
		int c = brute_within(t, longer, o0, read, max);
		best = c < best ? c : best;
	}
	return best;
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
