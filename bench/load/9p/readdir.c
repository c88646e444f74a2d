#include "load.h"

#include <inttypes.h>
#include <string.h>

#define DT_REGULAR 8

/* The pass in which an entry was seen last: the workload has one slot. */
static uint32_t seen[ENTRY_COUNT];
static uint32_t pass;

static void send_readdir(struct connection *connection, struct slot *slot) {
  struct message message = message_begin(slot->request, TREADDIR, slot->tag);
  put4(&message, FID_SUBJECT);
  put8(&message, slot->offset);
  put4(&message, connection->msize - IOHDRSZ);
  connection_queue(connection, slot, message, NULL, 0);
}

static void prepare_readdir(struct run *run, struct connection *connection) {
  (void)run;
  session_walk(connection, FID_ROOT, FID_SUBJECT, "many");
  session_open(connection, FID_SUBJECT, 0);
}

static void start_readdir(struct run *run, struct connection *connection, struct slot *slot) {
  (void)run;
  slot->offset = 0;
  slot->entries = 0;
  slot->count = 0;
  pass++;
  send_readdir(connection, slot);
}

static bool is_dots(const uint8_t *name, uint16_t length) {
  return (length == 1 || length == 2) && memcmp(name, "..", length) == 0;
}

/* The number in `eNNNNN`, or ENTRY_COUNT if the name is not of this form. */
static uint32_t entry_number(const uint8_t *name, uint16_t length) {
  uint32_t number = 0;
  if (length != 6 || name[0] != 'e')
    return ENTRY_COUNT;
  for (unsigned i = 1; i < 6; i++) {
    if (name[i] < '0' || name[i] > '9')
      return ENTRY_COUNT;
    number = number * 10 + (name[i] - '0');
  }
  return number < ENTRY_COUNT ? number : ENTRY_COUNT;
}

/* One entry: known, not seen before in this pass, and a plain file. */
static bool take_entry(struct slot *slot, struct reply *reply) {
  uint8_t qid_type = get1(reply);
  get_bytes(reply, 12);
  slot->offset = get8(reply);
  uint8_t type = get1(reply);
  uint16_t length = get2(reply);
  const uint8_t *name = get_bytes(reply, length);
  if (!name)
    return false;
  if (is_dots(name, length))
    return true;
  uint32_t number = entry_number(name, length);
  if (number == ENTRY_COUNT || seen[number] == pass || qid_type != 0 || (type != DT_REGULAR && type != 0))
    return false;
  seen[number] = pass;
  slot->entries++;
  return true;
}

static enum progress answer_readdir(struct run *run, struct connection *connection, struct slot *slot,
                                    struct reply *reply) {
  if (reply->type == RLERROR) {
    uint32_t error = get4(reply);
    run_complain(run, "Treaddir: Rlerror %" PRIu32 " (%s)", error, strerror((int)error));
    return FAILED;
  }
  uint32_t count = get4(reply);
  if ((size_t)(reply->end - reply->at) != count) {
    run_complain(run, "Rreaddir: not as many bytes as it says");
    return FAILED;
  }
  if (count == 0) {
    if (slot->entries == ENTRY_COUNT)
      return DONE;
    run_complain(run, "Rreaddir: %" PRIu32 " entries of %u", slot->entries, ENTRY_COUNT);
    return FAILED;
  }
  slot->count += count;
  while (reply->at < reply->end)
    if (!take_entry(slot, reply)) {
      run_complain(run, "Rreaddir: a wrong entry after %" PRIu32, slot->entries);
      return FAILED;
    }
  send_readdir(connection, slot);
  return UNDER_WAY;
}

const struct operation readdir_operation = {prepare_readdir, start_readdir, answer_readdir, NULL};
