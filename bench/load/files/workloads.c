#define _GNU_SOURCE
#include "load.h"

#include <fcntl.h>
#include <string.h>

const struct workload workloads[] = {
    {"stat", &stat_operation, 1, 0, 0, "stat of a file, one at a time"},
    {"stat-j16", &stat_operation, 16, 0, 0, "the same, 16 threads"},
    {"read-4k-j1", &random_read_operation, 1, PAGE, O_DIRECT, "4 KiB random reads, one at a time"},
    {"read-4k-j16", &random_read_operation, 16, PAGE, O_DIRECT, "4 KiB random reads, 16 threads"},
    {"read-seq", &read_operation, 1, MIB, O_DIRECT, "sequential reads of 1 MiB"},
    {"write-seq", &write_operation, 1, MIB, O_DIRECT, "sequential writes of 1 MiB"},
    {"write-buffered", &write_operation, 1, MIB, 0, "sequential writes of 1 MiB, without O_DIRECT"},
    {"create", &create_operation, 1, 0, 0, "create + close + unlink, one at a time"},
    {"create-j16", &create_operation, 16, 0, 0, "the same, 16 threads"},
    {"names", &names_operation, 1, 0, 0, "the names of a directory of 10,000 entries, as ls -f"},
    {"entries", &entry_operation, 1, 0, 0, "the same with attributes, as ls -l, counted in entries"},
    {0},
};

const struct workload *workload_named(const char *name) {
  for (const struct workload *workload = workloads; workload->name; workload++)
    if (strcmp(workload->name, name) == 0)
      return workload;
  return NULL;
}
