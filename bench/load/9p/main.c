#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: load list\n"
                            "       load HOST PORT ANAME prepare\n"
                            "       load HOST PORT ANAME WORKLOAD [-s SECONDS] [-p PID-OF-THE-SERVER]...\n";

static void misused(void) {
  fputs(usage, stderr);
  exit(2);
}

/* An operation is a message, a listing, or what its last reply ends; in a sequence it is a MiB. */
static double operations_done(const struct run *run) {
  return run->workload->block ? (double)run->ops : (double)run->bytes / MIB;
}

static void list_workloads(void) {
  for (const struct workload *workload = workloads; workload->name; workload++)
    printf("%s\t%s\n", workload->name, workload->about);
}

static void measure(const struct target *target, const char *name, int count, char **arguments) {
  static struct run run = {.measure_ns = 1000000000u};
  optind = 1;
  for (int option; (option = getopt(count, arguments, "s:p:")) != -1;) {
    if (option == 's')
      run.measure_ns = (uint64_t)(strtod(optarg, NULL) * 1e9);
    else if (option == 'p')
      processes_add(&run.server, optarg);
    else
      misused();
  }
  const struct workload *workload = workload_named(name);
  if (!workload || optind != count || !run.measure_ns)
    misused();
  run_start(&run, workload, target);
  run_drive(&run);
  print_result(&(struct result){
      .workload = name,
      .ops = operations_done(&run),
      .seconds = (double)run.measured_ns / 1e9,
      .bytes = (double)run.bytes,
      .errors = run.errors,
      .processor_seconds = run.cpu_seconds,
      .latency = &run.latency,
  });
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  pattern_make();
  if (count == 2 && strcmp(arguments[1], "list") == 0) {
    list_workloads();
    return 0;
  }
  if (count < 5)
    misused();
  struct target target = {arguments[1], arguments[2], arguments[3]};
  if (strcmp(arguments[4], "prepare") == 0)
    prepare_tree(&target);
  else
    measure(&target, arguments[4], count - 4, arguments + 4);
  return 0;
}
