#include "load.h"

#include <unistd.h>

#define USUAL_MSIZE (64u << 10)

static void create_subject(struct connection *connection, const char *name) {
  session_walk(connection, FID_ROOT, FID_SUBJECT, "");
  session_create(connection, FID_SUBJECT, name);
}

static void create_data(struct run *run, struct connection *connection) {
  (void)run;
  create_subject(connection, "data");
}

static void create_scratch(struct run *run, struct connection *connection) {
  (void)run;
  create_subject(connection, "scratch");
}

/* Does `limit` operations, or those that fill a file. */
static void drive(const struct target *target, const struct operation *operation, uint32_t block, uint64_t limit) {
  const struct workload workload = {"prepare", operation, 1, 8, block, USUAL_MSIZE, ""};
  static struct run run;
  run = (struct run){0};
  run_start(&run, &workload, target);
  run.seed = DATA_SEED;
  run.limit = limit ? limit : (FILE_SIZE + run.block - 1) / run.block;
  run_drive(&run);
  if (run.errors)
    die("the tree could not be prepared");
  close(run.connections->socket);
}

void prepare_tree(const struct target *target) {
  struct connection connection;
  session_start(&connection, target, USUAL_MSIZE);
  session_mkdir(&connection, FID_ROOT, "many");
  session_mkdir(&connection, FID_ROOT, "work");
  close(connection.socket);

  struct operation fill = write_operation;
  fill.prepare = create_data;
  drive(target, &fill, 0, 0);
  fill.prepare = create_scratch;
  drive(target, &fill, 0, 0);
  drive(target, &populate_operation, 4096, ENTRY_COUNT);
}
