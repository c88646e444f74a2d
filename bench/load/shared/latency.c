#include "shared.h"

#include <time.h>

/* Each power of two is divided into this many buckets; below it, every nanosecond has its own. */
#define STEPS_BITS 6
#define STEPS (1u << STEPS_BITS)

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static unsigned bucket_of(uint64_t ns) {
  if (ns < STEPS)
    return (unsigned)ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - STEPS_BITS;
  return (shift + 1) * STEPS + (unsigned)((ns >> shift) - STEPS);
}

/* The middle of a bucket. */
static double bucket_ns(unsigned bucket) {
  if (bucket < STEPS)
    return bucket;
  unsigned shift = bucket / STEPS - 1;
  return ((double)(bucket % STEPS) + STEPS + 0.5) * (double)(UINT64_C(1) << shift);
}

void latency_add(struct latency *latency, uint64_t ns) {
  latency->counts[bucket_of(ns)]++;
  latency->total++;
}

void latency_merge(struct latency *latency, const struct latency *other) {
  for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
    latency->counts[bucket] += other->counts[bucket];
  latency->total += other->total;
}

double latency_us(const struct latency *latency, double quantile) {
  uint64_t below = 0;
  for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
    below += latency->counts[bucket];
    if (latency->counts[bucket] && (double)below >= quantile * (double)latency->total)
      return bucket_ns(bucket) / 1000;
  }
  return 0;
}
