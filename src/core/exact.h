/* exact.h: e^x and ln x from additions, multiplications and divisions only, in one fixed order, so that every machine with IEEE 754 doubles gives the
 * same bits (libm's differ in the last ones). The build switches the contraction of a*b+c off for the same reason. Errors below 1e-14 of the value.
 * Pure; any thread.
 */
#ifndef HL_CORE_EXACT_H
#define HL_CORE_EXACT_H

double hl_exact_exp(double x); /* 0 below -700; x above 700 counts as 700 */
double hl_exact_log(double x); /* x <= 0 counts as the least normal double */
double hl_exact_pow(double base, double power); /* base > 0, else 0 */

#endif
