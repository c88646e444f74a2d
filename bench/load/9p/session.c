#include "load.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One request and its reply, on the first slot; dies if the server refuses. */
static struct reply call(struct connection *connection, struct message message, const char *what) {
  struct slot *slot = connection->slots;
  uint16_t asked = (uint16_t)(message.start[5] | message.start[6] << 8);
  connection_queue(connection, slot, message, NULL, 0);
  if (!connection_flush(connection))
    die("%s: the request could not be sent in 10 seconds", what);
  struct reply reply;
  uint16_t tag;
  while (!connection_next(connection, &reply, &tag))
    if (!connection_receive(connection))
      die("%s: no answer in 10 seconds", what);
  if (tag != asked)
    die("%s: a reply with tag %u, where %u was asked", what, tag, asked);
  if (reply.type == RLERROR)
    die("%s: %s", what, strerror((int)get4(&reply)));
  if (reply.type != slot->expected)
    die("%s: a reply of type %u, where %u was due", what, reply.type, slot->expected);
  slot->expected = 0;
  return reply;
}

static struct message request(struct connection *connection, uint8_t type) {
  return message_begin(connection->slots->request, type, connection->slots->tag);
}

static void negotiate(struct connection *connection, uint32_t msize) {
  struct message message = message_begin(connection->slots->request, TVERSION, NOTAG);
  put4(&message, msize);
  put_string(&message, "9P2000.L");
  struct reply reply = call(connection, message, "version");
  uint32_t answered = get4(&reply);
  uint16_t length = get2(&reply);
  const uint8_t *version = get_bytes(&reply, length);
  if (!version || !reply_consumed(&reply) || length != 8 || memcmp(version, "9P2000.L", 8))
    die("the server does not speak 9P2000.L");
  if (answered > msize || answered < 4096)
    die("the server answers an msize of %u to %u", answered, msize);
  connection->msize = answered;
}

static void attach(struct connection *connection, const char *aname) {
  struct passwd *user = getpwuid(getuid());
  struct message message = request(connection, TATTACH);
  put4(&message, FID_ROOT);
  put4(&message, NOFID);
  put_string(&message, user ? user->pw_name : "");
  put_string(&message, aname);
  put4(&message, getuid());
  call(connection, message, "attach");
}

void session_start(struct connection *connection, const struct target *target, uint32_t msize) {
  connection_open(connection, target, msize);
  connection_make_slots(connection, 1, FID_SLOTS);
  negotiate(connection, msize);
  attach(connection, target->aname);
}

void session_walk(struct connection *connection, uint32_t fid, uint32_t newfid, const char *path) {
  struct message message = request(connection, TWALK);
  put4(&message, fid);
  put4(&message, newfid);
  uint8_t *counted = message.at;
  put2(&message, 0);
  uint8_t names = 0;
  char copy[64], *rest = copy;
  strncpy(copy, path, sizeof copy - 1);
  copy[sizeof copy - 1] = 0;
  for (char *name = strsep(&rest, "/"); name && *name; name = strsep(&rest, "/"), names++)
    put_string(&message, name);
  counted[0] = names;
  struct reply reply = call(connection, message, path);
  if (get2(&reply) != names)
    die("%s: no such file: was the tree prepared?", path);
}

void session_open(struct connection *connection, uint32_t fid, uint32_t flags) {
  struct message message = request(connection, TLOPEN);
  put4(&message, fid);
  put4(&message, flags);
  call(connection, message, "open");
}

void session_create(struct connection *connection, uint32_t fid, const char *name) {
  struct message message = request(connection, TLCREATE);
  put4(&message, fid);
  put_string(&message, name);
  put4(&message, 02); /* read and write */
  put4(&message, 0644);
  put4(&message, getgid());
  call(connection, message, name);
}

void session_mkdir(struct connection *connection, uint32_t fid, const char *name) {
  struct message message = request(connection, TMKDIR);
  put4(&message, fid);
  put_string(&message, name);
  put4(&message, 0755);
  put4(&message, getgid());
  call(connection, message, name);
}

const uint8_t *session_read(struct connection *connection, uint32_t fid, uint64_t offset, uint32_t count) {
  struct message message = request(connection, TREAD);
  put4(&message, fid);
  put8(&message, offset);
  put4(&message, count);
  struct reply reply = call(connection, message, "read");
  uint32_t got = get4(&reply);
  const uint8_t *data = get_bytes(&reply, got);
  if (!data || got != count || !reply_consumed(&reply))
    die("read at %llu: %u bytes of %u", (unsigned long long)offset, got, count);
  return data;
}
