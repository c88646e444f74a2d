/* Listing directories, also while they change. */
#include "battery.h"
#include <dirent.h>
#include <limits.h>

enum { MANY = 10000, SOME = 1000 };

static DIR *open_list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) fail("opendir of %.40s: %s", path, strerror(errno));
  return directory;
}

static struct dirent *next(DIR *directory) {
  errno = 0;
  struct dirent *entry = readdir(directory);
  if (!entry && errno) fail("readdir: %s", strerror(errno));
  return entry;
}

static void make_files(int count) {
  char name[32];
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "entry-%05d", i);
    must(close(must(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644))));
  }
}

static void remove_files(int from, int to) {
  char name[32];
  for (int i = from; i < to; i++) {
    snprintf(name, sizeof name, "entry-%05d", i);
    must(unlink(name));
  }
}

/* The number of an entry of make_files; -1 for others. */
static int number_of(const struct dirent *entry) {
  int number;
  return sscanf(entry->d_name, "entry-%5d", &number) == 1 ? number : -1;
}

static void see(bool *seen, int number) {
  if (number < 0) return;
  if (seen[number]) fail("entry %d is listed twice", number);
  seen[number] = true;
}

static void all_seen(const bool *seen, int from, int to) {
  for (int i = from; i < to; i++)
    if (!seen[i]) fail("entry %d is not listed", i);
}

CHECK("readdir - names, types and numbers, with dot and dot-dot") {
  must(mkdir("d", 0755)), must(mkdir("d/dir", 0755)), must(mkfifo("d/fifo", 0600)), must(symlink("x", "d/link"));
  put("d/file", "text");
  static const struct { const char *name; unsigned char type; } due[] = {
      {"dir", DT_DIR}, {"fifo", DT_FIFO}, {"link", DT_LNK}, {"file", DT_REG}, {".", DT_DIR}, {"..", DT_DIR}};
  bool seen[6] = {false};
  DIR *directory = open_list("d");
  char path[300];
  for (struct dirent *entry; (entry = next(directory));) {
    int found = -1;
    for (int i = 0; i < 6; i++)
      if (strcmp(due[i].name, entry->d_name) == 0) found = i;
    if (found == -1) fail("'%s' is listed", entry->d_name);
    see(seen, found);
    check(entry->d_type == due[found].type || entry->d_type == DT_UNKNOWN);
    snprintf(path, sizeof path, "d/%s", entry->d_name);
    if (found < 4 && entry->d_ino != look(path).st_ino) fail("%s has another number when listed", path);
  }
  all_seen(seen, 0, 6);
}

CHECK("readdir - ten thousand entries, each once") {
  static bool seen[MANY];
  make_files(MANY);
  DIR *directory = open_list(".");
  for (struct dirent *entry; (entry = next(directory));) see(seen, number_of(entry));
  all_seen(seen, 0, MANY);
}

CHECK("readdir - while entries go, those that stay are all there, once") {
  bool seen[SOME] = {false};
  make_files(SOME);
  DIR *directory = open_list(".");
  for (int i = 0; i < 300; i++) see(seen, number_of(next(directory)));
  remove_files(0, 100);
  remove_files(900, SOME);
  for (struct dirent *entry; (entry = next(directory));) see(seen, number_of(entry));
  all_seen(seen, 100, 900);
}

CHECK("readdir - while entries come, those that were are all there, once") {
  bool seen[SOME] = {false};
  make_files(SOME / 2);
  DIR *directory = open_list(".");
  for (int i = 0; i < 100; i++) see(seen, number_of(next(directory)));
  char name[32];
  for (int i = SOME / 2; i < SOME; i++) {
    snprintf(name, sizeof name, "entry-%05d", i);
    put(name, "");
  }
  for (struct dirent *entry; (entry = next(directory));) see(seen, number_of(entry));
  all_seen(seen, 0, SOME / 2);
}

CHECK("readdir - each entry removed as it is read, until none is left") {
  make_files(SOME);
  DIR *directory = open_list(".");
  for (struct dirent *entry; (entry = next(directory));)
    if (number_of(entry) >= 0) must(unlink(entry->d_name));
  rewinddir(directory);
  for (struct dirent *entry; (entry = next(directory));) check(number_of(entry) == -1);
}

CHECK("readdir - rewinddir shows what is there now") {
  put("entry-00000", "");
  DIR *directory = open_list(".");
  while (next(directory)) continue;
  put("entry-00001", "");
  must(unlink("entry-00000"));
  rewinddir(directory);
  bool seen[2] = {false};
  for (struct dirent *entry; (entry = next(directory));) see(seen, number_of(entry));
  check(!seen[0] && seen[1]);
}

CHECK("readdir - telldir and seekdir") {
  static long places[SOME + 2];
  static char names[SOME + 2][NAME_MAX + 1];
  int count = 0;
  make_files(SOME);
  DIR *directory = open_list(".");
  for (struct dirent *entry;; count++) {
    places[count] = telldir(directory);
    if (!(entry = next(directory))) break;
    snprintf(names[count], sizeof names[count], "%s", entry->d_name);
  }
  same(count, SOME + 2);
  for (int i = count - 1; i >= 0; i -= 37) {
    seekdir(directory, places[i]);
    struct dirent *entry = next(directory);
    if (!entry || strcmp(entry->d_name, names[i]) != 0) fail("place %d holds '%s'", i, entry ? entry->d_name : "");
  }
}

CHECK("readdir - two at once on one directory do not meet") {
  make_files(300);
  DIR *one = open_list("."), *two = open_list(".");
  bool seen_by_one[300] = {false}, seen_by_two[300] = {false};
  for (struct dirent *entry; (entry = next(one));) {
    see(seen_by_one, number_of(entry));
    if ((entry = next(two))) see(seen_by_two, number_of(entry));
  }
  while (next(two)) continue;
  all_seen(seen_by_one, 0, 300), all_seen(seen_by_two, 0, 300);
}

CHECK("readdir - long names") {
  enum { LONG = 300 };
  bool seen[LONG] = {false};
  char name[NAME_MAX + 1];
  memset(name, 'n', NAME_MAX), name[NAME_MAX] = 0;
  for (int i = 0; i < LONG; i++) {
    snprintf(name, sizeof name, "entry-%05d", i);
    name[11] = 'n';
    put(name, "");
  }
  DIR *directory = open_list(".");
  for (struct dirent *entry; (entry = next(directory));)
    if (number_of(entry) >= 0) same(strlen(entry->d_name), NAME_MAX), see(seen, number_of(entry));
  all_seen(seen, 0, LONG);
}

CHECK("readdir - what was just made is listed, what was just removed is not") {
  for (int i = 0; i < 30; i++) {
    char name[32];
    snprintf(name, sizeof name, "entry-%05d", i);
    put(name, "");
    bool seen[30] = {false};
    DIR *directory = open_list(".");
    for (struct dirent *entry; (entry = next(directory));) see(seen, number_of(entry));
    all_seen(seen, i, i + 1);
    check(i == 0 || !seen[i - 1]);
    closedir(directory);
    must(unlink(name));
  }
}

CHECK("readdir - attributes through it are those of the files") {
  char name[32];
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "entry-%05d", i);
    int fd = must(open(name, O_WRONLY | O_CREAT, 0600 + i % 64));
    must(ftruncate(fd, i));
    must(close(fd));
  }
  DIR *directory = open_list(".");
  struct stat s;
  for (struct dirent *entry; (entry = next(directory));) {
    if (number_of(entry) < 0) continue;
    must(fstatat(dirfd(directory), entry->d_name, &s, AT_SYMLINK_NOFOLLOW));
    same(s.st_size, number_of(entry));
    same(s.st_mode, S_IFREG | (0600 + number_of(entry) % 64));
  }
}
