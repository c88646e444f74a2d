/* Chance, and the record of what was done. */
#include "exerciser.h"
#include <stdarg.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { LINES = 40, LINE_LENGTH = 240 };

static uint64_t state;
static char lines[LINES][LINE_LENGTH];
static unsigned long noted;

/* splitmix64 */
static uint64_t next_random(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

void seed_random(uint64_t seed) {
  state = seed;
}

uint64_t below(uint64_t limit) {
  uint64_t number = next_random();
  return limit ? number % limit : 0;
}

bool one_in(unsigned count) {
  return below(count) == 0;
}

void (*choose(const struct choice *choices, size_t count))(void) {
  unsigned sum = 0;
  for (size_t i = 0; i < count; i++) sum += choices[i].weight;
  unsigned left = below(sum);
  for (; left >= choices->weight; choices++) left -= choices->weight;
  return choices->run;
}

void note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(lines[noted++ % LINES], LINE_LENGTH, format, arguments);
  va_end(arguments);
}

void add_note(const char *format, ...) {
  if (noted == 0) return;
  char *line = lines[(noted - 1) % LINES];
  size_t length = strlen(line);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line + length, LINE_LENGTH - length, format, arguments);
  va_end(arguments);
}

void wrong(const char *format, ...) {
  for (unsigned long i = noted > LINES ? noted - LINES : 0; i < noted; i++)
    dprintf(STDERR_FILENO, "%lu %s\n", i, lines[i % LINES]);
  va_list arguments;
  va_start(arguments, format);
  vdprintf(STDERR_FILENO, format, arguments);
  va_end(arguments);
  dprintf(STDERR_FILENO, "\n");
  _exit(1);
}

long call_does(long result, const char *call) {
  if (result == -1) wrong("%s: %s", call, strerror(errno));
  return result;
}

void must_equal(long long actual, long long expected, const char *what) {
  if (actual != expected) wrong("%s is %lld (0x%llx), not %lld (0x%llx)", what, actual, actual, expected, expected);
}

void in_processes(unsigned count, void (*run)(unsigned process)) {
  for (unsigned i = 0; i < count; i++) {
    if (does(fork()) > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    run(i);
    _exit(0);
  }
  for (int status; wait(&status) > 0;)
    if (status != 0) _exit(1);
}
