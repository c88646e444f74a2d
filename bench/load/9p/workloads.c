#include "load.h"

#include <string.h>

/* The most that diod grants, so that all servers get the same messages; and the most that Linux asks for. */
#define USUAL (64u << 10)
#define LARGEST MIB

/* A payload that fills a message. */
#define FULL (USUAL - IOHDRSZ)

const struct workload workloads[] = {
    {"read-4k-d1", &read_operation, 1, 1, 4096, USUAL, "4 KiB random reads, one at a time"},
    {"read-4k-d8", &read_operation, 1, 8, 4096, USUAL, "4 KiB random reads, 8 in flight"},
    {"read-4k-d64", &read_operation, 1, 64, 4096, USUAL, "4 KiB random reads, 64 in flight"},
    {"write-4k-d8", &write_operation, 1, 8, 4096, USUAL, "4 KiB random writes, 8 in flight"},
    {"read-64k-d16", &read_operation, 1, 16, FULL, USUAL, "random reads in messages of 64 KiB, 16 in flight"},
    {"write-64k-d16", &write_operation, 1, 16, FULL, USUAL, "random writes in messages of 64 KiB, 16 in flight"},
    {"read-seq", &read_operation, 1, 0, 0, LARGEST, "sequential read, 16 MiB in flight, counted in MiB"},
    {"write-seq", &write_operation, 1, 0, 0, LARGEST, "sequential write, 16 MiB in flight, counted in MiB"},
    {"getattr-d1", &getattr_operation, 1, 1, 4096, USUAL, "getattr, one at a time"},
    {"getattr-d64", &getattr_operation, 1, 64, 4096, USUAL, "getattr, 64 in flight"},
    {"walk-d8", &walk_operation, 1, 8, 4096, USUAL, "walk of two names + clunk, 8 in flight"},
    {"open-d8", &open_operation, 1, 8, 4096, USUAL, "walk of two names + open + clunk, 8 in flight"},
    {"create-d8", &create_operation, 1, 8, 4096, USUAL, "clone + create + remove, 8 in flight"},
    {"readdir", &readdir_operation, 1, 1, 4096, USUAL, "a directory of 10,000 entries, whole"},
    {"connections-1", &read_operation, 1, 4, 4096, USUAL, "4 KiB random reads, 1 connection, 4 in flight"},
    {"connections-16", &read_operation, 16, 4, 4096, USUAL, "4 KiB random reads, 16 connections, 4 in flight on each"},
    {"connections-256", &read_operation, 256, 4, 4096, USUAL, "4 KiB random reads, 256 connections, 4 in flight on each"},
    {0},
};

const struct workload *workload_named(const char *name) {
  for (const struct workload *workload = workloads; workload->name; workload++)
    if (strcmp(workload->name, name) == 0)
      return workload;
  return NULL;
}
