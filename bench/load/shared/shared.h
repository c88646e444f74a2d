/* What the load generators have in common. */
#ifndef SHARED_H
#define SHARED_H

#include <stdint.h>

/* Ends the program with one line on stderr: what it measures broke its protocol, or something is missing here. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- latency.c: a histogram of nanoseconds, right within 1.6 % ---- */

#define LATENCY_BUCKETS 4096

struct latency {
  uint64_t counts[LATENCY_BUCKETS];
  uint64_t total;
};

uint64_t now_ns(void);
void latency_add(struct latency *, uint64_t ns);
void latency_merge(struct latency *, const struct latency *other);
double latency_us(const struct latency *, double quantile);

/* ---- processor.c ---- */

#define MOST_PROCESSES 4

/* The processes whose time is counted; there may be none. */
struct processes {
  int ids[MOST_PROCESSES];
  unsigned count;
};

void processes_add(struct processes *, const char *id);
/* Their user and system time, in seconds. */
double processor_seconds(const struct processes *);

/* ---- result.c: what is printed for a run ---- */

struct result {
  const char *workload;
  double ops, seconds, bytes;
  uint64_t errors;
  double processor_seconds;
  const struct latency *latency;
};

void print_result(const struct result *);

#endif
