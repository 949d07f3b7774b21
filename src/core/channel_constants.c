/* channel_constants.c: every constant of the channel, with its origin. Data only; any thread. */
#include "core/channel_priv.h"

/* Constants of one sort of reader. "scores" were fitted on OpenALPR 2.3 (ten candidates with scores near the plate's own), "distribution" on
 * fast-plate-ocr (candidates and `chars` that are shares of one): 5,900 reads with the known plate, by maximum conditional likelihood. "plain" is for readers that
 * report no alternatives: bands read off the share of exact reads by confidence of both engines pooled, tail and ends between the two. */
const struct hl_channel_profile hl_channel_scores = {
	.name = "scores", .cut = { 0.8787, 0.9022, 0.9155, 0.9262, 0.9364 },
	.error = { 0.03712, 0.01675, 0.00893, 0.00893, 0.00893, 0.00893 }, .lost = { 0.03097, 0.00992, 0.00474, 0.00474, 0.00418, 0.00395 },
	.invented = { 0.00186, 0.00148, 0.00096, 0.00033, 0.00005, 0.00005 }, .unknown_band = 2, .rho = 1.223,
	.hint_sub = { 2.379, 0.7828 }, .hint_lost = { 9.66, 0.1868 }, .hint_invented = { 0.01468, 1.163 },
	.end_lost = 3.72, .repeat_invented = 0.74, .first_invented = 12.66, .epsilon = 0.0038, .bad_share = 0.0195, .bad_factor = 33.1,
};

const struct hl_channel_profile hl_channel_distribution = {
	.name = "distribution", .cut = { 0.8468, 0.9365, 0.9859, 0.9981, 0.9998 },
	.error = { 0.71623, 0.3205, 0.17443, 0.03604, 0.00833, 0.00293 }, .lost = { 0.01315, 0.00305, 0.00063, 0.00032, 0.0003, 0.0001 },
	.invented = { 0.05472, 0.01259, 0.00259, 0.00156, 0.00121, 0.00121 }, .unknown_band = 2, .rho = 1.375,
	.hint_sub = { 0.1555, 0.2321 }, .hint_lost = { 2.425, 0.9779 }, .hint_invented = { 0.05379, 0.5494 },
	.end_lost = 2.11, .repeat_invented = 4.51, .first_invented = 4.27, .epsilon = 0.0004, .bad_share = 0.0145, .bad_factor = 5.46,
	.slot_weight = 0.83, .slot_power = 1.2305, .slot_floor = 1.5e-5,
};

const struct hl_channel_profile hl_channel_plain = {
	.name = "plain", .cut = { 0.80, 0.88, 0.93, 0.97, 0.995 }, .error = { 0.25, 0.11, 0.06, 0.04, 0.02, 0.004 },
	.lost = { 0.03, 0.015, 0.008, 0.005, 0.003, 0.001 }, .invented = { 0.03, 0.01, 0.004, 0.002, 0.001, 0.0005 }, .unknown_band = 2, .rho = 1.2,
	.end_lost = 3, .repeat_invented = 2.5, .first_invented = 6, .epsilon = 0.002, .bad_share = 0.017, .bad_factor = 10,
};

/* rules/confusions/latin.yaml writes a rate r as the cost -0.28 log10 r; the way back. What the table does not list is a hard edit: of the substitutions
 * measured 18 % fall on the 1,000 directed pairs that it leaves out, 3.3e-4 a pair. A table of few pairs says little about how error-prone the other symbols
 * are, hence the bounds of `prone`. calibration: chosen so that right over promised
 * between 0.1 and 0.9 is 1 on labelled reads whose plates the table was not learned from. */
const struct hl_channel_limits hl_channel_limits = {
	.error_most = 0.7, .lost_most = 0.4, .invented_most = 0.4, .prone_least = 0.3, .prone_most = 3.0, .cost_scale = 0.28, .unlisted_rate = 3.3e-4,
	.hint_floor = 1e-6, .distribution_most = 1.05, .calibration = 1.8,
};

/* Shares of US shapes: half from plate formats weighted by registrations (100,000 made-up plates), half from the 458 US plates of the labelled reads. The
 * rest, and every other country's, as runs of letters and digits counted on the same. */
const struct hl_density hl_density = {
	.shape = { /* sorted: common beginnings are computed once */
		{ "DDDD", 0.011 }, { "DDDDD", 0.011 }, { "DDDDDD", 0.024 }, { "DDDDDDD", 0.014 }, { "DDDDDL", 0.006 }, { "DDDDDLD", 0.010 },
		{ "DDDDLL", 0.030 }, { "DDDLL", 0.004 }, { "DDDLLD", 0.008 }, { "DDDLLL", 0.160 }, { "DLDDDD", 0.007 }, { "DLDDDDD", 0.016 },
		{ "DLLDDD", 0.015 }, { "DLLDDDD", 0.006 }, { "DLLLDD", 0.014 }, { "DLLLDDD", 0.059 }, { "LDDDD", 0.004 }, { "LDDDDD", 0.006 },
		{ "LDDDDDD", 0.021 }, { "LDDDLL", 0.011 }, { "LDDLLL", 0.018 }, { "LLDDD", 0.015 }, { "LLDDDD", 0.020 }, { "LLDDLL", 0.007 },
		{ "LLDLDDD", 0.010 }, { "LLDLDL", 0.043 }, { "LLLDDD", 0.132 }, { "LLLDDDD", 0.153 }, { "LLLDDL", 0.015 }, { "LLLLDD", 0.015 },
		{ "LLLLL", 0.009 }, { "LLLLLL", 0.012 }, { "LLLLLLL", 0.016 },
	},
	.any_shape = 0.10,
	.length = { 0, 0.001, 0.004, 0.02, 0.06, 0.12, 0.35, 0.30, 0.10, 0.03, 0.01, 0.003, 0.002 },
	.first = { 0.55, 0.45 },
	.next = { { 0.69, 0.31 }, { 0.20, 0.80 } },
};
