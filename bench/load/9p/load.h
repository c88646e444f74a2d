/*
 * A load generator for 9P2000.L file servers: many connections, many requests in flight, one thread, and every
 * reply checked (its type, tag, count and content). See docs/performance.md for what each workload is.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../shared/shared.h"

/* ---- wire.c: 9P2000.L as bytes ---- */

enum {
  RLERROR = 7,
  TLOPEN = 12,
  TLCREATE = 14,
  TGETATTR = 24,
  TREADDIR = 40,
  TMKDIR = 72,
  TVERSION = 100,
  TATTACH = 104,
  TWALK = 110,
  TREAD = 116,
  TWRITE = 118,
  TCLUNK = 120,
  TREMOVE = 122,
};

#define NOTAG 0xffffu
#define NOFID 0xffffffffu
#define HEADER_SIZE 7   /* size[4] type[1] tag[2] */
#define IOHDRSZ 24      /* what a payload leaves free of msize */
#define REQUEST_ROOM 256 /* the longest request of ours, without the payload of a write */

/* A message being written: the room is the caller's, and large enough. */
struct message {
  uint8_t *start, *at;
};

struct message message_begin(uint8_t *room, uint8_t type, uint16_t tag);
void put2(struct message *, uint16_t);
void put4(struct message *, uint32_t);
void put8(struct message *, uint64_t);
void put_string(struct message *, const char *);
/* Fills in size[4], counting `payload` bytes that follow elsewhere; returns the length without them. */
size_t message_end(struct message *, size_t payload);

/* A message being read. A field beyond the end reads as 0 and clears `whole`. */
struct reply {
  uint8_t type;
  const uint8_t *at, *end;
  bool whole;
};

uint8_t get1(struct reply *);
uint16_t get2(struct reply *);
uint32_t get4(struct reply *);
uint64_t get8(struct reply *);
const uint8_t *get_bytes(struct reply *, size_t count); /* NULL if there are not so many */
/* True if the fields read so far are all that the message holds. */
bool reply_consumed(const struct reply *);

/* ---- pattern.c: what every file holds, known by offset ---- */

#define PATTERN_LONGEST (1u << 20) /* of one stretch, in bytes */

void pattern_make(void);
/* PATTERN_LONGEST bytes as they stand at `offset` of a file that was written with `seed`. */
const uint8_t *pattern_at(uint64_t offset, uint32_t seed);
bool pattern_holds(const uint8_t *data, size_t count, uint64_t offset, uint32_t seed);

/* ---- connection.c: one connection, its requests in flight, and its bytes on their way ---- */

/* One operation in flight. Its index in the connection is its tag. */
struct slot {
  uint16_t tag;
  uint8_t expected;  /* the type of the reply that it waits for; 0 when idle */
  bool failed;       /* an earlier step failed: the rest only tidies up */
  unsigned step;
  uint32_t fid;      /* a fid for this slot alone */
  uint64_t offset;
  uint32_t count;
  uint32_t entries;  /* seen so far of a directory */
  uint64_t started;  /* ns */
  uint64_t queued;   /* the turn of its connection in which the request was queued */
  uint8_t request[REQUEST_ROOM];
};

struct connection {
  int socket;
  uint32_t msize;
  struct slot *slots;
  uint32_t depth;
  struct iovec *pending; /* what is to be sent: [pending_first, pending_end) */
  size_t pending_first, pending_end, pending_size;
  bool polled_for_room;
  uint64_t turn; /* how often something was received */
  uint8_t *input; /* what came: [input_parsed, input_end) is yet to be parsed */
  size_t input_size, input_parsed, input_end;
};

struct target {
  const char *host, *port, *aname;
};

/* `msize` is what will be asked for: the longest message that may come. */
void connection_open(struct connection *, const struct target *, uint32_t msize);
/* May be called again, while nothing is in flight, for another depth. */
void connection_make_slots(struct connection *, uint32_t depth, uint32_t first_fid);
/* Queues a request whose reply the slot then waits for; the payload must stay as it is until then. */
void connection_queue(struct connection *, struct slot *, struct message, const void *payload, size_t count);
/* Sends what the socket takes (or, on a blocking one, all in 10 seconds); false if something is left. */
bool connection_flush(struct connection *);
/* Reads what is there, as far as the buffer has room; false if there was nothing. */
bool connection_receive(struct connection *);
/* The next whole message, with its tag; false if there is none yet. */
bool connection_next(struct connection *, struct reply *, uint16_t *tag);

/* ---- session.c: one request at a time, before and after the measurement; an error ends the program ---- */

#define FID_ROOT 0u
#define FID_SUBJECT 1u /* the file or directory that the workload is about */
#define FID_SLOTS 2u   /* the first of the slots' own */

void session_start(struct connection *, const struct target *, uint32_t msize);
/* `path` holds names divided by '/', or is empty. */
void session_walk(struct connection *, uint32_t fid, uint32_t newfid, const char *path);
void session_open(struct connection *, uint32_t fid, uint32_t flags);
void session_create(struct connection *, uint32_t fid, const char *name);
void session_mkdir(struct connection *, uint32_t fid, const char *name);
/* The data stays valid until the next call. */
const uint8_t *session_read(struct connection *, uint32_t fid, uint64_t offset, uint32_t count);

/* ---- workloads.c ---- */

#define MIB (1u << 20)
#define FILE_SIZE (64u * MIB) /* of `data` and `scratch` */
#define ENTRY_COUNT 10000u    /* in `many` */
#define DATA_SEED 0u

struct workload {
  const char *name;
  const struct operation *operation;
  uint32_t connections, depth; /* depth 0: as many messages as hold 16 MiB */
  uint32_t block;              /* bytes a message; 0: all that the msize allows, in sequence */
  uint32_t msize;              /* asked for */
  const char *about;
};

extern const struct workload workloads[]; /* the last has no name */
const struct workload *workload_named(const char *name);

/* ---- run.c: a workload at work ---- */

struct run {
  const struct workload *workload;
  const struct operation *operation;
  struct connection *connections;
  uint32_t connection_count;
  uint32_t block;       /* bytes a read or write */
  uint32_t seed;        /* of what is written */
  bool *written;        /* by block: what to check afterwards */
  uint64_t next;        /* the offset, or the number, of what is next in a sequence */
  uint64_t random;      /* the generator's state */
  uint64_t limit;       /* operations to do; 0: until the time is over */
  uint64_t issued, in_flight;
  uint64_t measure_ns;  /* how long to measure, after a warm-up of a fifth of it */
  struct processes server;
  /* results */
  uint64_t ops, bytes, errors, measured_ns;
  double cpu_seconds;
  struct latency latency;
};

/* Opens the connections, and what the operation needs on each. */
void run_start(struct run *, const struct workload *, const struct target *);
/* Keeps every slot busy until the time or the limit is reached, and all is answered. */
void run_drive(struct run *);
/* Says on stderr what was wrong, for the first few. */
void run_complain(struct run *, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t run_random(struct run *);

/* ---- operations.c: what one operation is, message by message ---- */

enum progress { UNDER_WAY, DONE, FAILED };

struct operation {
  /* Once a connection: makes FID_SUBJECT what the operation is about. */
  void (*prepare)(struct run *, struct connection *);
  /* Queues the first request. */
  void (*start)(struct run *, struct connection *, struct slot *);
  /* Checks a reply of the expected type, or Rlerror, and queues what comes next. */
  enum progress (*answer)(struct run *, struct connection *, struct slot *, struct reply *);
  /* Afterwards: checks what the server holds now. May be NULL. */
  void (*verify)(struct run *, struct connection *);
};

extern const struct operation read_operation, write_operation, getattr_operation, walk_operation, open_operation,
    create_operation, readdir_operation, populate_operation;

/* ---- prepare.c ---- */

/* Makes, in an empty tree, the files that the workloads want. */
void prepare_tree(const struct target *);

#endif
