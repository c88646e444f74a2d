/*
 * Messages of FUSE as a C compiler lays them out from <linux/fuse.h>: a line each, a name and the bytes in hexadecimal.
 * The numbers in them are those that golden.test.ts expects, or gives to the encoders.
 */
#include <fcntl.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static unsigned char message[4096];
static size_t length;

static void append(const void *bytes, size_t size)
{
	memcpy(message + length, bytes, size);
	length += size;
}

static void print(const char *name)
{
	printf("%s ", name);
	for (size_t i = 0; i < length; i++)
		printf("%02x", message[i]);
	printf("\n");
	length = 0;
}

static void begin(uint32_t opcode)
{
	struct fuse_in_header in = { .opcode = opcode, .unique = 0x100000002, .nodeid = 7,
				     .uid = 1000, .gid = 100, .pid = 4321 };
	length = 0;
	append(&in, sizeof in);
}

static void end(const char *name)
{
	((struct fuse_in_header *)message)->len = length;
	print(name);
}

/* A request of one struct. */
#define REQUEST(name, opcode, type, ...)                  \
	do {                                              \
		struct type body = { __VA_ARGS__ };       \
		begin(opcode);                            \
		append(&body, sizeof body);               \
		end(name);                                \
	} while (0)

/* The same, and bytes after it. */
#define REQUEST_WITH(name, opcode, tail, type, ...)       \
	do {                                              \
		struct type body = { __VA_ARGS__ };       \
		begin(opcode);                            \
		append(&body, sizeof body);               \
		append(tail, sizeof tail - 1);            \
		end(name);                                \
	} while (0)

#define NAMES(name, opcode, tail)                         \
	do {                                              \
		begin(opcode);                            \
		append(tail, sizeof tail - 1);            \
		end(name);                                \
	} while (0)

static void requests(void)
{
	struct fuse_file_lock range = { .start = 10, .end = 19, .type = F_WRLCK, .pid = 77 };
	struct fuse_file_lock whole = { .start = 0, .end = 0x7fffffffffffffff, .type = F_RDLCK, .pid = 77 };

	REQUEST("init", FUSE_INIT, fuse_init_in, .major = 7, .minor = 38, .max_readahead = 131072,
		.flags = FUSE_INIT_EXT | FUSE_BIG_WRITES, .flags2 = 1 << 4);
	NAMES("destroy", FUSE_DESTROY, "");
	NAMES("lookup", FUSE_LOOKUP, "gr\303\274n\0");
	REQUEST("forget", FUSE_FORGET, fuse_forget_in, .nlookup = 3);
	{
		struct fuse_batch_forget_in count = { .count = 2 };
		struct fuse_forget_one one[] = { { .nodeid = 8, .nlookup = 1 }, { .nodeid = 9, .nlookup = 0x100000000 } };
		begin(FUSE_BATCH_FORGET);
		append(&count, sizeof count);
		append(one, sizeof one);
		end("batch-forget");
	}
	REQUEST("getattr", FUSE_GETATTR, fuse_getattr_in, .fh = 5);
	REQUEST("getattr-open", FUSE_GETATTR, fuse_getattr_in, .getattr_flags = FUSE_GETATTR_FH, .fh = 5);
	REQUEST("setattr", FUSE_SETATTR, fuse_setattr_in,
		.valid = FATTR_MODE | FATTR_UID | FATTR_GID | FATTR_SIZE | FATTR_ATIME | FATTR_MTIME | FATTR_FH |
			 FATTR_KILL_SUIDGID,
		.fh = 5, .size = 0x1234567890, .lock_owner = 1, .atime = -2, .mtime = 1700000000, .ctime = 3,
		.atimensec = 4, .mtimensec = 999999999, .ctimensec = 6, .mode = 0106750, .uid = 8, .gid = 9);
	REQUEST("setattr-now", FUSE_SETATTR, fuse_setattr_in,
		.valid = FATTR_ATIME | FATTR_ATIME_NOW | FATTR_MTIME | FATTR_MTIME_NOW);
	NAMES("readlink", FUSE_READLINK, "");
	NAMES("symlink", FUSE_SYMLINK, "name\0target/of it\0");
	REQUEST_WITH("mknod", FUSE_MKNOD, "disk\0", fuse_mknod_in, .mode = 0060640,
		     .rdev = (0x12 & 0xff) | (259 << 8) | ((0xabc12 & ~0xff) << 12), .umask = 022);
	REQUEST_WITH("mkdir", FUSE_MKDIR, "sub\0", fuse_mkdir_in, .mode = 01755, .umask = 022);
	NAMES("unlink", FUSE_UNLINK, "old\0");
	NAMES("rmdir", FUSE_RMDIR, "sub\0");
	REQUEST_WITH("rename", FUSE_RENAME, "from\0to\0", fuse_rename_in, .newdir = 11);
	REQUEST_WITH("rename2", FUSE_RENAME2, "from\0to\0", fuse_rename2_in, .newdir = 11, .flags = 1);
	REQUEST_WITH("link", FUSE_LINK, "another\0", fuse_link_in, .oldnodeid = 12);
	REQUEST("open", FUSE_OPEN, fuse_open_in, .flags = O_RDWR | O_TRUNC, .open_flags = FUSE_OPEN_KILL_SUIDGID);
	REQUEST("opendir", FUSE_OPENDIR, fuse_open_in, .flags = O_DIRECTORY);
	REQUEST_WITH("create", FUSE_CREATE, "new\0", fuse_create_in, .flags = O_WRONLY, .mode = 0100644, .umask = 022);
	REQUEST("read", FUSE_READ, fuse_read_in, .fh = 5, .offset = 0x1f0000000 , .size = 131072,
		.read_flags = FUSE_READ_LOCKOWNER, .lock_owner = 9, .flags = O_RDWR);
	REQUEST_WITH("write", FUSE_WRITE, "content", fuse_write_in, .fh = 5, .offset = 0x1f0000000, .size = 7,
		     .write_flags = FUSE_WRITE_KILL_SUIDGID, .lock_owner = 9, .flags = O_RDWR);
	NAMES("statfs", FUSE_STATFS, "");
	REQUEST("release", FUSE_RELEASE, fuse_release_in, .fh = 5, .flags = O_RDWR, .lock_owner = 0xfedcba9876543210);
	REQUEST("release-flock", FUSE_RELEASE, fuse_release_in, .fh = 5, .release_flags = FUSE_RELEASE_FLOCK_UNLOCK,
		.lock_owner = 0xfedcba9876543210);
	REQUEST("releasedir", FUSE_RELEASEDIR, fuse_release_in, .fh = 6);
	REQUEST("fsync", FUSE_FSYNC, fuse_fsync_in, .fh = 5, .fsync_flags = FUSE_FSYNC_FDATASYNC);
	REQUEST("fsyncdir", FUSE_FSYNCDIR, fuse_fsync_in, .fh = 6);
	REQUEST("flush", FUSE_FLUSH, fuse_flush_in, .fh = 5, .lock_owner = 0xfedcba9876543210);
	{
		struct fuse_setxattr_in body = { .size = 5, .flags = 1 };
		begin(FUSE_SETXATTR);
		append(&body, FUSE_COMPAT_SETXATTR_IN_SIZE);
		append("user.a\0value", 12);
		end("setxattr");
	}
	REQUEST_WITH("getxattr", FUSE_GETXATTR, "user.a\0", fuse_getxattr_in, .size = 64);
	REQUEST("listxattr", FUSE_LISTXATTR, fuse_getxattr_in, .size = 0);
	NAMES("removexattr", FUSE_REMOVEXATTR, "user.a\0");
	REQUEST("readdir", FUSE_READDIR, fuse_read_in, .fh = 6, .offset = 0xfedcba9876543210, .size = 4096);
	REQUEST("readdirplus", FUSE_READDIRPLUS, fuse_read_in, .fh = 6, .offset = 0, .size = 4096);
	REQUEST("getlk", FUSE_GETLK, fuse_lk_in, .fh = 5, .owner = 0xfedcba9876543210, .lk = range);
	REQUEST("setlk", FUSE_SETLK, fuse_lk_in, .fh = 5, .owner = 0xfedcba9876543210, .lk = range);
	REQUEST("setlkw", FUSE_SETLKW, fuse_lk_in, .fh = 5, .owner = 0xfedcba9876543210, .lk = whole,
		.lk_flags = FUSE_LK_FLOCK);
	REQUEST("access", FUSE_ACCESS, fuse_access_in, .mask = 6);
	REQUEST("interrupt", FUSE_INTERRUPT, fuse_interrupt_in, .unique = 0x100000004);
	REQUEST("ioctl", FUSE_IOCTL, fuse_ioctl_in, .fh = 5, .cmd = 0x5401);
	REQUEST("poll", FUSE_POLL, fuse_poll_in, .fh = 5, .kh = 0xfedcba9876543210, .flags = FUSE_POLL_SCHEDULE_NOTIFY,
		.events = 5);
	REQUEST("fallocate", FUSE_FALLOCATE, fuse_fallocate_in, .fh = 5, .offset = 4096, .length = 0x200000000,
		.mode = 3);
	REQUEST("lseek", FUSE_LSEEK, fuse_lseek_in, .fh = 5, .offset = 0x200000000, .whence = SEEK_HOLE);
	REQUEST("copy-file-range", FUSE_COPY_FILE_RANGE, fuse_copy_file_range_in, .fh_in = 5);
}

static const struct fuse_attr attr = {
	.ino = 0xfedcba9876543210, .size = 0x1234567890, .blocks = 0x91a2b3c, .atime = -2, .mtime = 1700000000,
	.ctime = 1700000001, .atimensec = 4, .mtimensec = 999999999, .ctimensec = 6, .mode = 0060640, .nlink = 2,
	.uid = 1000, .gid = 100, .rdev = (0x12 & 0xff) | (259 << 8) | ((0xabc12 & ~0xff) << 12), .blksize = 4096,
};

static const struct fuse_entry_out entry = { .nodeid = 0x100000007, .entry_valid = 86400, .attr_valid = 1,
					     .attr_valid_nsec = 500000000, .attr = attr };
static const struct fuse_open_out opened = { .fh = 5, .open_flags = FOPEN_DIRECT_IO | FOPEN_STREAM };

static void out(const char *name, int32_t error, const void *body, size_t size, const void *tail, size_t more)
{
	struct fuse_out_header header = { .len = sizeof header + size + more, .error = error, .unique = 0x100000002 };
	if (error > 0)
		header.unique = 0;
	length = 0;
	append(&header, sizeof header);
	append(body, size);
	append(tail, more);
	print(name);
}

#define REPLY(name, type, ...)                                    \
	do {                                                      \
		struct type body = { __VA_ARGS__ };               \
		out(name, 0, &body, sizeof body, "", 0);          \
	} while (0)

/* Entries as readdir has them: `a`, of inode 3, and `directory-entry`, of inode 4. */
static void page(const char *name, int plus)
{
	unsigned char bytes[1024] = { 0 };
	size_t at = 0;
	const char *names[] = { "a", "directory-entry" };
	for (int i = 0; i < 2; i++) {
		if (plus) {
			if (i == 0)
				memcpy(bytes + at, &entry, sizeof entry);
			at += sizeof entry;
		}
		struct fuse_dirent one = { .ino = 3 + i, .off = 0xfedcba9876543210 + i, .namelen = strlen(names[i]),
					   .type = i == 0 ? 8 : 4 };
		memcpy(bytes + at, &one, FUSE_NAME_OFFSET);
		memcpy(bytes + at + FUSE_NAME_OFFSET, names[i], one.namelen);
		at += FUSE_DIRENT_SIZE(&one);
	}
	out(name, 0, bytes, at, "", 0);
}

static void replies(void)
{
	out("entry", 0, &entry, sizeof entry, "", 0);
	REPLY("absent", fuse_entry_out, .entry_valid = 60);
	REPLY("attr", fuse_attr_out, .attr_valid = 0x80000000, .attr = attr);
	out("opened", 0, &opened, sizeof opened, "", 0);
	out("created", 0, &entry, sizeof entry, &opened, sizeof opened);
	REPLY("written", fuse_write_out, .size = 1048576);
	REPLY("figures", fuse_statfs_out, .st = { .blocks = 0x100000000, .bfree = 2, .bavail = 3, .files = 4, .ffree = 5,
						  .bsize = 4096, .namelen = 255, .frsize = 4096 });
	REPLY("xattr-size", fuse_getxattr_out, .size = 17);
	REPLY("lock", fuse_lk_out, .lk = { .start = 10, .end = 19, .type = F_WRLCK, .pid = 77 });
	REPLY("whole-lock", fuse_lk_out, .lk = { .end = 0x7fffffffffffffff, .type = F_UNLCK });
	REPLY("polled", fuse_poll_out, .revents = 5);
	REPLY("sought", fuse_lseek_out, .offset = 0x200000000);
	out("data", 0, "bytes", 5, "", 0);
	out("empty", 0, "", 0, "", 0);
	out("error", -2, "", 0, "", 0);
	page("page", 0);
	page("page-plus", 1);
	REPLY("init-reply", fuse_init_out, .major = 7, .minor = 38, .max_readahead = 131072,
	      .flags = FUSE_INIT_EXT | FUSE_BIG_WRITES, .max_background = 1024, .congestion_threshold = 768,
	      .max_write = 1048576, .time_gran = 1, .max_pages = 256, .flags2 = 1 << 4);
}

static void notifications(void)
{
	struct fuse_notify_inval_inode_out attributes = { .ino = 0x100000007, .off = -1 };
	struct fuse_notify_inval_inode_out content = { .ino = 0x100000007 };
	struct fuse_notify_inval_entry_out name = { .parent = 7, .namelen = 5 };
	struct fuse_notify_poll_wakeup_out wakeup = { .kh = 0xfedcba9876543210 };

	out("inval-attributes", FUSE_NOTIFY_INVAL_INODE, &attributes, sizeof attributes, "", 0);
	out("inval-content", FUSE_NOTIFY_INVAL_INODE, &content, sizeof content, "", 0);
	out("inval-entry", FUSE_NOTIFY_INVAL_ENTRY, &name, sizeof name, "gr\303\274n", 6);
	out("poll-wakeup", FUSE_NOTIFY_POLL, &wakeup, sizeof wakeup, "", 0);
}

int main(void)
{
	requests();
	replies();
	notifications();
	return 0;
}
