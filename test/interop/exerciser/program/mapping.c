/* The file in memory. */
#include "data.h"
#include <sys/mman.h>

/* Of the largest size, whatever the file's is; only what is there may be touched. */
static unsigned char *kept;

/* What is to be touched of a mapping, and how it is undone. */
struct window {
  struct span span;
  unsigned char *bytes, *mapping;
  size_t mapped;
};

static struct window map(int protection) {
  struct window window = {.span = {place(model.size - 1), amount() + 1}};
  window.span.length = there(window.span);
  if (kept && one_in(2)) {
    window.bytes = kept + window.span.at;
    return window;
  }
  off_t start = window.span.at & -BLOCK;
  window.mapped = window.span.at + window.span.length - start;
  window.mapping = mmap(NULL, window.mapped, protection, MAP_SHARED, any()->fd, start);
  if (window.mapping == MAP_FAILED) wrong("mmap: %s", strerror(errno));
  window.bytes = window.mapping + (window.span.at - start);
  return window;
}

static void unmap(struct window window) {
  if (window.mapping) does(munmap(window.mapping, window.mapped));
}

/* The rest of the last page is zeros. */
static void check_rest(struct window window) {
  const unsigned char *byte = window.bytes + window.span.length;
  for (off_t at = window.span.at + window.span.length; at == model.size && at % BLOCK; byte++) {
    if (*byte) wrong("a mapping has 0x%02x behind the end", *byte);
    if (((uintptr_t)byte + 1) % BLOCK == 0) break;
  }
}

void mapped_read(void) {
  if (model.size == 0) return;
  struct window window = map(PROT_READ);
  note("mapped read at %lld, %zu bytes%s", (long long)window.span.at, window.span.length,
       window.mapping ? "" : ", of the mapping that is kept");
  must_hold(window.bytes, window.span, "a mapping");
  check_rest(window);
  unmap(window);
}

void mapped_write(void) {
  if (model.size == 0) return;
  struct window window = map(PROT_READ | PROT_WRITE);
  int how = below(3);
  note("mapped write at %lld, %zu bytes%s, %s", (long long)window.span.at, window.span.length,
       window.mapping ? "" : ", of the mapping that is kept", how == 0 ? "msync" : how == 1 ? "MS_ASYNC" : "no msync");
  unsigned char *bytes = fresh(window.span);
  memcpy(window.bytes, bytes, window.span.length);
  model_write(window.span.at, bytes, window.span.length);
  unsigned char *page = window.bytes - window.span.at % BLOCK;
  if (how < 2) does(msync(page, window.span.length + window.span.at % BLOCK, how ? MS_ASYNC : MS_SYNC));
  unmap(window);
}

void forget_mapping(void) {
  if (kept) does(munmap(kept, MOST));
  kept = NULL;
}

void keep_mapping(void) {
  forget_mapping();
  if (one_in(3)) return;
  note("a mapping that is kept");
  kept = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, any()->fd, 0);
  if (kept == MAP_FAILED) wrong("mmap: %s", strerror(errno));
}
