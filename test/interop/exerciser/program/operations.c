/* What can be done to names, and to what is open. */
#include "names.h"
#include <dirent.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static const char *first(const struct side *side, const struct task *t) {
  return path_in(side, t->path);
}

static long create(struct side *side, const struct task *t) {
  static const int ways[] = {O_CREAT, O_CREAT | O_EXCL, O_CREAT | O_TRUNC, O_CREAT | O_APPEND, O_TRUNC, 0};
  int way = ways[t->flags % 6], access = t->flags & 64 ? O_RDWR : t->flags & 128 ? O_WRONLY : O_RDONLY;
  int fd = open(first(side, t), way | access | O_NONBLOCK | (t->flags & 256 ? O_NOFOLLOW : 0), t->mode);
  if (fd == -1) return -1;
  /* An open FIFO is the kernel's own: whoever serves the file system does not know that it is open. */
  if (t->flags & 512 || fcntl(fd, F_GETPIPE_SZ) != -1) return close(fd);
  if (side->files[t->slot] != -1) close(side->files[t->slot]);
  side->files[t->slot] = fd;
  return 0;
}

static long make_directory(struct side *side, const struct task *t) {
  return mkdir(first(side, t), t->mode | (t->flags & 7 ? 0700 : 0));
}

static long make_special(struct side *side, const struct task *t) {
  return mknod(first(side, t), t->mode | (t->flags & 1 ? S_IFIFO : t->flags & 2 ? S_IFSOCK : S_IFREG), 0);
}

static long rename_one(struct side *side, const struct task *t) {
  char from[2 * NAME_ROOM];
  snprintf(from, sizeof from, "%s", first(side, t));
  return renameat2(AT_FDCWD, from, AT_FDCWD, path_in(side, t->other), t->flags & 3 ? 0 : RENAME_NOREPLACE);
}

static long rename_in_directories(struct side *side, const struct task *t) {
  return renameat(side->directories[t->directory], t->name, side->directories[t->slot % DIRECTORIES], t->other);
}

static long link_one(struct side *side, const struct task *t) {
  char from[2 * NAME_ROOM];
  snprintf(from, sizeof from, "%s", first(side, t));
  return linkat(AT_FDCWD, from, AT_FDCWD, path_in(side, t->other), t->flags & 1 ? AT_SYMLINK_FOLLOW : 0);
}

/* A target with `..` could lead out of the tree, by way of another link. */
static long link_symbolically(struct side *side, const struct task *t) {
  return symlink(strstr(t->other, "/..") ? t->name : t->other, first(side, t));
}

static long read_link(struct side *side, const struct task *t) {
  char text[NAME_ROOM];
  long n = readlink(first(side, t), text, t->flags & 1 ? 3 : sizeof text);
  if (n >= 0) show(side, "%.*s", (int)n, text);
  return n;
}

static long remove_file(struct side *side, const struct task *t) {
  return unlink(first(side, t));
}

static long remove_directory(struct side *side, const struct task *t) {
  return rmdir(first(side, t));
}

static long change_mode(struct side *side, const struct task *t) {
  return chmod(first(side, t), t->flags & 7 ? t->mode | 0700 : t->mode);
}

static long change_owner(struct side *side, const struct task *t) {
  unsigned id = t->mode & 3;
  return lchown(first(side, t), t->flags & 1 ? -1u : id, (t->flags & 3) == 2 ? -1u : id);
}

static struct timespec time_of(const struct task *t, unsigned bits) {
  long nanoseconds = bits & 1 ? t->nanoseconds : bits & 2 ? UTIME_OMIT : bits & 4 ? UTIME_NOW : 0;
  return (struct timespec){t->seconds, nanoseconds};
}

static long change_times(struct side *side, const struct task *t) {
  struct timespec times[2] = {time_of(t, t->flags >> 4), time_of(t, t->flags)};
  return utimensat(AT_FDCWD, first(side, t), times, t->flags & 1024 ? AT_SYMLINK_NOFOLLOW : 0);
}

static long resize(struct side *side, const struct task *t) {
  return truncate(first(side, t), t->size);
}

/* What goes through a FIFO, a file system does not see. */
static long show_attributes(struct side *side, const struct stat *a) {
  show(side, "mode %o, %u links, of %u %u", a->st_mode, (unsigned)a->st_nlink, a->st_uid, a->st_gid);
  if (!S_ISDIR(a->st_mode)) show(side, ", %lld bytes", (long long)a->st_size);
  if (a->st_mtime < 1000000000 && !S_ISFIFO(a->st_mode)) show(side, ", changed at %lld.%09ld", (long long)a->st_mtime, a->st_mtim.tv_nsec);
  return 0;
}

static long look(struct side *side, const struct task *t) {
  struct stat attributes;
  if (fstatat(AT_FDCWD, first(side, t), &attributes, t->flags & 1 ? AT_SYMLINK_NOFOLLOW : 0) != 0) return -1;
  return show_attributes(side, &attributes);
}

static long ask_access(struct side *side, const struct task *t) {
  return access(first(side, t), t->flags & 7);
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_sorted(struct side *side, char **names, size_t count) {
  qsort(names, count, sizeof *names, by_text);
  for (size_t i = 0; i < count; i++) show(side, "%s ", names[i]);
}

static long list_descriptor(struct side *side, int fd) {
  DIR *directory = fd == -1 ? NULL : fdopendir(fd);
  if (!directory) {
    int number = errno;
    if (fd != -1) close(fd);
    errno = number;
    return -1;
  }
  char *names[720], room[720][270];
  size_t count = 0;
  errno = 0;
  for (struct dirent *entry; count < 720 && (entry = readdir(directory)); count++) {
    snprintf(room[count], sizeof *room, "%s:%d", entry->d_name, entry->d_type);
    names[count] = room[count];
  }
  int number = errno;
  closedir(directory);
  show_sorted(side, names, count);
  errno = number;
  return number ? -1 : (long)count;
}

static long list_directory(struct side *side, const struct task *t) {
  return list_descriptor(side, open(first(side, t), O_RDONLY | O_DIRECTORY | O_NONBLOCK));
}

/* One that was removed cannot be opened over FUSE. */
static long list_held(struct side *side, const struct task *t) {
  struct stat attributes;
  if (fstat(side->directories[t->directory], &attributes) == 0 && attributes.st_nlink == 0) return 0;
  return list_descriptor(side, openat(side->directories[t->directory], ".", O_RDONLY | O_DIRECTORY));
}

/* A directory of several pages: listed, and emptied while it is listed, in two goes. */
static long make_many(struct side *side, const struct task *t) {
  char name[40];
  if (mkdir(first(side, t), 0700) != 0) return -1;
  int directory = open(first(side, t), O_RDONLY | O_DIRECTORY);
  long left = t->size % 700;
  for (long i = 0; i < left; i++) {
    snprintf(name, sizeof name, "%ld-%.*s", i, (int)(i % 23), "a-long-name-of-a-file-in-it");
    close(openat(directory, name, O_WRONLY | O_CREAT, 0600));
  }
  long listed = list_descriptor(side, openat(directory, ".", O_RDONLY | O_DIRECTORY));
  DIR *entries = fdopendir(directory);
  for (int all = 0; all < 2; all++, rewinddir(entries))
    for (struct dirent *entry; (entry = readdir(entries));)
      if (*entry->d_name != '.' && (all || strlen(entry->d_name) % 2)) left -= unlinkat(directory, entry->d_name, 0) == 0;
  closedir(entries);
  show(side, "%ld left", left);
  return rmdir(first(side, t)) == 0 ? listed : -1;
}

static const char *attribute(const struct task *t) {
  static const char *const names[] = {"user.a", "user.bb", "user.a.b", "user.c", "user.", "odd.d"};
  return names[t->flags / 8 % 6];
}

static long set_attribute(struct side *side, const struct task *t) {
  static const int sizes[] = {0, 1, 20, 1000, 3000};
  unsigned char value[3000];
  int way = t->flags & 64 ? 0 : t->flags & 128 ? XATTR_CREATE : XATTR_REPLACE;
  pattern(value, sizeof value, 0, t->seed);
  return setxattr(first(side, t), attribute(t), value, sizes[t->seed % 5], way);
}

static long get_attribute(struct side *side, const struct task *t) {
  unsigned char value[3000];
  long n = getxattr(first(side, t), attribute(t), value, t->flags & 64 ? sizeof value : t->flags & 128 ? 0 : 5);
  if (n > 0 && t->flags & 64)
    for (long i = 0; i < n; i += 100) show(side, "%02x", value[i]);
  return n;
}

static long list_attributes(struct side *side, const struct task *t) {
  char room[4096], *names[100];
  long length = listxattr(first(side, t), room, sizeof room);
  size_t count = 0;
  for (char *name = room; length > 0 && name < room + length; name += strlen(name) + 1)
    if (strncmp(name, "user.", 5) == 0) names[count++] = name;
  show_sorted(side, names, count);
  return length < 0 ? -1 : (long)count;
}

static long remove_attribute(struct side *side, const struct task *t) {
  return removexattr(first(side, t), attribute(t));
}

static int file(const struct side *side, const struct task *t) {
  return side->files[t->slot];
}

static long write_open(struct side *side, const struct task *t) {
  unsigned char bytes[20000];
  pattern(bytes, sizeof bytes, 0, t->seed);
  return pwrite(file(side, t), bytes, t->size % sizeof bytes, t->at);
}

static long read_open(struct side *side, const struct task *t) {
  unsigned char bytes[20000];
  long n = pread(file(side, t), bytes, t->size % sizeof bytes, t->at);
  for (long i = 0; i < n; i += 100) show(side, "%02x", bytes[i]);
  return n;
}

static long look_open(struct side *side, const struct task *t) {
  struct stat attributes;
  if (fstat(file(side, t), &attributes) != 0) return -1;
  return show_attributes(side, &attributes);
}

static long resize_open(struct side *side, const struct task *t) {
  return ftruncate(file(side, t), t->size);
}

static long change_mode_open(struct side *side, const struct task *t) {
  return fchmod(file(side, t), t->mode);
}

static long change_times_open(struct side *side, const struct task *t) {
  struct timespec times[2] = {time_of(t, t->flags >> 4), time_of(t, t->flags)};
  return futimens(file(side, t), times);
}

static long set_attribute_open(struct side *side, const struct task *t) {
  return fsetxattr(file(side, t), attribute(t), "value", t->seed % 6, 0);
}

static long synchronize(struct side *side, const struct task *t) {
  return fsync(file(side, t));
}

static long close_open(struct side *side, const struct task *t) {
  if (file(side, t) == -1) return 0;
  long result = close(file(side, t));
  side->files[t->slot] = -1;
  return result;
}

static long hold_directory(struct side *side, const struct task *t) {
  int fd = open(first(side, t), O_RDONLY | O_DIRECTORY | (t->flags & 1 ? O_PATH : 0));
  if (fd == -1) return -1;
  if (side->directories[t->directory] != -1) close(side->directories[t->directory]);
  side->directories[t->directory] = fd;
  return 0;
}

static long look_in_directory(struct side *side, const struct task *t) {
  struct stat attributes;
  const char *name = t->flags & 1 ? t->name : ".";
  if (fstatat(side->directories[t->directory], name, &attributes, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  return show_attributes(side, &attributes);
}

static long make_in_directory(struct side *side, const struct task *t) {
  if (t->flags & 1) return mkdirat(side->directories[t->directory], t->name, 0755);
  int fd = openat(side->directories[t->directory], t->name, O_RDWR | O_CREAT | O_NONBLOCK, t->mode | 0600);
  if (fd == -1) return -1;
  long n = write(fd, t->name, strlen(t->name));
  int number = errno;
  close(fd);
  errno = number;
  return n;
}

static long remove_in_directory(struct side *side, const struct task *t) {
  return unlinkat(side->directories[t->directory], t->name, t->flags & 1 ? AT_REMOVEDIR : 0);
}

const struct operation operations[] = {
  {14, "open", create}, {8, "mkdir", make_directory}, {2, "mknod", make_special}, {10, "rename", rename_one},
  {3, "renameat", rename_in_directories}, {5, "link", link_one}, {4, "symlink", link_symbolically},
  {2, "readlink", read_link}, {5, "unlink", remove_file}, {3, "rmdir", remove_directory}, {4, "chmod", change_mode},
  {2, "lchown", change_owner}, {4, "utimensat", change_times}, {3, "truncate", resize}, {12, "stat", look},
  {2, "access", ask_access}, {4, "readdir", list_directory}, {2, "readdir of a held one", list_held},
  {1, "a large directory", make_many},
  {3, "setxattr", set_attribute}, {3, "getxattr", get_attribute}, {2, "listxattr", list_attributes},
  {1, "removexattr", remove_attribute}, {6, "pwrite", write_open}, {6, "pread", read_open}, {4, "fstat", look_open},
  {2, "ftruncate", resize_open}, {1, "fchmod", change_mode_open}, {1, "futimens", change_times_open},
  {1, "fsetxattr", set_attribute_open}, {1, "fsync", synchronize}, {3, "close", close_open},
  {3, "open a directory", hold_directory}, {4, "fstatat", look_in_directory}, {3, "openat, mkdirat", make_in_directory},
  {2, "unlinkat", remove_in_directory},
};
const size_t count_of_operations = sizeof operations / sizeof *operations;
