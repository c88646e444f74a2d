#include "load.h"

#include <string.h>

/* A prime: no two blocks of a file of less than 256 MiB, aligned to 4 KiB, hold the same bytes. */
#define PERIOD 65521u

static uint8_t pattern[PERIOD + PATTERN_LONGEST];

void pattern_make(void) {
  uint64_t state = 0x9e3779b97f4a7c15u;
  for (size_t i = 0; i < PERIOD; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    pattern[i] = (uint8_t)(state >> 56);
  }
  for (size_t i = PERIOD; i < sizeof pattern; i++)
    pattern[i] = pattern[i - PERIOD];
}

const uint8_t *pattern_at(uint64_t offset, uint32_t seed) { return pattern + (offset + seed) % PERIOD; }

bool pattern_holds(const uint8_t *data, size_t count, uint64_t offset, uint32_t seed) {
  return memcmp(data, pattern_at(offset, seed), count) == 0;
}
