#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define IN_FLIGHT_BYTES (16u * MIB)
#define MOST_COMPLAINTS 3
#define PATIENCE_MS 10000

enum phase { WARMING_UP, MEASURING, ENDING };

uint64_t run_random(struct run *run) {
  run->random ^= run->random << 13;
  run->random ^= run->random >> 7;
  run->random ^= run->random << 17;
  return run->random;
}

void run_complain(struct run *run, const char *format, ...) {
  if (run->errors >= MOST_COMPLAINTS)
    return;
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "load: %s: ", run->workload->name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

void run_start(struct run *run, const struct workload *workload, const struct target *target) {
  run->workload = workload;
  run->operation = workload->operation;
  run->connection_count = workload->connections;
  run->connections = calloc(run->connection_count, sizeof *run->connections);
  run->random = now_ns() | 1;
  run->seed = (uint32_t)(run_random(run) >> 32);
  for (uint32_t i = 0; i < run->connection_count; i++) {
    struct connection *connection = &run->connections[i];
    session_start(connection, target, workload->msize);
    uint32_t room = connection->msize - IOHDRSZ;
    if (workload->block > room)
      die("the server's msize, %u, is too small for %s", connection->msize, workload->name);
    run->block = workload->block ? workload->block : room;
    run->operation->prepare(run, connection);
    connection_make_slots(connection, workload->depth ? workload->depth : IN_FLIGHT_BYTES / room, FID_SLOTS);
  }
  run->written = calloc(FILE_SIZE / run->block + 1, sizeof *run->written);
}

/* ---- time ---- */

struct clock {
  enum phase phase;
  uint64_t now, since;
};

static void clock_start(struct clock *clock, const struct run *run) {
  clock->phase = run->limit ? MEASURING : WARMING_UP;
  clock->now = clock->since = now_ns();
}

static void clock_advance(struct clock *clock, struct run *run) {
  uint64_t elapsed = clock->now - clock->since;
  if (clock->phase == WARMING_UP && elapsed >= run->measure_ns / 5) {
    clock->phase = MEASURING;
    run->cpu_seconds = processor_seconds(&run->server);
    clock->since = now_ns();
  } else if (clock->phase == MEASURING && !run->limit && elapsed >= run->measure_ns) {
    clock->phase = ENDING;
    run->cpu_seconds = processor_seconds(&run->server) - run->cpu_seconds;
    run->measured_ns = elapsed;
  }
}

/* ---- operations ---- */

static void begin_operation(struct run *run, struct connection *connection, struct slot *slot, uint64_t now) {
  slot->step = 0;
  slot->failed = false;
  slot->count = 0;
  slot->started = now;
  run->issued++;
  run->in_flight++;
  run->operation->start(run, connection, slot);
}

static bool wants_more(const struct run *run, const struct clock *clock) {
  return run->limit ? run->issued < run->limit : clock->phase != ENDING;
}

static void count_operation(struct run *run, const struct slot *slot, const struct clock *clock, bool failed) {
  run->in_flight--;
  if (failed)
    run->errors++;
  else if (clock->phase == MEASURING) {
    run->ops++;
    run->bytes += slot->count;
    latency_add(&run->latency, clock->now - slot->started);
  }
}

static void take_reply(struct run *run, struct connection *connection, const struct clock *clock,
                       struct reply *reply, uint16_t tag) {
  if (tag >= connection->depth || !connection->slots[tag].expected)
    die("a reply of type %u with tag %u, which nobody waits for", reply->type, tag);
  struct slot *slot = &connection->slots[tag];
  if (slot->queued == connection->turn)
    die("two replies with tag %u", tag);
  if (reply->type != slot->expected && reply->type != RLERROR)
    die("a reply of type %u, where %u was due", reply->type, slot->expected);
  slot->expected = 0;
  enum progress progress = run->operation->answer(run, connection, slot, reply);
  if (progress == UNDER_WAY)
    return;
  count_operation(run, slot, clock, progress == FAILED);
  if (wants_more(run, clock))
    begin_operation(run, connection, slot, clock->now);
}

/* ---- the loop ---- */

static void set_blocking(const struct connection *connection, bool blocking) {
  int flags = fcntl(connection->socket, F_GETFL);
  fcntl(connection->socket, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static void poll_connection(int poll, int change, struct connection *connection, bool room) {
  struct epoll_event event = {.events = EPOLLIN | (room ? EPOLLOUT : 0), .data.ptr = connection};
  if (epoll_ctl(poll, change, connection->socket, &event) < 0)
    die("epoll: %s", strerror(errno));
  connection->polled_for_room = room;
}

static void flush_or_wait(int poll, struct connection *connection) {
  bool room = !connection_flush(connection);
  if (room != connection->polled_for_room)
    poll_connection(poll, EPOLL_CTL_MOD, connection, room);
}

static void start_all(struct run *run, const struct clock *clock, int poll) {
  for (uint32_t i = 0; i < run->connection_count; i++) {
    struct connection *connection = &run->connections[i];
    set_blocking(connection, false);
    poll_connection(poll, EPOLL_CTL_ADD, connection, false);
    for (uint32_t tag = 0; tag < connection->depth && wants_more(run, clock); tag++)
      begin_operation(run, connection, &connection->slots[tag], clock->now);
    flush_or_wait(poll, connection);
  }
}

static void serve_connection(struct run *run, struct clock *clock, struct connection *connection) {
  if (!connection_receive(connection))
    return;
  clock->now = now_ns();
  struct reply reply;
  uint16_t tag;
  while (connection_next(connection, &reply, &tag))
    take_reply(run, connection, clock, &reply, tag);
  clock_advance(clock, run);
}

void run_drive(struct run *run) {
  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct clock clock;
  clock_start(&clock, run);
  start_all(run, &clock, poll);
  struct epoll_event events[64];
  while (run->in_flight) {
    int ready = epoll_wait(poll, events, 64, PATIENCE_MS);
    if (ready == 0)
      die("no answer in 10 seconds, with %llu operations in flight", (unsigned long long)run->in_flight);
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (events[i].events & ~(uint32_t)EPOLLOUT)
        serve_connection(run, &clock, connection);
      flush_or_wait(poll, connection);
    }
  }
  close(poll);
  for (uint32_t i = 0; i < run->connection_count; i++)
    set_blocking(&run->connections[i], true);
  if (run->operation->verify)
    run->operation->verify(run, &run->connections[0]);
}
