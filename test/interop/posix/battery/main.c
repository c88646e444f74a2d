/*
 * Runs the battery on a directory and prints a line for each check:
 *
 *   posix-battery DIRECTORY [--user] [TITLE]
 *
 *   ok TITLE
 *   not ok TITLE: reason
 *   skip TITLE: needs root
 *
 * With --user, root gives up his rights first: everything is made and done by an ordinary user. With TITLE, the checks
 * whose title begins so, alone.
 *
 * The exit status is 0 if all passed, 1 if some failed, 3 if a process hangs in the kernel and nothing more can be
 * learned.
 */
#include "battery.h"
#include <fts.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_MS = 60000, AFTER_KILL_MS = 5000, MOST_CHECKS = 1000, TITLE_LENGTH = 96 };
enum { ALL_PASSED = 0, SOME_FAILED = 1, WRONG_USE = 2, HANGS = 3 };

static struct check {
  char title[TITLE_LENGTH];
  enum who who;
  void (*run)(const void *argument);
  const void *argument;
} checks[MOST_CHECKS];
static size_t count_of_checks;

void add_check(enum who who, void (*run)(const void *), const void *argument, const char *format, ...) {
  if (count_of_checks == MOST_CHECKS) abort();
  struct check *check = &checks[count_of_checks++];
  *check = (struct check){.who = who, .run = run, .argument = argument};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(check->title, sizeof check->title, format, arguments);
  va_end(arguments);
}

/* In the child: its own process group, directory and place for a reason; then the check. */
static void perform(const struct check *check, const char *directory, int reason_pipe) {
  reasons = reason_pipe;
  int nowhere = must(open("/dev/null", O_RDWR));
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
  setpgid(0, 0);
  umask(0);
  must(mkdir(directory, 0777));
  must(chdir(directory));
  check->run(check->argument);
  _exit(0);
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

static void print_reason(int from) {
  char reason[512];
  ssize_t length = read(from, reason, sizeof reason);
  for (ssize_t i = 0; i < length; i++)
    if ((unsigned char)reason[i] < ' ') reason[i] = ' ';
  printf("%.*s\n", length > 0 ? (int)length : 0, length > 0 ? reason : "");
}

static int judge(const struct check *check, pid_t pid, int reason_pipe) {
  int status;
  if (!await(pid, &status, PATIENCE_MS)) {
    printf("not ok %s: not done after %d s\n", check->title, PATIENCE_MS / 1000);
    kill(-pid, SIGKILL);
    if (await(pid, &status, AFTER_KILL_MS)) return SOME_FAILED;
    printf("not ok %s: survives SIGKILL\n", check->title);
    return HANGS;
  }
  kill(-pid, SIGKILL); /* what it may have left running */
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    printf("ok %s\n", check->title);
    return ALL_PASSED;
  }
  printf("not ok %s: ", check->title);
  if (WIFEXITED(status)) print_reason(reason_pipe);
  else printf("ended by signal %d\n", WTERMSIG(status));
  return SOME_FAILED;
}

static int run(const struct check *check, const char *directory) {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC));
  pid_t pid = must(fork());
  if (pid == 0) perform(check, directory, ends[1]);
  close(ends[1]);
  int result = judge(check, pid, ends[0]);
  close(ends[0]);
  return result;
}

/* Directories are opened up on the way down, and removed on the way up. */
static void remove_tree(char *directory) {
  FTS *tree = fts_open((char *[]){directory, NULL}, FTS_PHYSICAL, NULL);
  int left = 0;
  for (FTSENT *entry; tree && (entry = fts_read(tree));) {
    if (entry->fts_info == FTS_D) chmod(entry->fts_accpath, 0700);
    else left |= entry->fts_info == FTS_DP ? rmdir(entry->fts_accpath) : unlink(entry->fts_accpath);
  }
  if (!tree || left) printf("# %s cannot be removed\n", directory);
  if (tree) fts_close(tree);
}

static void give_up_rights(void) {
  must(setgroups(0, NULL));
  must(setresgid(NOBODY, NOBODY, NOBODY));
  must(setresuid(NOBODY, NOBODY, NOBODY));
}

int main(int count, char **arguments) {
  if (count < 2) {
    fputs("usage: posix-battery DIRECTORY [--user] [TITLE]\n", stderr);
    return WRONG_USE;
  }
  bool as_user = count > 2 && strcmp(arguments[2], "--user") == 0;
  const char *only = count > 2 + as_user ? arguments[2 + as_user] : "";
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  must(chdir(arguments[1]));
  if (as_user && getuid() == 0) give_up_rights();
  int result = ALL_PASSED;
  for (size_t i = 0; i < count_of_checks; i++) {
    const struct check *check = &checks[i];
    if (strncmp(check->title, only, strlen(only)) != 0) continue;
    if (check->who == ROOT && getuid() != 0) {
      printf("skip %s: needs root\n", check->title);
      continue;
    }
    char directory[32];
    snprintf(directory, sizeof directory, "check-%zu-%d", i, (int)getpid());
    int outcome = run(check, directory);
    if (outcome == HANGS) return HANGS;
    if (outcome != ALL_PASSED) result = outcome;
    remove_tree(directory);
  }
  return result;
}
