/*
 * Runs the battery on one mounted tree and prints a line for each test:
 *
 *   battery DIALECT CACHE PHASE DIRECTORY OTHER-DIRECTORY [TEST]
 *
 *   ok NAME
 *   not ok NAME: reason
 *   skip NAME: not asked of this dialect and cache mode
 *
 * DIALECT is 9p2000.L, 9p2000.u, 9p2000 or host (everything is asked of the host's own file system); CACHE is none
 * or loose; PHASE is main, or find after the tree was mounted anew, which looks for what main left. OTHER-DIRECTORY
 * is the same directory through a second mount, or `-` where there is none. With TEST, that test alone.
 *
 * The exit status is 0 if all passed, 1 if some failed, 3 if a process hangs in the kernel and nothing more can be
 * learned from this mount.
 */
#include "battery.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_MS = 150000, AFTER_KILL_MS = 5000, ALL_PASSED = 0, SOME_FAILED = 1, WRONG_USE = 2, HANGS = 3 };

const char *other_mount;

static const struct test *const main_themes[] = {
    file_tests,  name_tests,   link_tests,    directory_tests, attribute_tests, lock_tests,
    xattr_tests, memory_tests, process_tests, errno_tests,     two_mount_tests, leave_tests, NULL,
};
static const struct test *const find_themes[] = {find_tests, NULL};

/* One run of one test, as the runner sees it. */
struct run {
  const char *name;
  pid_t pid;
  int reasons;
};

static unsigned mount_of(const char *dialect, const char *cache) {
  bool loose = strcmp(cache, "loose") == 0;
  if (strcmp(dialect, "9p2000.L") == 0) return loose ? DOTL_LOOSE : DOTL_NONE;
  if (strcmp(dialect, "9p2000.u") == 0) return loose ? DOTU_LOOSE : DOTU_NONE;
  if (strcmp(dialect, "9p2000") == 0) return loose ? PLAIN_LOOSE : PLAIN_NONE;
  if (strcmp(dialect, "host") == 0) return EVERYWHERE;
  fprintf(stderr, "battery: unknown dialect %s\n", dialect);
  exit(WRONG_USE);
}

/*
 * In the child: its own process group, directory and place for a reason; then the test. The runner's own output is
 * closed, or whoever reads it would wait for a child that hangs.
 */
static void perform(const struct test *test, const char *directory, const char *other, int reason_pipe) {
  static char other_directory[512];
  char name[128];
  snprintf(name, sizeof name, "%s", test->name);
  for (char *c = name; *c; c++)
    if (*c == ' ' || *c == '/') *c = '-';
  snprintf(other_directory, sizeof other_directory, "%s/%s", other, name);
  other_mount = other_directory;
  reasons = reason_pipe;
  int nowhere = must(open("/dev/null", O_RDWR));
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  setpgid(0, 0);
  umask(022);
  must(chdir(directory));
  if (mkdir(name, 0755) == -1 && errno != EEXIST) fail("making the test's directory: %s", strerror(errno));
  must(chdir(name));
  test->run();
  _exit(0);
}

static struct run begin(const struct test *test, const char *directory, const char *other) {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC));
  pid_t pid = must(fork());
  if (pid == 0) perform(test, directory, other, ends[1]);
  close(ends[1]);
  return (struct run){test->name, pid, ends[0]};
}

/* Waits for the child to end. False when the time is over. SIGCHLD is blocked, so that none is missed. */
static bool await(pid_t pid, int *status, long milliseconds) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (long left = milliseconds; left > 0; left -= 100) {
    if (waitpid(pid, status, WNOHANG) == pid) return true;
    sigtimedwait(&child, NULL, &(struct timespec){0, 100000000L});
  }
  return waitpid(pid, status, WNOHANG) == pid;
}

/* Where in the kernel the process stands. */
static const char *place_of(pid_t pid) {
  static char text[256];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stack", (int)pid);
  int fd = open(path, O_RDONLY);
  ssize_t length = fd == -1 ? 0 : read(fd, text, sizeof text - 1);
  if (fd != -1) close(fd);
  text[length > 0 ? length : 0] = 0;
  for (char *c = text; *c; c++)
    if (*c == '\n') *c = ' ';
  return text;
}

static void print_reason(int from) {
  char reason[512];
  ssize_t length = read(from, reason, sizeof reason);
  for (ssize_t i = 0; i < length; i++)
    if ((unsigned char)reason[i] < ' ') reason[i] = ' ';
  printf("%.*s\n", length > 0 ? (int)length : 0, length > 0 ? reason : "");
}

static int finish(struct run run) {
  int status;
  bool ended = await(run.pid, &status, PATIENCE_MS);
  if (!ended) {
    printf("not ok %s: not done after %d s, at %s\n", run.name, PATIENCE_MS / 1000, place_of(run.pid));
    kill(-run.pid, SIGKILL);
    if (!await(run.pid, &status, AFTER_KILL_MS)) {
      printf("hung %s: survives SIGKILL, at %s\n", run.name, place_of(run.pid));
      return HANGS;
    }
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    printf("ok %s\n", run.name);
  } else if (WIFEXITED(status)) {
    printf("not ok %s: ", run.name);
    print_reason(run.reasons);
  } else {
    printf("not ok %s: ended by signal %d\n", run.name, WTERMSIG(status));
  }
  kill(-run.pid, SIGKILL); /* what it may have left running */
  close(run.reasons);
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ALL_PASSED : SOME_FAILED;
}

int main(int count, char **arguments) {
  if (count < 6) {
    fputs("usage: battery DIALECT CACHE main|find DIRECTORY OTHER-DIRECTORY [TEST]\n", stderr);
    return WRONG_USE;
  }
  unsigned mount = mount_of(arguments[1], arguments[2]);
  const struct test *const *themes = strcmp(arguments[3], "main") == 0 ? main_themes : find_themes;
  const char *directory = arguments[4], *other = arguments[5], *only = count > 6 ? arguments[6] : NULL;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  umask(022);
  if (mkdir(directory, 0755) == -1 && errno != EEXIST) {
    printf("not ok the battery's directory: %s\n", strerror(errno));
    return SOME_FAILED;
  }
  int result = ALL_PASSED;
  for (; *themes; themes++) {
    if (*themes == two_mount_tests && strcmp(other, "-") == 0) continue;
    for (const struct test *test = *themes; test->name; test++) {
      if (only && strcmp(only, test->name) != 0) continue;
      if (!(test->where & mount)) {
        printf("skip %s: not asked of this dialect and cache mode\n", test->name);
        continue;
      }
      int outcome = finish(begin(test, directory, other));
      if (outcome == HANGS) return HANGS;
      if (outcome != ALL_PASSED) result = outcome;
    }
  }
  return result;
}
