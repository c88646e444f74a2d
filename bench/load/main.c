#include "load.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: load list\n"
                            "       load HOST PORT ANAME prepare\n"
                            "       load HOST PORT ANAME WORKLOAD [-s SECONDS] [-p PID-OF-THE-SERVER]\n";

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void misused(void) {
  fputs(usage, stderr);
  exit(2);
}

/* An operation is a message, a listing, or what its last reply ends; in a sequence it is a MiB. */
static double operations_done(const struct run *run) {
  return run->workload->block ? (double)run->ops : (double)run->bytes / MIB;
}

static void print_result(const struct run *run) {
  double seconds = (double)run->measured_ns / 1e9;
  double ops = operations_done(run);
  printf("{\"workload\":\"%s\",\"connections\":%u,\"depth\":%u,\"msize\":%u,", run->workload->name,
         run->connection_count, run->connections->depth, run->connections->msize);
  printf("\"ops\":%.3f,\"seconds\":%.6f,\"opsPerSecond\":%.1f,\"bytesPerSecond\":%.0f,", ops, seconds, ops / seconds,
         (double)run->bytes / seconds);
  printf("\"p50us\":%.1f,\"p99us\":%.1f,\"errors\":%llu,", latency_us(&run->latency, 0.5),
         latency_us(&run->latency, 0.99), (unsigned long long)run->errors);
  if (run->server_pid)
    printf("\"cpuSeconds\":%.2f}\n", run->cpu_seconds);
  else
    printf("\"cpuSeconds\":null}\n");
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
      run.server_pid = atoi(optarg);
    else
      misused();
  }
  const struct workload *workload = workload_named(name);
  if (!workload || optind != count || !run.measure_ns)
    misused();
  run_start(&run, workload, target);
  run_drive(&run);
  print_result(&run);
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
