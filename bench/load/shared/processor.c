#include "shared.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void processes_add(struct processes *processes, const char *id) {
  if (processes->count == MOST_PROCESSES)
    die("the time of %u processes can be counted, not of more", MOST_PROCESSES);
  processes->ids[processes->count++] = atoi(id);
}

static double seconds_of(int id) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", id);
  FILE *file = fopen(path, "re");
  if (!file)
    die("%s: %s", path, strerror(errno));
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  unsigned long user, system;
  char *name_end = strrchr(text, ')'); /* the name may hold anything */
  if (!name_end || sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    die("%s: not as in proc(5)", path);
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

double processor_seconds(const struct processes *processes) {
  double sum = 0;
  for (unsigned i = 0; i < processes->count; i++)
    sum += seconds_of(processes->ids[i]);
  return sum;
}
