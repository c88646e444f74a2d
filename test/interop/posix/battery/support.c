/* The words of battery.h. */
#include "battery.h"
#include <grp.h>
#include <limits.h>

enum { A_TICK_MS = 20 };

void act_in_groups(uid_t user, gid_t group, size_t count, const gid_t *groups) {
  must(seteuid(0));
  must(setgroups(count, groups));
  must(setegid(group));
  must(seteuid(user));
}

void act_as(uid_t user, gid_t group) {
  act_in_groups(user, group, 0, NULL);
}

void act_as_root(void) {
  must(seteuid(0));
  must(setegid(0));
  must(setgroups(0, NULL));
}

struct stat look(const char *path) {
  struct stat attributes;
  if (lstat(path, &attributes) == -1) fail("lstat of %.40s: %s", path, strerror(errno));
  return attributes;
}

mode_t mode_of(const char *path) {
  return look(path).st_mode & 07777;
}

nlink_t links_of(const char *path) {
  return look(path).st_nlink;
}

void make_file(const char *path, mode_t mode) {
  must(close(must(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600))));
  must(chmod(path, mode));
}

void make_dir(const char *path, mode_t mode) {
  must(mkdir(path, 0700));
  must(chmod(path, mode));
}

const char *name_of_length(size_t length) {
  static char name[PATH_MAX + 1];
  memset(name, 'n', length);
  name[length] = 0;
  return name;
}

void let_time_pass(void) {
  pause_ms(A_TICK_MS);
}

bool is_later(struct timespec a, struct timespec b) {
  return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}
