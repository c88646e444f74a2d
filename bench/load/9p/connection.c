#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IOV_AT_ONCE 1024

static void *make_room(size_t count, size_t size) {
  void *room = calloc(count, size);
  if (!room)
    die("out of memory");
  return room;
}

static int connect_to(const struct target *target) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  int failure = getaddrinfo(target->host, target->port, &hints, &found);
  if (failure)
    die("%s:%s: %s", target->host, target->port, gai_strerror(failure));
  int fd = -1;
  for (struct addrinfo *one = found; one && fd < 0; one = one->ai_next) {
    fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) < 0) {
      close(fd);
      fd = -1;
    }
  }
  if (fd < 0)
    die("cannot connect to %s:%s: %s", target->host, target->port, strerror(errno));
  freeaddrinfo(found);
  return fd;
}

void connection_open(struct connection *connection, const struct target *target, uint32_t msize) {
  *connection = (struct connection){.socket = connect_to(target), .msize = msize, .input_size = 4 * (size_t)msize};
  connection->input = make_room(connection->input_size, 1);
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  struct timeval patience = {.tv_sec = 10};
  setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(connection->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void connection_make_slots(struct connection *connection, uint32_t depth, uint32_t first_fid) {
  free(connection->slots);
  free(connection->pending);
  connection->depth = depth;
  connection->slots = make_room(depth, sizeof *connection->slots);
  for (uint32_t i = 0; i < depth; i++) {
    connection->slots[i].tag = (uint16_t)i;
    connection->slots[i].fid = first_fid + i;
  }
  connection->pending_size = 4 * (size_t)depth; /* twice what can be queued at once */
  connection->pending = make_room(connection->pending_size, sizeof *connection->pending);
}

static void queue_bytes(struct connection *connection, const void *bytes, size_t count) {
  if (connection->pending_end == connection->pending_size) {
    size_t left = connection->pending_end - connection->pending_first;
    if (left == connection->pending_size)
      die("more replies than requests");
    memmove(connection->pending, connection->pending + connection->pending_first, left * sizeof *connection->pending);
    connection->pending_first = 0;
    connection->pending_end = left;
  }
  connection->pending[connection->pending_end++] = (struct iovec){(void *)bytes, count};
}

void connection_queue(struct connection *connection, struct slot *slot, struct message message, const void *payload,
                      size_t count) {
  size_t length = message_end(&message, count);
  slot->expected = (uint8_t)(message.start[4] + 1);
  slot->queued = connection->turn;
  queue_bytes(connection, message.start, length);
  if (count)
    queue_bytes(connection, payload, count);
}

static void drop_sent(struct connection *connection, size_t sent) {
  while (sent) {
    struct iovec *piece = &connection->pending[connection->pending_first];
    size_t part = sent < piece->iov_len ? sent : piece->iov_len;
    piece->iov_base = (uint8_t *)piece->iov_base + part;
    piece->iov_len -= part;
    sent -= part;
    if (!piece->iov_len)
      connection->pending_first++;
  }
}

bool connection_flush(struct connection *connection) {
  while (connection->pending_first < connection->pending_end) {
    size_t pieces = connection->pending_end - connection->pending_first;
    ssize_t sent = writev(connection->socket, connection->pending + connection->pending_first,
                          (int)(pieces < IOV_AT_ONCE ? pieces : IOV_AT_ONCE));
    if (sent < 0 && errno == EAGAIN)
      return false;
    if (sent < 0 && errno != EINTR)
      die("the server is gone: %s", strerror(errno));
    if (sent > 0)
      drop_sent(connection, (size_t)sent);
  }
  connection->pending_first = connection->pending_end = 0;
  return true;
}

/* A whole message must fit behind what is parsed. */
static void make_room_for_input(struct connection *connection) {
  size_t left = connection->input_end - connection->input_parsed;
  if (left && connection->input_size - connection->input_parsed >= connection->msize)
    return;
  memmove(connection->input, connection->input + connection->input_parsed, left);
  connection->input_parsed = 0;
  connection->input_end = left;
}

bool connection_receive(struct connection *connection) {
  make_room_for_input(connection);
  ssize_t count = read(connection->socket, connection->input + connection->input_end,
                       connection->input_size - connection->input_end);
  if (count == 0)
    die("the server closed the connection");
  if (count < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (count < 0)
    die("the server is gone: %s", strerror(errno));
  connection->input_end += (size_t)count;
  connection->turn++;
  return true;
}

bool connection_next(struct connection *connection, struct reply *reply, uint16_t *tag) {
  const uint8_t *start = connection->input + connection->input_parsed;
  *reply = (struct reply){.at = start, .end = connection->input + connection->input_end, .whole = true};
  uint32_t size = get4(reply);
  if (!reply->whole)
    return false;
  if (size < HEADER_SIZE || size > connection->msize)
    die("a reply of %u bytes, with an msize of %u", size, connection->msize);
  if ((size_t)(reply->end - start) < size)
    return false;
  reply->end = start + size;
  reply->type = get1(reply);
  *tag = get2(reply);
  connection->input_parsed += size;
  return true;
}
