#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GETATTR_BASIC 0x7ffu
#define FILE_TYPE 0170000u
#define REGULAR 0100000u

static struct message request(struct slot *slot, uint8_t type) {
  return message_begin(slot->request, type, slot->tag);
}

static void send(struct connection *connection, struct slot *slot, struct message message) {
  connection_queue(connection, slot, message, NULL, 0);
}

static void send_walk(struct connection *connection, struct slot *slot, uint32_t from, uint16_t count,
                      const char *const names[]) {
  struct message message = request(slot, TWALK);
  put4(&message, from);
  put4(&message, slot->fid);
  put2(&message, count);
  for (uint16_t i = 0; i < count; i++)
    put_string(&message, names[i]);
  send(connection, slot, message);
}

/* Tclunk or Tremove. */
static void send_end(struct connection *connection, struct slot *slot, uint8_t type) {
  struct message message = request(slot, type);
  put4(&message, slot->fid);
  send(connection, slot, message);
}

static void send_open(struct connection *connection, struct slot *slot, uint32_t flags) {
  struct message message = request(slot, TLOPEN);
  put4(&message, slot->fid);
  put4(&message, flags);
  send(connection, slot, message);
}

static void send_create(struct connection *connection, struct slot *slot, const char *name) {
  struct message message = request(slot, TLCREATE);
  put4(&message, slot->fid);
  put_string(&message, name);
  put4(&message, 02); /* read and write */
  put4(&message, 0644);
  put4(&message, 0);
  send(connection, slot, message);
}

/* True if the reply is no error; otherwise says which. */
static bool granted(struct run *run, const struct slot *slot, struct reply *reply) {
  if (reply->type != RLERROR)
    return true;
  uint32_t error = get4(reply);
  run_complain(run, "Rlerror %" PRIu32 " (%s), step %u", error, strerror((int)error), slot->step);
  return false;
}

static bool check(struct run *run, bool right, const char *what) {
  if (!right)
    run_complain(run, "%s", what);
  return right;
}

static bool walked(struct run *run, const struct slot *slot, struct reply *reply, uint16_t names) {
  if (!granted(run, slot, reply))
    return false;
  bool right = get2(reply) == names && get_bytes(reply, 13u * names) && reply_consumed(reply);
  return check(run, right, "Rwalk: not as many qids as names");
}

/* Rlopen and Rlcreate of a plain file. */
static bool opened(struct run *run, const struct slot *slot, struct reply *reply) {
  if (!granted(run, slot, reply))
    return false;
  uint8_t type = get1(reply);
  get_bytes(reply, 12 + 4);
  return check(run, type == 0 && reply_consumed(reply), "Rlopen or Rlcreate: not the qid of a plain file");
}

/* Rclunk and Rremove: the end of an operation. */
static enum progress ended(struct run *run, const struct slot *slot, struct reply *reply) {
  bool right = granted(run, slot, reply) && check(run, reply_consumed(reply), "bytes behind the end of a reply");
  return right && !slot->failed ? DONE : FAILED;
}

/* The step failed and the fid is bound: it is clunked, and the operation counts as failed. */
static enum progress give_up(struct connection *connection, struct slot *slot, unsigned last_step) {
  slot->failed = true;
  slot->step = last_step;
  send_end(connection, slot, TCLUNK);
  return UNDER_WAY;
}

/* ---- read and write ---- */

static void choose_block(struct run *run, struct slot *slot) {
  if (run->workload->block) {
    slot->offset = run_random(run) % (FILE_SIZE / run->block) * run->block;
    slot->count = run->block;
  } else {
    slot->offset = run->next;
    slot->count = FILE_SIZE - run->next < run->block ? (uint32_t)(FILE_SIZE - run->next) : run->block;
    run->next = (run->next + slot->count) % FILE_SIZE;
  }
}

static struct message transfer(struct run *run, struct slot *slot, uint8_t type) {
  choose_block(run, slot);
  struct message message = request(slot, type);
  put4(&message, FID_SUBJECT);
  put8(&message, slot->offset);
  put4(&message, slot->count);
  return message;
}

static void prepare_read(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "data");
  session_open(connection, FID_SUBJECT, 0);
}

static void start_read(struct run *run, struct connection *connection, struct slot *slot) {
  send(connection, slot, transfer(run, slot, TREAD));
}

static enum progress answer_read(struct run *run, struct connection *connection, struct slot *slot,
                                 struct reply *reply) {
  (void)connection;
  if (!granted(run, slot, reply))
    return FAILED;
  uint32_t count = get4(reply);
  const uint8_t *data = get_bytes(reply, count);
  if (!check(run, count == slot->count && data && reply_consumed(reply), "Rread: not the count that was asked"))
    return FAILED;
  return check(run, pattern_holds(data, count, slot->offset, DATA_SEED), "Rread: wrong data") ? DONE : FAILED;
}

static void prepare_write(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "scratch");
  session_open(connection, FID_SUBJECT, 02);
}

static void start_write(struct run *run, struct connection *connection, struct slot *slot) {
  struct message message = transfer(run, slot, TWRITE);
  connection_queue(connection, slot, message, pattern_at(slot->offset, run->seed), slot->count);
}

static enum progress answer_write(struct run *run, struct connection *connection, struct slot *slot,
                                  struct reply *reply) {
  (void)connection;
  if (!granted(run, slot, reply))
    return FAILED;
  if (!check(run, get4(reply) == slot->count && reply_consumed(reply), "Rwrite: not the count that was sent"))
    return FAILED;
  run->written[slot->offset / run->block] = true;
  return DONE;
}

/* Reads back what was written, several blocks a message. */
static void verify_write(struct run *run, struct connection *connection) {
  uint32_t room = connection->msize - IOHDRSZ;
  uint32_t stretch = room / run->block * run->block;
  for (uint64_t start = 0; start < FILE_SIZE; start += stretch) {
    uint32_t count = FILE_SIZE - start < stretch ? (uint32_t)(FILE_SIZE - start) : stretch;
    const uint8_t *data = NULL;
    for (uint64_t offset = start; offset < start + count; offset += run->block) {
      if (!run->written[offset / run->block])
        continue;
      if (!data)
        data = session_read(connection, FID_SUBJECT, start, count);
      uint64_t left = start + count - offset;
      uint32_t block = left < run->block ? (uint32_t)left : run->block;
      if (!pattern_holds(data + (offset - start), block, offset, run->seed)) {
        run->errors++;
        run_complain(run, "what was written at %" PRIu64 " is not there", offset);
      }
    }
  }
}

/* ---- getattr ---- */

static void prepare_getattr(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "data");
}

static void start_getattr(struct run *run, struct connection *connection, struct slot *slot) {
  (void)run;
  struct message message = request(slot, TGETATTR);
  put4(&message, FID_SUBJECT);
  put8(&message, GETATTR_BASIC);
  send(connection, slot, message);
}

static enum progress answer_getattr(struct run *run, struct connection *connection, struct slot *slot,
                                    struct reply *reply) {
  (void)connection;
  if (!granted(run, slot, reply))
    return FAILED;
  uint64_t valid = get8(reply);
  uint8_t type = get1(reply);
  get_bytes(reply, 12);
  uint32_t mode = get4(reply);
  get_bytes(reply, 4 + 4 + 8 + 8); /* uid, gid, nlink, rdev */
  uint64_t size = get8(reply);
  get_bytes(reply, 12 * 8); /* blksize, blocks, four times, gen, data_version */
  bool right = (valid & GETATTR_BASIC) == GETATTR_BASIC && type == 0 && (mode & FILE_TYPE) == REGULAR &&
               size == FILE_SIZE && reply_consumed(reply);
  return check(run, right, "Rgetattr: not the attributes of the file") ? DONE : FAILED;
}

/* ---- walk + clunk ---- */

static void walk_to_entry(struct run *run, struct connection *connection, struct slot *slot) {
  char name[16];
  snprintf(name, sizeof name, "e%05u", (unsigned)(run_random(run) % ENTRY_COUNT));
  send_walk(connection, slot, FID_ROOT, 2, (const char *const[]){"many", name});
}

static enum progress answer_walk(struct run *run, struct connection *connection, struct slot *slot,
                                 struct reply *reply) {
  if (slot->step == 1)
    return ended(run, slot, reply);
  if (!walked(run, slot, reply, 2))
    return FAILED;
  slot->step = 1;
  send_end(connection, slot, TCLUNK);
  return UNDER_WAY;
}

/* ---- walk + open + clunk ---- */

static enum progress answer_open(struct run *run, struct connection *connection, struct slot *slot,
                                 struct reply *reply) {
  switch (slot->step) {
  case 0:
    if (!walked(run, slot, reply, 2))
      return FAILED;
    slot->step = 1;
    send_open(connection, slot, 0);
    return UNDER_WAY;
  case 1:
    if (!opened(run, slot, reply))
      return give_up(connection, slot, 2);
    slot->step = 2;
    send_end(connection, slot, TCLUNK);
    return UNDER_WAY;
  default:
    return ended(run, slot, reply);
  }
}

/* ---- walk + create + remove ---- */

static void prepare_create(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "work");
}

static void clone_subject(struct run *run, struct connection *connection, struct slot *slot) {
  (void)run;
  send_walk(connection, slot, FID_SUBJECT, 0, NULL);
}

static enum progress create_then(struct run *run, struct connection *connection, struct slot *slot,
                                 struct reply *reply, uint8_t end) {
  char name[32];
  switch (slot->step) {
  case 0:
    if (!walked(run, slot, reply, 0))
      return FAILED;
    slot->step = 1;
    snprintf(name, sizeof name, "e%05" PRIu64, run->next++);
    send_create(connection, slot, name);
    return UNDER_WAY;
  case 1:
    if (!opened(run, slot, reply))
      return give_up(connection, slot, 2);
    slot->step = 2;
    send_end(connection, slot, end);
    return UNDER_WAY;
  default:
    return ended(run, slot, reply);
  }
}

static enum progress answer_create(struct run *run, struct connection *connection, struct slot *slot,
                                   struct reply *reply) {
  return create_then(run, connection, slot, reply, TREMOVE);
}

/* ---- walk + create + clunk: makes the entries of a directory ---- */

static void prepare_populate(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "many");
}

static enum progress answer_populate(struct run *run, struct connection *connection, struct slot *slot,
                                     struct reply *reply) {
  return create_then(run, connection, slot, reply, TCLUNK);
}

static void prepare_nothing(struct run *run, struct connection *connection) {
  (void)run;
  (void)connection;
}

const struct operation read_operation = {prepare_read, start_read, answer_read, NULL};
const struct operation write_operation = {prepare_write, start_write, answer_write, verify_write};
const struct operation getattr_operation = {prepare_getattr, start_getattr, answer_getattr, NULL};
const struct operation walk_operation = {prepare_nothing, walk_to_entry, answer_walk, NULL};
const struct operation open_operation = {prepare_nothing, walk_to_entry, answer_open, NULL};
const struct operation create_operation = {prepare_create, clone_subject, answer_create, NULL};
const struct operation populate_operation = {prepare_populate, clone_subject, answer_populate, NULL};
