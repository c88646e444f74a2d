/* Directories: making, removing, listing. */
#include "battery.h"
#include <dirent.h>

enum { MANY = 2000, NAME_LENGTH = 120 };

/* Long enough that the list of them takes several messages. */
static const char *name_of(int number) {
  static char name[NAME_LENGTH + 1];
  memset(name, '-', NAME_LENGTH);
  snprintf(name, sizeof name, "entry-%04d", number);
  name[strlen(name)] = '-';
  return name;
}

static void make_many(void) {
  must(mkdir("d", 0755));
  must(chdir("d"));
  for (int i = 0; i < MANY; i++) must(close(must(open(name_of(i), O_WRONLY | O_CREAT | O_EXCL, 0644))));
}

static DIR *must_open_directory(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) fail("opendir of %.40s: %s", path, strerror(errno));
  return directory;
}

/* The next entry that is not `.` or `..`: whether they are listed depends on the dialect. */
static struct dirent *next(DIR *directory) {
  struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(directory);
    if (!entry && errno) fail("readdir: %s", strerror(errno));
  } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
  return entry;
}

static int count(const char *path) {
  DIR *directory = must_open_directory(path);
  int entries = 0;
  while (next(directory)) entries++;
  must(closedir(directory));
  return entries;
}

/* Marks an entry of make_many as seen. */
static void see(bool *seen, const struct dirent *entry) {
  int number = -1;
  if (sscanf(entry->d_name, "entry-%4d", &number) != 1 || number < 0 || number >= MANY)
    fail("'%s' is listed, and was never made", entry->d_name);
  if (strcmp(entry->d_name, name_of(number)) != 0) fail("a wrong name is listed: '%s'", entry->d_name);
  if (seen[number]) fail("entry %d is listed twice", number);
  seen[number] = true;
}

static void all_seen(const bool *seen) {
  for (int i = 0; i < MANY; i++)
    if (!seen[i]) fail("entry %d is not listed", i);
}

static void make_and_remove(void) {
  struct stat attributes;
  must(mkdir("d", 0755));
  must(stat("d", &attributes));
  same(attributes.st_mode & S_IFMT, S_IFDIR);
  refused(mkdir("d", 0755), EEXIST);
  must(rmdir("d"));
  check(!exists("d"));
  refused(rmdir("d"), ENOENT);
}

static void remove_full_directory(void) {
  must(mkdir("d", 0755));
  put("d/f", "text");
  refused(rmdir("d"), ENOTEMPTY);
  holds("d/f", "text");
  must(unlink("d/f"));
  must(rmdir("d"));
}

static void remove_wrong_kind(void) {
  must(mkdir("d", 0755));
  put("f", "text");
  refused(rmdir("f"), ENOTDIR);
  refused(unlink("d"), EISDIR);
  refused(mkdir("f", 0755), EEXIST);
  refused(mkdir("absent/d", 0755), ENOENT);
}

/* Both are listed, once each, and walk to where they should. */
static void dots(void) {
  int one = 0, two = 0;
  struct stat here, up;
  must(mkdir("d", 0755));
  DIR *directory = must_open_directory("d");
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0) one++;
    else if (strcmp(entry->d_name, "..") == 0) two++;
    else fail("'%s' is listed in an empty directory", entry->d_name);
  }
  same(one, 1);
  same(two, 1);
  must(stat(".", &here));
  must(stat("d/..", &up));
  same(here.st_ino, up.st_ino);
}

static void many_entries(void) {
  static bool seen[MANY];
  make_many();
  DIR *directory = must_open_directory(".");
  for (struct dirent *entry; (entry = next(directory));) {
    see(seen, entry);
    if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) fail("d_type of a file is %d", entry->d_type);
  }
  all_seen(seen);
  rewinddir(directory);
  memset(seen, 0, sizeof seen);
  /* What is removed after it was listed makes no other entry be left out or come again. */
  for (struct dirent *entry; (entry = next(directory));) {
    see(seen, entry);
    must(unlink(entry->d_name));
  }
  all_seen(seen);
  must(closedir(directory));
  must(chdir(".."));
  same(count("d"), 0);
  must(rmdir("d"));
}

/* What was there all the time is listed once, whatever comes meanwhile. */
static void entries_made_while_reading(void) {
  enum { OLD = 100, NEW = 20 };
  bool seen[MANY] = {0};
  int made = 0;
  for (int i = 0; i < OLD; i++) put(name_of(i), "");
  DIR *directory = must_open_directory(".");
  for (struct dirent *entry; (entry = next(directory));) {
    see(seen, entry);
    if (made < NEW) put(name_of(OLD + made++), "");
  }
  for (int i = 0; i < OLD; i++)
    if (!seen[i]) fail("entry %d is not listed", i);
  must(closedir(directory));
  same(count("."), OLD + NEW);
}

static void two_readers(void) {
  static bool seen_one[MANY];
  enum { FEW = 50 };
  for (int i = 0; i < FEW; i++) put(name_of(i), "");
  DIR *one = must_open_directory("."), *two = must_open_directory(".");
  for (int i = 0; i < FEW; i++) {
    struct dirent *entry = next(one);
    check(entry);
    see(seen_one, entry);
    check(next(two));
  }
  check(!next(one));
  check(!next(two));
}

/* From each place that telldir gave, the list goes on as it did. */
static void seek_directory(void) {
  enum { FEW = 40 };
  char names[FEW][NAME_LENGTH + 1];
  long places[FEW];
  for (int i = 0; i < FEW; i++) put(name_of(i), "");
  DIR *directory = must_open_directory(".");
  for (int i = 0; i < FEW; i++) {
    places[i] = telldir(directory);
    strcpy(names[i], next(directory)->d_name);
  }
  check(!next(directory));
  for (int i = FEW - 1; i >= 0; i -= 7) {
    seekdir(directory, places[i]);
    struct dirent *entry = next(directory);
    check(entry);
    if (strcmp(entry->d_name, names[i]) != 0) fail("after seekdir comes '%.12s', not '%.12s'", entry->d_name, names[i]);
  }
}

static void rewind_sees_new_entries(void) {
  int after = 0;
  put("a", "");
  DIR *directory = must_open_directory(".");
  while (next(directory)) continue;
  put("b", "");
  rewinddir(directory);
  while (next(directory)) after++;
  same(after, 2);
}

static void open_for_writing(void) {
  must(mkdir("d", 0755));
  refused(open("d", O_WRONLY), EISDIR);
  refused(open("d", O_RDWR), EISDIR);
  refused(open("d", O_WRONLY | O_TRUNC), EISDIR);
}

static void relative_to_open_directory(void) {
  must(mkdir("d", 0755));
  int directory = must(open("d", O_RDONLY | O_DIRECTORY));
  int fd = must(openat(directory, "f", O_WRONLY | O_CREAT, 0644));
  write_all(fd, "text", 4);
  must(close(fd));
  holds("d/f", "text");
  must(rename("d", "e"));
  must(mkdirat(directory, "sub", 0755));
  check(exists("e/sub"));
  must(unlinkat(directory, "f", 0));
  must(unlinkat(directory, "sub", AT_REMOVEDIR));
  must(rmdir("e"));
}

enum { LEVELS = 40 };

static void read_deep_file(void *path) {
  become_ordinary_user();
  holds(path, "deep");
}

/* Another user has no fids yet: the client walks the whole path, in steps of at most 16 names. */
static void deep_path(void) {
  char here[1024], path[1024 + 64] = "";
  for (int i = 0; i < LEVELS; i++) {
    must(mkdir("d", 0755));
    must(chdir("d"));
  }
  put("f", "deep");
  check(getcwd(here, sizeof here));
  snprintf(path, sizeof path, "%s/f", here);
  in_child(read_deep_file, path);
  for (int i = 0; i < LEVELS; i++) must(chdir(".."));
  check(exists("d/d/d/d"));
}

/*
 * The client's limits. Dot and dot-dot are listed if the server lists them: in 9P2000.L it has to, in the others it has
 * not. A place in a directory is a cookie in 9P2000.L; in the others it is a byte offset at which nobody may begin to
 * read, and v9fs asks for it all the same.
 */
const struct test directory_tests[] = {
    {"mkdir and rmdir", EVERYWHERE, make_and_remove},
    {"rmdir of a full directory", EVERYWHERE, remove_full_directory},
    {"rmdir of a file, unlink of a directory", EVERYWHERE, remove_wrong_kind},
    {"dot and dot-dot", DOTL, dots},
    {"2000 entries", EVERYWHERE, many_entries},
    {"entries made while reading", EVERYWHERE, entries_made_while_reading},
    {"two readers of a directory", EVERYWHERE, two_readers},
    {"seekdir and telldir", DOTL, seek_directory},
    {"rewinddir", EVERYWHERE, rewind_sees_new_entries},
    {"open a directory for writing", EVERYWHERE, open_for_writing},
    {"relative to an open directory", EVERYWHERE, relative_to_open_directory},
    {"deep path of another user", EVERYWHERE, deep_path},
    {0},
};
