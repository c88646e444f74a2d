#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_COMPLAINTS 3
#define PATIENCE_S 10

uint64_t job_random(struct job *job) {
  job->random ^= job->random << 13;
  job->random ^= job->random >> 7;
  job->random ^= job->random << 17;
  return job->random;
}

bool job_complain(struct job *job, const char *format, ...) {
  if (job->errors++ >= MOST_COMPLAINTS)
    return false;
  va_list arguments;
  va_start(arguments, format);
  flockfile(stderr);
  fprintf(stderr, "load: %s: ", job->run->workload->name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  funlockfile(stderr);
  va_end(arguments);
  return false;
}

/* Begins and ends with the phases, and counts what lies wholly in the measured one. */
static void *work(void *argument) {
  struct job *job = argument;
  struct run *run = job->run;
  enum phase before;
  while ((before = run->phase) != ENDING) {
    uint64_t started = now_ns();
    job->bytes = 0;
    bool done = run->workload->operation->perform(job);
    job->next++;
    if (!done || before != MEASURING || run->phase != MEASURING)
      continue;
    job->ops++;
    job->all_bytes += job->bytes;
    latency_add(&job->latency, now_ns() - started);
  }
  return NULL;
}

static void wait_ns(uint64_t ns) {
  struct timespec rest = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
  while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
    ;
}

static void measure(struct run *run) {
  wait_ns(run->measure_ns / 5);
  run->cpu_seconds = processor_seconds(&run->server);
  uint64_t since = now_ns();
  run->phase = MEASURING;
  wait_ns(run->measure_ns);
  run->phase = ENDING;
  run->measured_ns = now_ns() - since;
  run->cpu_seconds = processor_seconds(&run->server) - run->cpu_seconds;
}

void run_drive(struct run *run) {
  const struct workload *workload = run->workload;
  pthread_t *threads = calloc(workload->jobs, sizeof *threads);
  run->jobs = calloc(workload->jobs, sizeof *run->jobs);
  run->seed = (uint32_t)now_ns() | 1;
  run->written = calloc(FILE_SIZE / PAGE, sizeof *run->written);
  for (uint32_t i = 0; i < workload->jobs; i++) {
    struct job *job = &run->jobs[i];
    *job = (struct job){.run = run, .number = i, .file = -1, .random = now_ns() * (i + 1) | 1};
    workload->operation->prepare(job);
  }
  for (uint32_t i = 0; i < workload->jobs; i++)
    if (pthread_create(&threads[i], NULL, work, &run->jobs[i]) != 0)
      die("no thread can be had");
  measure(run);
  alarm(PATIENCE_S); /* for what hangs */
  for (uint32_t i = 0; i < workload->jobs; i++)
    pthread_join(threads[i], NULL);
  if (workload->operation->verify)
    for (uint32_t i = 0; i < workload->jobs; i++)
      workload->operation->verify(&run->jobs[i]);
}
