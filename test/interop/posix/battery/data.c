/* What is in files: reading and writing at places, sizes, holes, copies. */
#include "battery.h"
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

enum { MIB = 1 << 20 };

static unsigned char *buffer_of(size_t length) {
  unsigned char *buffer = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(buffer != MAP_FAILED);
  return buffer;
}

CHECK("data - every length and place around the sizes of pages and messages") {
  static const size_t places[] = {0, 1, 511, 4095, 4096, 4097, 65535, 65536, 131071, 131072, 1048575, 1048577};
  const size_t count = sizeof places / sizeof *places;
  unsigned char *whole = buffer_of(3 * MIB), *in = buffer_of(3 * MIB);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  for (size_t i = 0; i < count; i++)
    for (size_t j = 1; j < count; j++) {
      pattern(whole + places[i], places[j], places[i], i * count + j);
      pwrite_all(fd, whole + places[i], places[j], places[i]);
    }
  size_t length = places[count - 1] * 2;
  same(size_of("f"), length);
  same(pread_all(fd, in, 3 * MIB, 0), length);
  must_match(in, whole, length, 0);
  must(close(fd));
  fd = must(open("f", O_RDONLY));
  for (size_t i = 0; i < count; i++) {
    same(pread_all(fd, in, 70000, places[i]), 70000);
    must_match(in, whole + places[i], 70000, places[i]);
  }
}

CHECK("data - a file is read to its end, and no further") {
  char text[16];
  put("f", "text");
  int fd = must(open("f", O_RDONLY));
  same(pread(fd, text, sizeof text, 0), 4);
  same(pread(fd, text, sizeof text, 3), 1);
  same(pread(fd, text, sizeof text, 4), 0);
  same(pread(fd, text, sizeof text, (off_t)1 << 40), 0);
  same(read(fd, text, 0), 0);
}

CHECK("data - the place of an open file moves with read and write, and with dup") {
  char text[8];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644)), twin = must(dup(fd));
  write_all(fd, "0123456789", 10);
  same(lseek(twin, 0, SEEK_CUR), 10);
  same(lseek(fd, -4, SEEK_END), 6);
  same(read(twin, text, 2), 2);
  same(lseek(fd, 1, SEEK_CUR), 9);
  same(pread(fd, text, 3, 0), 3);
  same(lseek(fd, 0, SEEK_CUR), 9);
  refused(lseek(fd, -1, SEEK_SET), EINVAL);
  same(lseek(fd, 100, SEEK_SET), 100);
  same(size_of("f"), 10);
}

CHECK("data - readv, writev, preadv, pwritev") {
  char a[3], b[4], c[5];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  same(writev(fd, (struct iovec[]){{"one", 3}, {"", 0}, {"two", 3}, {"three", 5}}, 4), 11);
  same(preadv(fd, (struct iovec[]){{a, 3}, {b, 4}, {c, 5}}, 3, 0), 11);
  check(memcmp(a, "one", 3) == 0 && memcmp(b, "twot", 4) == 0 && memcmp(c, "hree", 4) == 0);
  same(pwritev(fd, (struct iovec[]){{"O", 1}, {"N", 1}}, 2, 0), 2);
  must(lseek(fd, 0, SEEK_SET));
  same(readv(fd, (struct iovec[]){{a, 3}}, 1), 3);
  check(memcmp(a, "ONe", 3) == 0);
}

CHECK("data - what one descriptor writes another reads at once") {
  char text[8];
  int one = must(open("f", O_RDWR | O_CREAT, 0644)), two = must(open("f", O_RDWR));
  for (int i = 0; i < 50; i++) {
    snprintf(text, sizeof text, "%07d", i);
    must(pwrite(one, text, 7, i * 7));
    char in[8] = "";
    same(pread(two, in, 7, i * 7), 7);
    check(strcmp(text, in) == 0);
    struct stat s;
    must(fstat(two, &s));
    same(s.st_size, (i + 1) * 7);
  }
}

CHECK("truncate - shorter, longer, with zeroes") {
  char in[16];
  put("f", "0123456789");
  must(truncate("f", 4));
  holds("f", "0123");
  must(truncate("f", 8));
  int fd = must(open("f", O_RDWR));
  same(pread(fd, in, sizeof in, 0), 8);
  check(memcmp(in, "0123\0\0\0\0", 8) == 0);
  must(ftruncate(fd, 2)), must(ftruncate(fd, 6));
  same(pread(fd, in, sizeof in, 0), 6);
  check(memcmp(in, "01\0\0\0\0", 6) == 0);
  must(truncate("f", 0));
  same(size_of("f"), 0);
  refused(truncate("f", -1), EINVAL);
  must(mkdir("d", 0755));
  refused(truncate("d", 0), EISDIR);
}

CHECK("truncate - across pages, what was there does not come back") {
  unsigned char *out = buffer_of(3 * 4096), *in = buffer_of(3 * 4096), *zeroes = buffer_of(3 * 4096);
  pattern(out, 3 * 4096, 0, 1);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pwrite_all(fd, out, 3 * 4096, 0);
  must(ftruncate(fd, 5000));
  must(ftruncate(fd, 3 * 4096));
  same(pread_all(fd, in, 3 * 4096, 0), 3 * 4096);
  must_match(in, out, 5000, 0);
  must_match(in + 5000, zeroes, 3 * 4096 - 5000, 5000);
  must(ftruncate(fd, 100));
  must(pwrite(fd, "end", 3, 9000));
  same(pread_all(fd, in, 3 * 4096, 0), 9003);
  must_match(in + 100, zeroes, 8900, 100);
}

CHECK("truncate - an open file sees it, at its own place") {
  char in[8] = "";
  put("f", "0123456789");
  int fd = must(open("f", O_RDWR));
  must(lseek(fd, 8, SEEK_SET));
  must(truncate("f", 4));
  same(read(fd, in, 8), 0);
  write_all(fd, "x", 1);
  same(size_of("f"), 9);
  same(pread(fd, in, 8, 4), 5);
  check(memcmp(in, "\0\0\0\0x", 5) == 0);
}

CHECK("data - beyond 4 GiB") {
  const off_t far = ((off_t)5 << 30) + 123;
  char in[8];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(pwrite(fd, "far", 3, far));
  same(size_of("f"), far + 3);
  same(pread(fd, in, 8, far), 3);
  check(memcmp(in, "far", 3) == 0);
  same(pread(fd, in, 8, 4294967295), 8);
  check(memcmp(in, "\0\0\0\0\0\0\0", 8) == 0);
  must(ftruncate(fd, (off_t)1 << 42));
  same(size_of("f"), (off_t)1 << 42);
  must(ftruncate(fd, far + 1));
  same(pread(fd, in, 8, far), 1);
}

CHECK("data - a sparse file takes up less than its size") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(pwrite(fd, "end", 3, 64 << 20));
  struct stat s = look("f");
  check(s.st_blocks * 512 < 32 << 20);
  must(ftruncate(fd, 0));
  pwrite_all(fd, buffer_of(MIB), MIB, 0);
  must(fsync(fd));
  check(look("f").st_blocks * 512 >= MIB / 2);
}

CHECK("lseek - SEEK_DATA and SEEK_HOLE") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(pwrite(fd, "data", 4, 4 << 20));
  must(ftruncate(fd, 8 << 20));
  must(fsync(fd));
  off_t data = must(lseek(fd, 0, SEEK_DATA));
  check(data <= 4 << 20); /* a file system may have larger blocks, or say that all is data */
  off_t hole = must(lseek(fd, 4 << 20, SEEK_HOLE));
  check(hole > 4 << 20 && hole <= 8 << 20);
  refused(lseek(fd, 8 << 20, SEEK_DATA), ENXIO);
  refused(lseek(fd, 9 << 20, SEEK_HOLE), ENXIO);
}

CHECK("fallocate - makes room, and grows the file unless told not to") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10000));
  same(size_of("f"), 0);
  must(fallocate(fd, 0, 5000, 5000));
  same(size_of("f"), 10000);
  must(pwrite(fd, "text", 4, 0));
  must(posix_fallocate(fd, 0, 4) == 0 ? 0 : -1);
  char in[5];
  same(pread(fd, in, 5, 0), 5);
  check(memcmp(in, "text", 5) == 0);
  refused(fallocate(fd, 0, 0, 0), EINVAL);
  refused(fallocate(must(open("f", O_RDONLY)), 0, 0, 1), EBADF);
}

CHECK("fallocate - punches holes and writes zeroes, or says that it cannot") {
  unsigned char *out = buffer_of(3 * 4096), *in = buffer_of(3 * 4096), *zeroes = buffer_of(4096);
  memset(out, 'x', 3 * 4096);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  const int modes[] = {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE};
  for (int i = 0; i < 2; i++) {
    pwrite_all(fd, out, 3 * 4096, 0);
    bool done = fallocate(fd, modes[i], 4096, 4096) == 0;
    if (!done) check(errno == EOPNOTSUPP);
    same(pread_all(fd, in, 3 * 4096, 0), 3 * 4096);
    must_match(in, out, 4096, 0);
    must_match(in + 4096, done ? zeroes : out, 4096, 4096);
    must_match(in + 8192, out, 4096, 8192);
  }
}

CHECK("copy - sendfile, splice and copy_file_range") {
  unsigned char *out = buffer_of(MIB), *in = buffer_of(MIB);
  pattern(out, MIB, 0, 2);
  int from = must(open("from", O_RDWR | O_CREAT, 0644)), to = must(open("to", O_RDWR | O_CREAT, 0644));
  pwrite_all(from, out, MIB, 0);
  off_t offset = 0;
  for (size_t done = 0; done < MIB;) done += must(sendfile(to, from, &offset, MIB - done));
  same(pread_all(to, in, MIB, 0), MIB);
  must_match(in, out, MIB, 0);
  int third = must(open("third", O_RDWR | O_CREAT, 0644));
  loff_t source = 0, place = 0;
  while (source < MIB) check(must(copy_file_range(from, &source, third, &place, MIB - source, 0)) > 0);
  memset(in, 0, MIB);
  same(pread_all(third, in, MIB, 0), MIB);
  must_match(in, out, MIB, 0);
  int ends[2];
  must(pipe(ends));
  source = 10, place = 0;
  same(splice(from, &source, ends[1], NULL, 5000, 0), 5000);
  must(ftruncate(third, 0));
  for (int done = 0; done < 5000;) done += must(splice(ends[0], NULL, third, &place, 5000 - done, 0));
  same(pread_all(third, in, MIB, 0), 5000);
  must_match(in, out + 10, 5000, 10);
}

CHECK("O_DIRECT - aligned blocks, beside buffered reads and writes") {
  int fd = open("f", O_RDWR | O_CREAT | O_DIRECT, 0644);
  if (fd == -1) {
    same(errno, EINVAL); /* open(2): a file system without it */
    return;
  }
  unsigned char *out = buffer_of(65536), *in = buffer_of(65536);
  pattern(out, 65536, 0, 3);
  same(pwrite(fd, out, 65536, 0), 65536);
  int buffered = must(open("f", O_RDWR));
  same(pread_all(buffered, in, 65536, 0), 65536);
  must_match(in, out, 65536, 0);
  memset(out + 4096, 'b', 4096);
  pwrite_all(buffered, out + 4096, 4096, 4096);
  must(fsync(buffered));
  same(pread(fd, in, 65536, 0), 65536);
  must_match(in, out, 65536, 0);
  memset(out + 8192, 'd', 4096);
  same(pwrite(fd, out + 8192, 4096, 8192), 4096);
  same(pread_all(buffered, in, 65536, 0), 65536);
  must_match(in, out, 65536, 0);
  same(pread(fd, in, 65536, 65536), 0);
}

CHECK("data - one file of 40 MiB, out of order, and its copy") {
  enum { LENGTH = 40 * MIB, PIECE = 300007 };
  unsigned char *out = buffer_of(LENGTH), *in = buffer_of(LENGTH);
  pattern(out, LENGTH, 0, 4);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  for (size_t first = 0; first < 3; first++)
    for (size_t at = first * PIECE; at < LENGTH; at += 3 * PIECE)
      pwrite_all(fd, out + at, LENGTH - at < PIECE ? LENGTH - at : PIECE, at);
  must(fsync(fd));
  must(close(fd));
  fd = must(open("f", O_RDONLY));
  same(pread_all(fd, in, LENGTH, 0), LENGTH);
  must_match(in, out, LENGTH, 0);
}

CHECK("ioctl - FIONREAD of a file, and an unknown one is ENOTTY") {
  int there = 0;
  put("f", "text");
  int fd = must(open("f", O_RDONLY));
  must(ioctl(fd, FIONREAD, &there));
  same(there, 4);
  refused(ioctl(fd, TIOCGWINSZ, &there), ENOTTY);
}
