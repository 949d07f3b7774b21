/* read.h: one OCR reading of one plate by one camera at one time. All members are bounded copies; a struct hl_read owns nothing outside itself and
 * may be copied. Pure; any thread.
 */
#ifndef HL_CORE_READ_H
#define HL_CORE_READ_H

#include "base/clock.h"
#include "core/plate.h"

enum {
	HL_READ_ID = 128, HL_READ_NAME = 64, HL_READ_SITE = 128, HL_READ_PLATE = 64, HL_READ_URL = 1024,
	HL_CANDIDATES_MAX = 16,
	HL_SLOTS_MAX = HL_PLATE_MAX, HL_SLOT_SYMBOLS = 8
};

/* Vehicle as a reader or a list describes it: codes or words, compared by core/vehicle. "" = unknown. */
struct hl_vehicle_text {
	char type[24], make[24], model[24], color[24];
};

struct hl_read_candidate {
	struct hl_plate plate;
	float confidence; /* 0..1, negative: not given */
};

struct hl_read_slot {
	uint8_t n;
	uint8_t sym[HL_SLOT_SYMBOLS]; /* codes */
	float p[HL_SLOT_SYMBOLS];     /* 0..1, in the order given */
};

struct hl_read {
	char id[HL_READ_ID];          /* the producer's, or made from camera, time and plate by hl_read_finish */
	char camera[HL_READ_NAME];
	char site[HL_READ_SITE];      /* "" = not given */
	int64_t time_ms;              /* read time; receive time where the clock is suspect */
	int64_t received_ms;
	bool clock_suspect, late, made_id;
	char plate_text[HL_READ_PLATE]; /* as received */
	struct hl_plate plate;          /* len 0: nothing was left, or more than HL_PLATE_MAX symbols: matches nothing */
	double confidence;              /* 0..1, negative: not given */
	double top_confidence;          /* what the list of candidates gave the plate itself; negative: not given */
	unsigned n_candidates;
	struct hl_read_candidate candidate[HL_CANDIDATES_MAX]; /* normal forms, without the plate itself and repeats, in the order given */
	unsigned n_slots;               /* of chars; 0: not given */
	struct hl_read_slot slot[HL_SLOTS_MAX];
	char region[16];                /* "us-ca", "" = unknown */
	double region_confidence;       /* negative: not given */
	bool has_position;
	double lat, lon, heading;       /* heading negative: not given */
	char vehicle_id[HL_READ_NAME];
	struct hl_vehicle_text vehicle;
	char image[HL_READ_URL];
	int64_t seq;                    /* negative: not given */
};

/* All empty, with the "not given" values above. What stands behind the NUL of a text, or behind the last candidate or slot, is left as it was: compare
 * reads member by member, never by memcmp. */
void hl_read_init(struct hl_read *r);
/* After a format has filled it: makes the normal form of plate_text where there is none yet, an id where none was given (hash of camera, time, plate), and judges the clock:
 * time outside now - 24 h .. now + 60 s becomes `now` with clock_suspect (offline callers pass now = HL_NO_TIME: no judgement). */
void hl_read_finish(struct hl_read *r, int64_t now_ms);
/* Adds a candidate by text unless it has no normal form, repeats another, or there is no room. The plate itself sets top_confidence instead: call
 * after plate is set, or let hl_read_finish take it out. */
void hl_read_add_candidate(struct hl_read *r, const char *text, size_t n, double confidence);
void hl_read_add_candidate_plate(struct hl_read *r, const struct hl_plate *p, double confidence); /* the same of a normal form */
/* The at most 16 most probable strings of the slots, most probable first, without the plate itself: a lazy best-first walk. Returns how many. */
unsigned hl_read_strings(const struct hl_read *r, struct hl_plate *out, unsigned max);

/* A number for the camera, by which what is kept of cameras in memory is found: a hash of its name. Two that share one of 2^64 share what is kept. */
uint64_t hl_read_camera(const struct hl_read *r);

struct hl_json;
/* The read as the object `read` of an alert (contract.md). */
void hl_read_write(const struct hl_read *r, struct hl_json *j, const char *key);

#endif
