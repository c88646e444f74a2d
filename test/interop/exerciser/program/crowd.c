/* Processes that do all kinds of things to the names of one tree, and are in each other's way. */
#include "names.h"

enum { PROCESSES = 4, OWN = 30000 };

static struct plan {
  const char *directory;
  uint64_t seed;
  /* Of each process. */
  unsigned long operations;
} plan;

/* Errors that there may be, whoever else is at work: of paths, and of what is not open, not readable or not a file. */
static bool possible(int number) {
  static const int numbers[] = {ENOENT,    EEXIST, ENOTDIR, EISDIR,  ENOTEMPTY, ELOOP,      EINVAL, EBUSY, EPERM,
                                EACCES,    EBADF,  ESPIPE,  ENXIO,   EAGAIN,    EPIPE,      ENODATA, ERANGE, EOPNOTSUPP,
                                ENAMETOOLONG};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i] == number) return true;
  return false;
}

/* A file of his own: without a name, or with one that nobody draws, so that its content is his alone. */
static int own_file;
static unsigned char own_content[OWN];

static void make_own(const struct side *side) {
  static unsigned serial;
  char first[64], second[64], path[2 * NAME_ROOM];
  snprintf(first, sizeof first, "own-%d-%u", (int)getpid(), ++serial);
  snprintf(second, sizeof second, "own-%d", (int)getpid());
  if (own_file) does(close(own_file));
  snprintf(path, sizeof path, "%s", path_in(side, first));
  own_file = does(open(path, O_RDWR | O_CREAT | O_EXCL, 0644));
  if (one_in(2)) does(rename(path, path_in(side, second)));
  else does(unlink(path));
  memset(own_content, 0, OWN);
  does(ftruncate(own_file, OWN));
}

static void use_own(const struct side *side) {
  if (!own_file || one_in(10)) make_own(side);
  unsigned char bytes[OWN];
  off_t at = below(OWN);
  size_t length = below(OWN - at);
  pattern(own_content + at, length, at, below(1000));
  must_equal(does(pwrite(own_file, own_content + at, length, at)), length, "the bytes written to an own file");
  must_equal(pread_all(own_file, bytes, OWN, 0), OWN, "the size of an own file");
  if (memcmp(bytes, own_content, OWN) != 0) wrong("an own file holds what nobody wrote");
}

static void work(unsigned process) {
  seed_random(plan.seed + process);
  struct side side = {.root = plan.directory};
  memset(side.files, -1, sizeof side.files);
  memset(side.directories, -1, sizeof side.directories);
  for (unsigned long i = 0; i < plan.operations; i++) {
    const struct operation *one = draw_operation();
    struct task task = draw_task();
    note("%d: %s '%.40s' '%.40s' '%.40s' flags %u", (int)getpid(), one->name, task.path, task.other, task.name, task.flags);
    *side.shown = 0;
    if (one->run(&side, &task) == -1) {
      add_note(": %s", strerrorname_np(errno));
      if (!possible(errno)) wrong("%s: %s", one->name, strerror(errno));
    }
    if (one_in(20)) use_own(&side);
  }
}

void exercise_crowd(const char *directory, uint64_t seed, unsigned long operations) {
  plan = (struct plan){directory, seed, operations / PROCESSES};
  in_processes(PROCESSES, work);
  check_tree(directory);
  empty_tree(directory);
}
