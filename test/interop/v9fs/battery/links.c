/* Hard and symbolic links. */
#include "battery.h"

static nlink_t links_of(const char *path) {
  struct stat attributes;
  must(lstat(path, &attributes));
  return attributes.st_nlink;
}

static void hard_link(void) {
  struct stat one, two;
  put("a", "text");
  same(links_of("a"), 1);
  must(link("a", "b"));
  same(links_of("a"), 2);
  same(links_of("b"), 2);
  must(stat("a", &one));
  must(stat("b", &two));
  same(one.st_ino, two.st_ino);
  put("b", "changed");
  holds("a", "changed");
  must(unlink("a"));
  same(links_of("b"), 1);
  holds("b", "changed");
}

static void hard_link_refused(void) {
  put("a", "text");
  put("b", "other");
  must(mkdir("d", 0755));
  refused(link("a", "b"), EEXIST);
  refused(link("absent", "c"), ENOENT);
  refused(link("d", "e"), EPERM);
  holds("b", "other");
}

/* POSIX: nothing happens, and both names stay. */
static void rename_onto_own_link(void) {
  put("a", "text");
  must(link("a", "b"));
  must(rename("a", "b"));
  holds("a", "text");
  holds("b", "text");
}

static void link_in_other_directory(void) {
  put("a", "text");
  must(mkdir("d", 0755));
  must(link("a", "d/b"));
  must(unlink("a"));
  holds("d/b", "text");
}

static void link_points_to(const char *link, const char *target) {
  char actual[4096];
  struct stat attributes;
  long length = must(readlink(link, actual, sizeof actual));
  same(length, strlen(target));
  check(memcmp(actual, target, length) == 0);
  must(lstat(link, &attributes));
  same(attributes.st_mode & S_IFMT, S_IFLNK);
}

static void symbolic_link(void) {
  struct stat attributes;
  must(mkdir("d", 0755));
  put("d/f", "text");
  must(symlink("d/f", "link"));
  link_points_to("link", "d/f");
  holds("link", "text");
  must(symlink("d", "way"));
  holds("way/f", "text");
  put("link", "through");
  holds("d/f", "through");
  must(stat("link", &attributes));
  same(attributes.st_mode & S_IFMT, S_IFREG);
  must(unlink("link"));
  holds("d/f", "through");
}

static void symbolic_link_size(void) {
  struct stat attributes;
  must(symlink("target", "link"));
  must(lstat("link", &attributes));
  same(attributes.st_size, strlen("target"));
}

static void dangling_link(void) {
  must(symlink("absent", "link"));
  link_points_to("link", "absent");
  refused(open("link", O_RDONLY), ENOENT);
  refused(open("link", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  put("link", "made");
  holds("absent", "made");
}

static void link_loop(void) {
  must(symlink("b", "a"));
  must(symlink("a", "b"));
  refused(open("a", O_RDONLY), ELOOP);
}

static void long_link(void) {
  char target[1001];
  memset(target, 't', sizeof target);
  target[sizeof target - 1] = 0;
  must(symlink(target, "link"));
  link_points_to("link", target);
}

/* The text of a link is its own: absolute, with dots, out of the tree, and never followed by a server. */
static void link_text_is_kept(void) {
  static const char *const targets[] = {"/etc/passwd", "../../../../..", "./a//b/", "grün 😀", 0};
  for (const char *const *target = targets; *target; target++) {
    must(symlink(*target, "link"));
    link_points_to("link", *target);
    must(unlink("link"));
  }
}

static void rename_link(void) {
  must(symlink("there", "old"));
  must(rename("old", "new"));
  check(!exists("old"));
  link_points_to("new", "there");
}

/*
 * The client's limits. 9P2000 has no links. In 9P2000.u a link is a Tcreate with DMLINK or DMSYMLINK, and the number of
 * links is known if the stat of a file has the extension "HARDLINKCOUNT n".
 */
const struct test link_tests[] = {
    {"hard link", DOTL | DOTU, hard_link},
    {"hard link refused", DOTL | DOTU, hard_link_refused},
    {"rename onto an own link", DOTL, rename_onto_own_link},
    {"hard link in another directory", DOTL | DOTU, link_in_other_directory},
    {"symbolic link", DOTL | DOTU, symbolic_link},
    {"size of a symbolic link", DOTL | DOTU, symbolic_link_size},
    {"dangling symbolic link", DOTL | DOTU, dangling_link},
    {"loop of symbolic links", DOTL | DOTU, link_loop},
    {"long symbolic link", DOTL | DOTU, long_link},
    {"text of a symbolic link", DOTL | DOTU, link_text_is_kept},
    {"rename a symbolic link", DOTL | DOTU, rename_link},
    {0},
};
