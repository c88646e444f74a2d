#include "load.h"

#include <string.h>

static void put(struct message *message, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    *message->at++ = (uint8_t)(value >> (8 * i));
}

struct message message_begin(uint8_t *room, uint8_t type, uint16_t tag) {
  struct message message = {room, room + 4};
  put(&message, type, 1);
  put(&message, tag, 2);
  return message;
}

void put2(struct message *message, uint16_t value) { put(message, value, 2); }
void put4(struct message *message, uint32_t value) { put(message, value, 4); }
void put8(struct message *message, uint64_t value) { put(message, value, 8); }

void put_string(struct message *message, const char *text) {
  size_t length = strlen(text);
  put2(message, (uint16_t)length);
  memcpy(message->at, text, length);
  message->at += length;
}

size_t message_end(struct message *message, size_t payload) {
  size_t length = (size_t)(message->at - message->start);
  struct message size = {message->start, message->start};
  put4(&size, (uint32_t)(length + payload));
  return length;
}

static uint64_t get(struct reply *reply, unsigned bytes) {
  const uint8_t *field = get_bytes(reply, bytes);
  uint64_t value = 0;
  for (unsigned i = 0; field && i < bytes; i++)
    value |= (uint64_t)field[i] << (8 * i);
  return value;
}

uint8_t get1(struct reply *reply) { return (uint8_t)get(reply, 1); }
uint16_t get2(struct reply *reply) { return (uint16_t)get(reply, 2); }
uint32_t get4(struct reply *reply) { return (uint32_t)get(reply, 4); }
uint64_t get8(struct reply *reply) { return get(reply, 8); }

const uint8_t *get_bytes(struct reply *reply, size_t count) {
  if ((size_t)(reply->end - reply->at) < count) {
    reply->at = reply->end;
    reply->whole = false;
    return NULL;
  }
  const uint8_t *bytes = reply->at;
  reply->at += count;
  return bytes;
}

bool reply_consumed(const struct reply *reply) { return reply->whole && reply->at == reply->end; }
