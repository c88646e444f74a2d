/*
 * Extended attributes: Linux asks for them in 9P2000.L alone.
 *
 * v9fs removes one by Txattrcreate with size 0 and the flag XATTR_REPLACE. With size 0 and any other flag, it sets an
 * empty one.
 */
#include "battery.h"
#include <sys/xattr.h>

static void set_and_get(void) {
  char value[32];
  put("f", "text");
  must(setxattr("f", "user.color", "blue", 4, 0));
  same(getxattr("f", "user.color", value, sizeof value), 4);
  check(memcmp(value, "blue", 4) == 0);
  same(getxattr("f", "user.color", NULL, 0), 4);
  must(setxattr("f", "user.color", "dark\0red", 8, 0));
  same(getxattr("f", "user.color", value, sizeof value), 8);
  check(memcmp(value, "dark\0red", 8) == 0);
  refused(getxattr("f", "user.color", value, 3), ERANGE);
  holds("f", "text");
}

static void absent(void) {
  char value[32];
  put("f", "text");
  refused(getxattr("f", "user.absent", value, sizeof value), ENODATA);
  refused(removexattr("f", "user.absent"), ENODATA);
}

static void list_and_remove(void) {
  char names[256];
  put("f", "text");
  must(setxattr("f", "user.one", "1", 1, 0));
  must(setxattr("f", "user.two", "2", 1, 0));
  long length = must(listxattr("f", names, sizeof names));
  check(memmem(names, length, "user.one", sizeof "user.one"));
  check(memmem(names, length, "user.two", sizeof "user.two"));
  same(listxattr("f", NULL, 0), length);
  must(removexattr("f", "user.one"));
  length = must(listxattr("f", names, sizeof names));
  check(!memmem(names, length, "user.one", sizeof "user.one"));
  check(memmem(names, length, "user.two", sizeof "user.two"));
}

static void create_and_replace(void) {
  put("f", "text");
  refused(setxattr("f", "user.a", "1", 1, XATTR_REPLACE), ENODATA);
  must(setxattr("f", "user.a", "1", 1, XATTR_CREATE));
  refused(setxattr("f", "user.a", "2", 1, XATTR_CREATE), EEXIST);
  must(setxattr("f", "user.a", "3", 1, XATTR_REPLACE));
  char value[4];
  same(getxattr("f", "user.a", value, sizeof value), 1);
  same(value[0], '3');
}

static void large_value(void) {
  enum { SIZE = 3000 };
  unsigned char out[SIZE], in[SIZE];
  put("f", "text");
  pattern(out, SIZE, 0, 3);
  must(setxattr("f", "user.large", out, SIZE, 0));
  same(getxattr("f", "user.large", in, SIZE), SIZE);
  must_match(in, out, SIZE, 0);
}

static void empty_value(void) {
  char value[4];
  put("f", "text");
  must(setxattr("f", "user.empty", "", 0, 0));
  same(getxattr("f", "user.empty", value, sizeof value), 0);
}

static void on_directory_and_open_file(void) {
  char value[8];
  must(mkdir("d", 0755));
  must(setxattr("d", "user.a", "dir", 3, 0));
  same(getxattr("d", "user.a", value, sizeof value), 3);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(fsetxattr(fd, "user.a", "file", 4, 0));
  same(fgetxattr(fd, "user.a", value, sizeof value), 4);
  must(rename("f", "g"));
  same(getxattr("g", "user.a", value, sizeof value), 4);
}

const struct test xattr_tests[] = {
    {"xattr set and get", DOTL, set_and_get},
    {"xattr that is absent", DOTL, absent},
    {"xattr list and remove", DOTL, list_and_remove},
    {"xattr create and replace", DOTL, create_and_replace},
    {"xattr of 3000 bytes", DOTL, large_value},
    {"xattr without bytes", DOTL, empty_value},
    {"xattr of a directory and of an open file", DOTL, on_directory_and_open_file},
    {0},
};
