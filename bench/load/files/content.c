#include "load.h"

#include <stdlib.h>
#include <string.h>

/* A page says in its first bytes where it belongs; the others are the same in every page of a seed. */
#define LINE 64u
#define LINES (PAGE / LINE)

uint8_t *content_room(size_t size) {
  uint8_t *room = aligned_alloc(MIB, size > MIB ? size : MIB);
  if (!room)
    die("no memory for a block");
  memset(room, 0, size);
  return room;
}

static uint64_t mark_of(uint64_t offset, uint32_t seed) { return (offset / PAGE + 1) * 0x9e3779b97f4a7c15u ^ seed; }

static const uint8_t *page_of(uint32_t seed) {
  static _Thread_local uint8_t page[PAGE];
  static _Thread_local uint32_t made_for;
  static _Thread_local bool made;
  if (made && made_for == seed)
    return page;
  uint64_t state = seed;
  for (size_t i = 0; i < PAGE; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    page[i] = (uint8_t)(state >> 56);
  }
  made = true;
  made_for = seed;
  return page;
}

void content_move(uint8_t *block, size_t count, uint64_t offset, uint32_t seed) {
  for (size_t at = 0; at < count; at += PAGE) {
    uint64_t mark = mark_of(offset + at, seed);
    memcpy(block + at, &mark, sizeof mark);
  }
}

void content_fill(uint8_t *block, size_t count, uint64_t offset, uint32_t seed) {
  for (size_t at = 0; at < count; at += PAGE)
    memcpy(block + at, page_of(seed), PAGE);
  content_move(block, count, offset, seed);
}

static bool mark_holds(const uint8_t *page, uint64_t offset, uint32_t seed) {
  uint64_t mark;
  memcpy(&mark, page, sizeof mark);
  return mark == mark_of(offset, seed);
}

bool content_holds(const uint8_t *block, size_t count, uint64_t offset, uint32_t seed) {
  const size_t mark = sizeof(uint64_t);
  for (size_t at = 0; at < count; at += PAGE)
    if (!mark_holds(block + at, offset + at, seed) ||
        memcmp(block + at + mark, page_of(seed) + mark, PAGE - mark) != 0)
      return false;
  return true;
}

bool content_looks_right(const uint8_t *block, size_t count, uint64_t offset, uint32_t seed, uint32_t call) {
  size_t line = (1 + call % (LINES - 1)) * LINE; /* the first one has the mark */
  for (size_t at = 0; at < count; at += PAGE)
    if (!mark_holds(block + at, offset + at, seed) || memcmp(block + at + line, page_of(seed) + line, LINE) != 0)
      return false;
  return true;
}
