#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: memory MOUNTPOINT single|threads [cached]\n";

/* Seconds for which the kernel may keep names and attributes; with any it keeps content, too, until the next open. */
static double valid_for;

/* Of the whole tree: held for reading while data are sent from where they are. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void read_lock(void) { pthread_rwlock_rdlock(&lock); }
static void write_lock(void) { pthread_rwlock_wrlock(&lock); }
static void unlock(void) { pthread_rwlock_unlock(&lock); }

static struct fuse_entry_param entry_of(struct node *node) {
  return (struct fuse_entry_param){
      .ino = node->attributes.st_ino,
      .attr = node->attributes,
      .attr_timeout = valid_for,
      .entry_timeout = valid_for,
  };
}

/* ---- names ---- */

static void on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  write_lock();
  struct node *node = tree_find(tree_node(parent), name);
  struct fuse_entry_param entry = {0};
  if (node) {
    node->lookups++;
    entry = entry_of(node);
  }
  unlock();
  if (node)
    fuse_reply_entry(request, &entry);
  else
    fuse_reply_err(request, ENOENT);
}

static void on_forget(fuse_req_t request, fuse_ino_t number, uint64_t lookups) {
  write_lock();
  tree_forget(tree_node(number), lookups);
  unlock();
  fuse_reply_none(request);
}

static void on_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets) {
  write_lock();
  for (size_t i = 0; i < count; i++)
    tree_forget(tree_node(forgets[i].ino), forgets[i].nlookup);
  unlock();
  fuse_reply_none(request);
}

/* Gives an errno. */
static int add(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_entry_param *entry) {
  const struct fuse_ctx *caller = fuse_req_ctx(request);
  struct node *directory = tree_node(parent);
  write_lock();
  int failure = tree_find(directory, name) ? EEXIST : 0;
  if (!failure) {
    struct node *node = tree_add(directory, name, mode, caller->uid, caller->gid);
    failure = node ? 0 : ENOMEM;
    if (node) {
      node->lookups = 1;
      *entry = entry_of(node);
    }
  }
  unlock();
  return failure;
}

static void on_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device) {
  (void)device;
  struct fuse_entry_param entry;
  int failure = add(request, parent, name, mode, &entry);
  if (failure)
    fuse_reply_err(request, failure);
  else
    fuse_reply_entry(request, &entry);
}

static void on_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
  on_mknod(request, parent, name, S_IFDIR | mode, 0);
}

static void on_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info) {
  struct fuse_entry_param entry;
  int failure = add(request, parent, name, mode, &entry);
  info->direct_io = valid_for == 0;
  if (failure)
    fuse_reply_err(request, failure);
  else
    fuse_reply_create(request, &entry, info);
}

static void take_away(fuse_req_t request, fuse_ino_t parent, const char *name, bool directory) {
  write_lock();
  struct node *node = tree_find(tree_node(parent), name);
  int failure = 0;
  if (!node)
    failure = ENOENT;
  else if (S_ISDIR(node->attributes.st_mode) != directory)
    failure = directory ? ENOTDIR : EISDIR;
  else if (node->entry_count > 0)
    failure = ENOTEMPTY;
  else
    tree_remove(node);
  unlock();
  fuse_reply_err(request, failure);
}

static void on_unlink(fuse_req_t request, fuse_ino_t parent, const char *name) {
  take_away(request, parent, name, false);
}

static void on_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name) {
  take_away(request, parent, name, true);
}

/* ---- attributes ---- */

static void on_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info) {
  (void)info;
  read_lock();
  struct stat attributes = tree_node(number)->attributes;
  unlock();
  fuse_reply_attr(request, &attributes, valid_for);
}

static void on_setattr(fuse_req_t request, fuse_ino_t number, struct stat *wanted, int what,
                       struct fuse_file_info *info) {
  (void)info;
  struct node *node = tree_node(number);
  struct stat *attributes = &node->attributes;
  write_lock();
  bool done = !(what & FUSE_SET_ATTR_SIZE) || tree_resize(node, (size_t)wanted->st_size);
  tree_touch(node);
  if (what & FUSE_SET_ATTR_MODE)
    attributes->st_mode = (attributes->st_mode & S_IFMT) | (wanted->st_mode & ~(mode_t)S_IFMT);
  if (what & FUSE_SET_ATTR_UID)
    attributes->st_uid = wanted->st_uid;
  if (what & FUSE_SET_ATTR_GID)
    attributes->st_gid = wanted->st_gid;
  if (what & FUSE_SET_ATTR_ATIME)
    attributes->st_atim = wanted->st_atim;
  if (what & FUSE_SET_ATTR_MTIME)
    attributes->st_mtim = wanted->st_mtim;
  struct stat now = *attributes;
  unlock();
  if (done)
    fuse_reply_attr(request, &now, valid_for);
  else
    fuse_reply_err(request, ENOSPC);
}

/* ---- files ---- */

static void on_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info) {
  (void)number;
  info->direct_io = valid_for == 0;
  fuse_reply_open(request, info);
}

static void on_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)info;
  struct node *node = tree_node(number);
  read_lock();
  size_t end = (size_t)node->attributes.st_size, from = (size_t)offset < end ? (size_t)offset : end;
  fuse_reply_buf(request, node->data + from, size < end - from ? size : end - from);
  unlock();
}

static void on_write(fuse_req_t request, fuse_ino_t number, const char *data, size_t size, off_t offset,
                     struct fuse_file_info *info) {
  (void)info;
  struct node *node = tree_node(number);
  size_t end = (size_t)offset + size;
  write_lock();
  bool done = end <= (size_t)node->attributes.st_size || tree_resize(node, end);
  if (done) {
    memcpy(node->data + offset, data, size);
    tree_touch(node);
  }
  unlock();
  if (done)
    fuse_reply_write(request, size);
  else
    fuse_reply_err(request, ENOSPC);
}

static void on_done(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info) {
  (void)number;
  (void)info;
  fuse_reply_err(request, 0);
}

/* ---- directories ---- */

static void on_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info) {
  (void)number;
  fuse_reply_open(request, info);
}

/* Gives the size of the entry, which does not stand there if that is more than the room. */
static size_t put_entry(fuse_req_t request, char *at, size_t room, struct node *node, off_t next, bool plus) {
  if (!plus)
    return fuse_add_direntry(request, at, room, node->name, &node->attributes, next);
  struct fuse_entry_param entry = entry_of(node);
  size_t size = fuse_add_direntry_plus(request, at, room, node->name, &entry, next);
  if (size <= room)
    node->lookups++;
  return size;
}

static void list(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, bool plus) {
  struct node *directory = tree_node(number);
  char *page = malloc(size);
  size_t used = 0;
  write_lock();
  for (size_t i = (size_t)offset; page && i < directory->entry_end; i++) {
    if (!directory->entries[i])
      continue;
    size_t more = put_entry(request, page + used, size - used, directory->entries[i], (off_t)i + 1, plus);
    if (more > size - used)
      break;
    used += more;
  }
  unlock();
  if (page)
    fuse_reply_buf(request, page, used);
  else
    fuse_reply_err(request, ENOMEM);
  free(page);
}

static void on_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)info;
  list(request, number, size, offset, false);
}

static void on_readdirplus(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset,
                           struct fuse_file_info *info) {
  (void)info;
  list(request, number, size, offset, true);
}

/* ---- the session ---- */

/* As many requests under way as the gateway asks for. */
static void on_init(void *data, struct fuse_conn_info *connection) {
  (void)data;
  connection->max_background = 1024;
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .forget = on_forget,
    .forget_multi = on_forget_multi,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .mknod = on_mknod,
    .mkdir = on_mkdir,
    .create = on_create,
    .unlink = on_unlink,
    .rmdir = on_rmdir,
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .flush = on_done,
    .release = on_done,
    .opendir = on_opendir,
    .readdir = on_readdir,
    .readdirplus = on_readdirplus,
    .releasedir = on_done,
};

static int serve(struct fuse_session *session, bool threads) {
  if (!threads)
    return fuse_session_loop(session);
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  fuse_loop_cfg_set_clone_fd(config, 0);
  int failure = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  return failure;
}

int main(int count, char **arguments) {
  bool cached = count == 4 && strcmp(arguments[3], "cached") == 0;
  if (count != 3 + cached || (strcmp(arguments[2], "single") != 0 && strcmp(arguments[2], "threads") != 0)) {
    fputs(usage, stderr);
    return 2;
  }
  valid_for = cached ? 1 : 0;
  char *mount[] = {"memory", "-o", "fsname=memory,subtype=bench", NULL};
  struct fuse_args options = FUSE_ARGS_INIT(3, mount);
  tree_make();
  struct fuse_session *session = fuse_session_new(&options, &operations, sizeof operations, NULL);
  if (!session || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, arguments[1]) != 0)
    return 1;
  int failure = serve(session, strcmp(arguments[2], "threads") == 0);
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return failure ? 1 : 0;
}
