/* chmod, chown, umask: who may change what, and what goes with it. */
#include "battery.h"
#include <sys/wait.h>

CHECK("chmod - all permission bits of a file") {
  make_file("f", 0600);
  for (mode_t mode = 0; mode <= 0777; mode += 073) {
    must(chmod("f", mode));
    same(look("f").st_mode, S_IFREG | mode);
  }
}

CHECK("chmod - all permission bits of a directory") {
  make_dir("d", 0700);
  for (mode_t mode = 0; mode <= 0777; mode += 073) {
    must(chmod("d", mode));
    same(look("d").st_mode, S_IFDIR | mode);
  }
}

CHECK("chmod - setuid, setgid and sticky") {
  make_file("f", 0644);
  make_dir("d", 0755);
  must(chmod("f", 04755)), same(mode_of("f"), 04755);
  must(chmod("f", 02755)), same(mode_of("f"), 02755);
  must(chmod("d", 01777)), same(mode_of("d"), 01777);
  must(chmod("d", 02775)), same(mode_of("d"), 02775);
}

CHECK("chmod - through a symbolic link, and of an open file") {
  make_file("f", 0644);
  must(symlink("f", "link"));
  must(chmod("link", 0600)), same(mode_of("f"), 0600);
  int fd = must(open("f", O_RDONLY));
  must(fchmod(fd, 0640)), same(mode_of("f"), 0640);
}

CHECK("chmod - an open file after it was unlinked") {
  struct stat attributes;
  make_file("f", 0644);
  int fd = must(open("f", O_RDWR));
  must(unlink("f"));
  must(fchmod(fd, 0600));
  must(fstat(fd, &attributes));
  same(attributes.st_mode, S_IFREG | 0600);
}

CHECK_AS_ROOT("chmod - the owner and root alone") {
  make_file("f", 0666);
  must(chown("f", SOMEBODY, SOMEBODY));
  act_as(NOBODY, NOBODY);
  refused(chmod("f", 0600), EPERM);
  act_as(SOMEBODY, SOMEBODY);
  must(chmod("f", 0600));
  act_as_root();
  must(chmod("f", 0640));
  same(mode_of("f"), 0640);
}

CHECK_AS_ROOT("chmod - no setgid for who is not in the group") {
  make_file("f", 0755);
  must(chown("f", SOMEBODY, NOBODY));
  act_as(SOMEBODY, SOMEBODY);
  must(chmod("f", 02755));
  same(mode_of("f"), 0755);
  act_in_groups(SOMEBODY, SOMEBODY, 1, (gid_t[]){NOBODY});
  must(chmod("f", 02755));
  same(mode_of("f"), 02755);
}

CHECK("umask - takes bits from files, directories and fifos") {
  umask(027);
  must(close(must(open("f", O_WRONLY | O_CREAT, 0666)))), same(mode_of("f"), 0640);
  must(mkdir("d", 0777)), same(mode_of("d"), 0750);
  must(mkfifo("p", 0777)), same(mode_of("p"), 0750);
  umask(0);
  must(close(must(open("g", O_WRONLY | O_CREAT, 0666)))), same(mode_of("g"), 0666);
  must(mkdir("e", 0777)), same(mode_of("e"), 0777);
}

CHECK("open - makes a file that its mode would not let us write") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0));
  write_all(fd, "text", 4);
  same(mode_of("f"), 0);
}

CHECK("chown - to what it is") {
  struct stat before;
  make_file("f", 0644);
  before = look("f");
  must(chown("f", -1, -1));
  must(chown("f", before.st_uid, -1));
  must(chown("f", -1, before.st_gid));
  must(fchown(must(open("f", O_RDWR)), before.st_uid, before.st_gid));
  same(look("f").st_uid, before.st_uid);
  same(look("f").st_gid, before.st_gid);
}

CHECK_AS_ROOT("chown - a file, a directory, an open file") {
  make_file("f", 0644);
  make_dir("d", 0755);
  must(chown("f", 123, 456)), same(look("f").st_uid, 123), same(look("f").st_gid, 456);
  must(chown("f", -1, 789)), same(look("f").st_uid, 123), same(look("f").st_gid, 789);
  must(chown("d", 70000, 80000)), same(look("d").st_uid, 70000), same(look("d").st_gid, 80000);
  must(fchown(must(open("f", O_RDWR)), 5, -1)), same(look("f").st_uid, 5), same(look("f").st_gid, 789);
}

CHECK_AS_ROOT("chown - follows a symbolic link, lchown does not") {
  make_file("f", 0644);
  must(symlink("f", "link"));
  must(chown("link", 123, 456));
  same(look("f").st_uid, 123), same(look("link").st_uid, 0);
  must(lchown("link", 12, 34));
  same(look("f").st_uid, 123), same(look("link").st_uid, 12), same(look("link").st_gid, 34);
}

CHECK_AS_ROOT("chown - an owner gives to his groups alone, and to nobody else") {
  make_file("f", 0644);
  must(chown("f", SOMEBODY, SOMEBODY));
  act_in_groups(SOMEBODY, SOMEBODY, 2, (gid_t[]){777, 888});
  must(chown("f", -1, 888));
  must(chown("f", SOMEBODY, 777));
  refused(chown("f", -1, 999), EPERM);
  refused(chown("f", NOBODY, -1), EPERM);
  act_as(NOBODY, NOBODY);
  refused(chown("f", -1, NOBODY), EPERM);
  refused(chown("f", NOBODY, NOBODY), EPERM);
  same(look("f").st_gid, 777);
}

CHECK_AS_ROOT("chown - takes setuid and setgid away") {
  make_file("f", 06755);
  must(chown("f", SOMEBODY, SOMEBODY));
  same(mode_of("f"), 0755);
  must(chmod("f", 06755));
  act_as(SOMEBODY, SOMEBODY);
  must(chown("f", -1, SOMEBODY));
  same(mode_of("f"), 0755);
}

CHECK_AS_ROOT("chown - leaves setgid, which without execution is a lock, and directories alone") {
  make_file("f", 02644);
  make_dir("d", 06755);
  must(chown("f", SOMEBODY, SOMEBODY)), same(mode_of("f"), 02644);
  must(chown("d", SOMEBODY, SOMEBODY)), same(mode_of("d"), 06755);
}

CHECK_AS_ROOT("write - another's write takes setuid and setgid away") {
  make_file("f", 06777);
  act_as(NOBODY, NOBODY);
  int fd = must(open("f", O_WRONLY));
  write_all(fd, "x", 1);
  must(close(fd));
  same(mode_of("f"), 0777);
}

CHECK_AS_ROOT("truncate - another's takes setuid and setgid away") {
  put("f", "text");
  must(chmod("f", 06777));
  act_as(NOBODY, NOBODY);
  must(truncate("f", 1));
  same(mode_of("f"), 0777);
  act_as_root();
  must(chmod("f", 06777));
  act_as(NOBODY, NOBODY);
  must(close(must(open("f", O_WRONLY | O_TRUNC))));
  same(mode_of("f"), 0777);
}

CHECK_AS_ROOT("write - root's own leaves setuid") {
  make_file("f", 04755);
  int fd = must(open("f", O_WRONLY));
  write_all(fd, "x", 1);
  must(close(fd));
  same(mode_of("f"), 04755);
}

CHECK_AS_ROOT("owner - what a user makes is his and his group's") {
  act_as(NOBODY, SOMEBODY);
  must(close(must(open("f", O_WRONLY | O_CREAT, 0600))));
  must(mkdir("d", 0700));
  must(symlink("f", "s"));
  must(mkfifo("p", 0600));
  must(link("f", "l"));
  const char *const names[] = {"f", "d", "s", "p", "l"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct stat attributes = look(names[i]);
    if (attributes.st_uid != NOBODY || attributes.st_gid != SOMEBODY)
      fail("%s belongs to %u:%u", names[i], attributes.st_uid, attributes.st_gid);
  }
}

CHECK_AS_ROOT("owner - a setgid directory hands its group on") {
  make_dir("d", 0777);
  must(chown("d", 0, SOMEBODY));
  must(chmod("d", 02777));
  act_as(NOBODY, NOBODY);
  must(close(must(open("d/f", O_WRONLY | O_CREAT, 0600))));
  must(mkdir("d/e", 0755));
  must(symlink("f", "d/s"));
  same(look("d/f").st_gid, SOMEBODY), same(look("d/s").st_gid, SOMEBODY);
  same(look("d/e").st_gid, SOMEBODY), same(mode_of("d/e"), 02755);
}

/* Copies a program here; an execution tells whether the file can be run. */
static void copy_program(const char *to, mode_t mode) {
  char block[65536];
  int from = must(open("/bin/true", O_RDONLY)), into = must(open(to, O_WRONLY | O_CREAT, 0700));
  for (long n; (n = must(read(from, block, sizeof block))) > 0;) write_all(into, block, n);
  must(close(into));
  must(chmod(to, mode));
}

static int status_of(const char *program) {
  int status;
  pid_t pid = must(fork());
  if (pid == 0) {
    execl(program, program, (char *)NULL);
    _exit(errno == EACCES ? 100 : 101);
  }
  must(waitpid(pid, &status, 0));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

CHECK("exec - a program that is here") {
  copy_program("program", 0755);
  same(status_of("./program"), 0);
  must(chmod("program", 0644));
  same(status_of("./program"), 100);
}

CHECK("exec - ETXTBSY while it is open for writing") {
  copy_program("program", 0755);
  int fd = must(open("program", O_WRONLY));
  refused(execl("./program", "program", (char *)NULL), ETXTBSY);
  must(close(fd));
  same(status_of("./program"), 0);
}
