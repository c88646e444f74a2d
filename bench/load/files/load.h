/*
 * A load generator for mounted file systems: threads that call the kernel, each with one call at a time, and every
 * result checked. See docs/performance.md for what each workload is.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../shared/shared.h"

#define MIB (1u << 20)
#define PAGE 4096u

/* ---- content.c: what a file holds, known by offset ---- */

#define FILE_SIZE (64u * MIB) /* of `data` and `scratch` */
#define DATA_SEED 0u          /* of `data` */

/* Room for a block, as O_DIRECT wants it. */
uint8_t *content_room(size_t size);
/* `count` bytes as they stand at `offset` of a file written with `seed`; both are multiples of a page. */
void content_fill(uint8_t *block, size_t count, uint64_t offset, uint32_t seed);
/* Turns a block that was filled for another offset into that of this one. */
void content_move(uint8_t *block, size_t count, uint64_t offset, uint32_t seed);
bool content_holds(const uint8_t *block, size_t count, uint64_t offset, uint32_t seed);
/* Looks at where each page came from and, from one call to the next, at another part of it. */
bool content_looks_right(const uint8_t *block, size_t count, uint64_t offset, uint32_t seed, uint32_t call);

/* ---- run.c: a workload at work ---- */

enum phase { WARMING_UP, MEASURING, ENDING };

/* One thread of a workload. */
struct job {
  struct run *run;
  uint32_t number;
  int file;         /* what its operation is about */
  uint8_t *block;
  uint64_t next;    /* how many operations it began */
  uint64_t random;  /* the generator's state */
  uint64_t bytes;   /* of this operation */
  /* results */
  uint64_t ops, all_bytes, errors;
  struct latency latency;
};

struct run {
  const struct workload *workload;
  int root;             /* the mount's directory */
  uint32_t seed;        /* of what is written */
  bool *written;        /* by block: what to check afterwards */
  uint64_t measure_ns;  /* how long to measure, after a warm-up of a fifth of it */
  struct processes server;
  struct job *jobs;
  _Atomic enum phase phase;
  /* results */
  uint64_t measured_ns;
  double cpu_seconds;
};

void run_drive(struct run *);
/* Says on stderr what was wrong, for the first few; returns false. */
bool job_complain(struct job *, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t job_random(struct job *);

/* ---- operations.c, listing.c ---- */

struct operation {
  /* Once a job, before the time begins. */
  void (*prepare)(struct job *);
  /* Does it once; false if anything was not as it must be. */
  bool (*perform)(struct job *);
  /* Afterwards: checks what is there now. May be NULL. */
  void (*verify)(struct job *);
};

extern const struct operation stat_operation, random_read_operation, read_operation, write_operation,
    create_operation, names_operation, entry_operation;

/* ---- workloads.c ---- */

struct workload {
  const char *name;
  const struct operation *operation;
  uint32_t jobs;
  uint32_t block; /* bytes a read or write; 0: none */
  int flags;      /* of open(2), beyond the mode */
  const char *about;
};

extern const struct workload workloads[]; /* the last has no name */
const struct workload *workload_named(const char *name);

/* ---- prepare.c ---- */

#define ENTRY_COUNT 10000u /* in `many` */

/* Makes, in an empty tree, the files that the workloads want. */
void prepare_tree(int root);

#endif
