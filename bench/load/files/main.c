#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: load list\n"
                            "       load DIRECTORY prepare\n"
                            "       load DIRECTORY WORKLOAD [-s SECONDS] [-p PID-OF-THE-SERVER]...\n";

static void misused(void) {
  fputs(usage, stderr);
  exit(2);
}

static void list_workloads(void) {
  for (const struct workload *workload = workloads; workload->name; workload++)
    printf("%s\t%s\n", workload->name, workload->about);
}

static void sum_up(const struct run *run) {
  static struct latency latency;
  struct result result = {
      .workload = run->workload->name,
      .seconds = (double)run->measured_ns / 1e9,
      .processor_seconds = run->cpu_seconds,
      .latency = &latency,
  };
  for (uint32_t i = 0; i < run->workload->jobs; i++) {
    const struct job *job = &run->jobs[i];
    result.ops += (double)job->ops;
    result.bytes += (double)job->all_bytes;
    result.errors += job->errors;
    latency_merge(&latency, &job->latency);
  }
  print_result(&result);
}

static void measure(int root, const char *name, int count, char **arguments) {
  static struct run run = {.measure_ns = 1000000000u};
  run.root = root;
  for (int option; (option = getopt(count, arguments, "s:p:")) != -1;) {
    if (option == 's')
      run.measure_ns = (uint64_t)(strtod(optarg, NULL) * 1e9);
    else if (option == 'p')
      processes_add(&run.server, optarg);
    else
      misused();
  }
  run.workload = workload_named(name);
  if (!run.workload || optind != count || !run.measure_ns)
    misused();
  run_drive(&run);
  sum_up(&run);
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "list") == 0) {
    list_workloads();
    return 0;
  }
  if (count < 3)
    misused();
  int root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    die("%s: %s", arguments[1], strerror(errno));
  if (strcmp(arguments[2], "prepare") == 0)
    prepare_tree(root);
  else
    measure(root, arguments[2], count - 2, arguments + 2);
  return 0;
}
