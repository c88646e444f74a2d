/* Whole trees: whether two are the same, and whether one fits together. */
#include "exerciser.h"
#include <dirent.h>
#include <ftw.h>
#include <sys/xattr.h>

enum { PATH_LENGTH = 4096, MOST_NAMES = 4000, MOST_FILES = 20000, VALUE = 70000 };

struct listing {
  size_t count;
  struct dirent *entries[MOST_NAMES];
};

static int by_name(const void *a, const void *b) {
  return strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

static struct listing *list(const char *path) {
  struct listing *all = calloc(1, sizeof *all);
  DIR *directory = opendir(path);
  if (!directory) wrong("opendir %s: %s", path, strerror(errno));
  errno = 0;
  for (struct dirent *entry; (entry = readdir(directory)) && all->count < MOST_NAMES;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    all->entries[all->count] = malloc(sizeof *entry);
    memcpy(all->entries[all->count++], entry, offsetof(struct dirent, d_name) + strlen(entry->d_name) + 1);
  }
  if (errno) wrong("readdir %s: %s", path, strerror(errno));
  closedir(directory);
  qsort(all->entries, all->count, sizeof *all->entries, by_name);
  for (size_t i = 1; i < all->count; i++)
    if (by_name(&all->entries[i - 1], &all->entries[i]) == 0)
      wrong("%s lists %s twice", path, all->entries[i]->d_name);
  return all;
}

static void discard(struct listing *all) {
  for (size_t i = 0; i < all->count; i++) free(all->entries[i]);
  free(all);
}

/* The same file on both sides has the same names. */
static struct pair {
  ino_t expected, actual;
} pairs[MOST_FILES];
static size_t count_of_pairs;

static void must_pair(const char *path, ino_t expected, ino_t actual) {
  for (size_t i = 0; i < count_of_pairs; i++) {
    if (pairs[i].expected != expected && pairs[i].actual != actual) continue;
    if (pairs[i].expected == expected && pairs[i].actual == actual) return;
    wrong("%s is another file than elsewhere", path);
  }
  if (count_of_pairs < MOST_FILES) pairs[count_of_pairs++] = (struct pair){expected, actual};
}

static void compare_content(const char *expected, const char *actual) {
  int a = open(expected, O_RDONLY), b = open(actual, O_RDONLY);
  if (a == -1 && b == -1 && errno == EACCES) return;
  if (a == -1 || b == -1) wrong("%s cannot be opened: %s", actual, strerror(errno));
  static unsigned char left[65536], right[65536];
  for (off_t at = 0;; at += sizeof left) {
    size_t n = pread_all(a, left, sizeof left, at);
    must_equal(pread_all(b, right, sizeof right, at), n, actual);
    if (memcmp(left, right, n) != 0) wrong("%s: its content differs, between %lld and %lld", actual, (long long)at, (long long)(at + n));
    if (n < sizeof left) break;
  }
  does(close(a));
  does(close(b));
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t attributes_of(const char *path, char *room, char **names) {
  long length = llistxattr(path, room, VALUE);
  if (length == -1 && errno != EOPNOTSUPP) wrong("llistxattr %s: %s", path, strerror(errno));
  size_t count = 0;
  for (char *name = room; length > 0 && name < room + length && count < 100; name += strlen(name) + 1)
    if (strncmp(name, "user.", 5) == 0) names[count++] = name;
  qsort(names, count, sizeof *names, by_text);
  return count;
}

static void compare_xattrs(const char *expected, const char *actual) {
  static char room[2][VALUE], values[2][VALUE];
  char *names[2][100];
  size_t count = attributes_of(expected, room[0], names[0]);
  must_equal(attributes_of(actual, room[1], names[1]), count, actual);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[0][i], names[1][i]) != 0) wrong("%s has %s, not %s", actual, names[1][i], names[0][i]);
    long a = lgetxattr(expected, names[0][i], values[0], VALUE), b = lgetxattr(actual, names[0][i], values[1], VALUE);
    if (a != b || (a > 0 && memcmp(values[0], values[1], a) != 0)) wrong("%s: %s differs", actual, names[0][i]);
  }
}

/* Times that were set are long ago; what was changed later has the time of that. */
static void compare_times(const char *actual, const struct stat *a, const struct stat *b) {
  time_t old = 1000000000;
  if ((a->st_mtime > old && b->st_mtime > old) || S_ISFIFO(a->st_mode)) return;
  must_equal(b->st_mtim.tv_sec, a->st_mtim.tv_sec, actual);
  must_equal(b->st_mtim.tv_nsec, a->st_mtim.tv_nsec, actual);
}

static void compare_files(const char *expected, const char *actual) {
  struct stat a, b;
  does(lstat(expected, &a));
  if (lstat(actual, &b) != 0) wrong("lstat %s: %s", actual, strerror(errno));
  char what[PATH_LENGTH + 40];
#define COMPARE(field) (snprintf(what, sizeof what, #field " of %s", actual), must_equal(b.field, a.field, what))
  COMPARE(st_mode);
  COMPARE(st_nlink);
  COMPARE(st_uid);
  COMPARE(st_gid);
  if (!S_ISDIR(a.st_mode)) COMPARE(st_size);
  if (S_ISCHR(a.st_mode) || S_ISBLK(a.st_mode)) COMPARE(st_rdev);
  must_pair(actual, a.st_ino, b.st_ino);
  compare_times(actual, &a, &b);
  if (S_ISREG(a.st_mode)) compare_content(expected, actual);
  if (S_ISREG(a.st_mode) || S_ISDIR(a.st_mode)) compare_xattrs(expected, actual);
  if (!S_ISLNK(a.st_mode)) return;
  char left[PATH_LENGTH] = "", right[PATH_LENGTH] = "";
  does(readlink(expected, left, sizeof left - 1));
  does(readlink(actual, right, sizeof right - 1));
  if (strcmp(left, right) != 0) wrong("%s leads to %s, not to %s", actual, right, left);
}

static void compare_below(const char *expected, const char *actual) {
  if (access(expected, R_OK | X_OK) != 0 && access(actual, R_OK | X_OK) != 0) return;
  struct listing *left = list(expected), *right = list(actual);
  for (size_t i = 0; i < left->count || i < right->count; i++) {
    const char *a = i < left->count ? left->entries[i]->d_name : "", *b = i < right->count ? right->entries[i]->d_name : "";
    if (strcmp(a, b) != 0) wrong("%s has '%s', not '%s'", actual, b, a);
    must_equal(right->entries[i]->d_type, left->entries[i]->d_type, a);
    char paths[2][PATH_LENGTH];
    snprintf(paths[0], PATH_LENGTH, "%s/%s", expected, a);
    snprintf(paths[1], PATH_LENGTH, "%s/%s", actual, b);
    compare_files(paths[0], paths[1]);
    if (left->entries[i]->d_type == DT_DIR) compare_below(paths[0], paths[1]);
  }
  discard(left);
  discard(right);
}

void compare_trees(const char *expected, const char *actual) {
  count_of_pairs = 0;
  compare_below(expected, actual);
}

/* How often each file is there. */
static struct seen {
  ino_t file;
  nlink_t links, found;
} seen[MOST_FILES];
static size_t count_of_seen;

static void see(const char *path, const struct stat *attributes) {
  size_t i = 0;
  while (i < count_of_seen && seen[i].file != attributes->st_ino) i++;
  if (i == MOST_FILES) return;
  if (i == count_of_seen) seen[count_of_seen++] = (struct seen){attributes->st_ino, attributes->st_nlink, 0};
  seen[i].found++;
  if (seen[i].links != attributes->st_nlink) wrong("%s has two link counts", path);
}

static void check_below(const char *path) {
  struct stat attributes;
  struct listing *all = list(path);
  nlink_t directories = 0;
  for (size_t i = 0; i < all->count; i++) {
    char name[PATH_LENGTH];
    snprintf(name, sizeof name, "%s/%s", path, all->entries[i]->d_name);
    if (lstat(name, &attributes) != 0) wrong("%s is listed, but lstat says: %s", name, strerror(errno));
    must_equal(all->entries[i]->d_type, IFTODT(attributes.st_mode), name);
    if (S_ISDIR(attributes.st_mode)) {
      directories++;
      check_below(name);
    } else {
      see(name, &attributes);
    }
  }
  does(lstat(path, &attributes));
  if (attributes.st_nlink != 1) must_equal(attributes.st_nlink, 2 + directories, path);
  discard(all);
}

unsigned long check_tree(const char *root) {
  count_of_seen = 0;
  check_below(root);
  for (size_t i = 0; i < count_of_seen; i++)
    if (seen[i].found != seen[i].links)
      wrong("file %lu has %lu names, and says %lu", (unsigned long)seen[i].file, (unsigned long)seen[i].found, (unsigned long)seen[i].links);
  return count_of_seen;
}

static int remove_one(const char *path, const struct stat *attributes, int type, struct FTW *where) {
  (void)attributes;
  if (where->level == 0) return 0;
  if ((type == FTW_DP ? rmdir(path) : unlink(path)) != 0) wrong("removing %s: %s", path, strerror(errno));
  return 0;
}

void empty_tree(const char *root) {
  if (nftw(root, remove_one, 50, FTW_DEPTH | FTW_PHYS) != 0) wrong("walking %s: %s", root, strerror(errno));
  struct listing *left = list(root);
  must_equal(left->count, 0, "what is left");
  discard(left);
}
