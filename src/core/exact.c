/* exact.c: see exact.h. floor, frexp and ldexp are exact everywhere; nothing else of libm is used. */
#include "core/exact.h"

#include <float.h>
#include <math.h>

#define LN2 0.693147180559945309417232121458

double hl_exact_exp(double x)
{
	if (x < -700)
		return 0;
	if (x > 700)
		x = 700;
	static const double part[] = { 1.0, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13 };
	double k = floor(x / LN2 + 0.5), r = x - k * LN2, sum = 1;
	for (int i = (int)(sizeof part / sizeof part[0]) - 1; i >= 0; i--)
		sum = 1 + sum * (r * part[i]);
	return ldexp(sum, (int)k);
}

/* ln m = 2 artanh((m - 1) / (m + 1)); with m in 0.70..1.42 the powers fall by 34 each. */
double hl_exact_log(double x)
{
	int e;
	double m = frexp(x > DBL_MIN ? x : DBL_MIN, &e);
	if (m < 0.70710678) {
		m *= 2;
		e--;
	}
	static const double part[] = { 1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19 };
	double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
	for (int i = (int)(sizeof part / sizeof part[0]) - 1; i >= 0; i--)
		sum = sum * s2 + part[i];
	return 2 * s * sum + e * LN2;
}

double hl_exact_pow(double base, double power)
{
	return base > 0 ? hl_exact_exp(power * hl_exact_log(base)) : 0;
}
