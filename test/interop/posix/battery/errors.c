/* The errors of a path that leads nowhere, for every call that takes a path. */
#include "battery.h"
#include <dirent.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

static char scratch[PATH_MAX];

static long open_to_read(const char *path) { return open(path, O_RDONLY); }
static long open_to_make(const char *path) { return open(path, O_WRONLY | O_CREAT, 0644); }
static long open_as_directory(const char *path) { return open(path, O_RDONLY | O_DIRECTORY); }
static long make_directory(const char *path) { return mkdir(path, 0755); }
static long make_fifo(const char *path) { return mkfifo(path, 0644); }
static long make_node(const char *path) { return mknod(path, S_IFREG | 0644, 0); }
static long make_symlink(const char *path) { return symlink("x", path); }
static long link_from(const char *path) { return link(path, "new"); }
static long link_to(const char *path) { return link("file", path); }
static long rename_from(const char *path) { return rename(path, "new"); }
static long rename_to(const char *path) { return rename("file", path); }
static long remove_name(const char *path) { return unlink(path); }
static long remove_directory(const char *path) { return rmdir(path); }
static long change_directory(const char *path) { return chdir(path); }
static long read_link(const char *path) { return readlink(path, scratch, sizeof scratch); }
static long change_mode(const char *path) { return chmod(path, 0644); }
static long change_owner(const char *path) { return chown(path, -1, -1); }
static long change_link_owner(const char *path) { return lchown(path, -1, -1); }
static long change_size(const char *path) { return truncate(path, 1); }
static long change_times(const char *path) { return utimensat(AT_FDCWD, path, NULL, 0); }
static long ask_access(const char *path) { return faccessat(AT_FDCWD, path, F_OK, AT_EACCESS); }
static long ask_file_system(const char *path) { struct statvfs v; return statvfs(path, &v); }
static long ask_attributes(const char *path) { struct stat s; return stat(path, &s); }
static long ask_own_attributes(const char *path) { struct stat s; return lstat(path, &s); }
static long get_xattr(const char *path) { return getxattr(path, "user.x", scratch, 1); }
static long set_xattr(const char *path) { return setxattr(path, "user.x", "1", 1, 0); }
static long list_xattrs(const char *path) { return listxattr(path, scratch, sizeof scratch); }

/* What a call does with the last name of its path. */
enum last { FOLLOWED, NOT_FOLLOWED, MADE };

static const struct call {
  const char *name;
  long (*on)(const char *path);
  enum last last;
} calls[] = {
    {"open", open_to_read, FOLLOWED},
    {"open O_CREAT", open_to_make, FOLLOWED},
    {"open O_DIRECTORY", open_as_directory, FOLLOWED},
    {"mkdir", make_directory, MADE},
    {"mkfifo", make_fifo, MADE},
    {"mknod", make_node, MADE},
    {"symlink", make_symlink, MADE},
    {"link from", link_from, NOT_FOLLOWED},
    {"link to", link_to, MADE},
    {"rename from", rename_from, NOT_FOLLOWED},
    {"rename to", rename_to, NOT_FOLLOWED},
    {"unlink", remove_name, NOT_FOLLOWED},
    {"rmdir", remove_directory, NOT_FOLLOWED},
    {"readlink", read_link, NOT_FOLLOWED},
    {"chdir", change_directory, FOLLOWED},
    {"chmod", change_mode, FOLLOWED},
    {"chown", change_owner, FOLLOWED},
    {"lchown", change_link_owner, NOT_FOLLOWED},
    {"truncate", change_size, FOLLOWED},
    {"utimensat", change_times, FOLLOWED},
    {"access", ask_access, FOLLOWED},
    {"stat", ask_attributes, FOLLOWED},
    {"lstat", ask_own_attributes, NOT_FOLLOWED},
    {"statvfs", ask_file_system, FOLLOWED},
    {"getxattr", get_xattr, FOLLOWED},
    {"setxattr", set_xattr, FOLLOWED},
    {"listxattr", list_xattrs, FOLLOWED},
};

static void leads_nowhere(const struct call *call, const char *path, int due) {
  put("file", "text");
  long result = call->on(path);
  int number = errno;
  if (result != -1) fail("succeeds, where %s is due", strerrorname_np(due));
  if (number != due) fail("%s, where %s is due", strerror(number), strerrorname_np(due));
  holds("file", "text");
}

static void through_what_is_absent(const void *call) {
  leads_nowhere(call, "absent/x", ENOENT);
}

static void through_a_file(const void *call) {
  leads_nowhere(call, "file/x", ENOTDIR);
}

static void through_a_ring(const void *call) {
  must(symlink("ring-b", "ring-a")), must(symlink("ring-a", "ring-b"));
  leads_nowhere(call, "ring-a/x", ELOOP);
}

static void through_a_closed_directory(const void *call) {
  make_dir("closed", 0600);
  if (getuid() == 0) act_as(NOBODY, NOBODY);
  put("file", "text"); /* which the caller owns, so that it may be linked */
  leads_nowhere(call, "closed/x", EACCES);
}

static void a_long_name(const void *call) {
  leads_nowhere(call, name_of_length(NAME_MAX + 1), ENAMETOOLONG);
}

static void a_long_path(const void *call) {
  static char path[PATH_MAX + 2];
  for (size_t i = 0; i < PATH_MAX; i += 2) path[i] = '.', path[i + 1] = '/';
  path[PATH_MAX] = 'x';
  leads_nowhere(call, path, ENAMETOOLONG);
}

static void what_is_absent(const void *call) {
  leads_nowhere(call, "absent", ENOENT);
}

static void a_ring(const void *call) {
  must(symlink("ring", "ring"));
  leads_nowhere(call, "ring", ELOOP);
}

static void what_is_there(const void *call) {
  must(mkdir("there", 0755));
  leads_nowhere(call, "there", EEXIST);
  must(unlink("file"));
  must(symlink("nowhere", "link"));
  leads_nowhere(call, "link", EEXIST);
  check(!exists("nowhere"));
}

CHECKS {
  for (const struct call *call = calls; call < calls + sizeof calls / sizeof *calls; call++) {
    add_check(ANYONE, through_what_is_absent, call, "errors - %s through what is absent, ENOENT", call->name);
    add_check(ANYONE, through_a_file, call, "errors - %s through a file, ENOTDIR", call->name);
    add_check(ANYONE, through_a_ring, call, "errors - %s through a ring of links, ELOOP", call->name);
    add_check(ANYONE, through_a_closed_directory, call, "errors - %s through a closed directory, EACCES", call->name);
    add_check(ANYONE, a_long_name, call, "errors - %s of a name of 256 bytes, ENAMETOOLONG", call->name);
    add_check(ANYONE, a_long_path, call, "errors - %s of a path of PATH_MAX, ENAMETOOLONG", call->name);
    if (call->last == MADE) add_check(ANYONE, what_is_there, call, "errors - %s of what is there, EEXIST", call->name);
    else if (call->on != open_to_make && call->on != rename_to)
      add_check(ANYONE, what_is_absent, call, "errors - %s of what is absent, ENOENT", call->name);
    if (call->last == FOLLOWED) add_check(ANYONE, a_ring, call, "errors - %s of a ring of links, ELOOP", call->name);
  }
}
