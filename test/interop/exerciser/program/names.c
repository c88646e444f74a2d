/* The same things done to the names of two trees, of which one is known to be right. */
#include "names.h"
#include <stdarg.h>
#include <sys/mount.h>

enum { BETWEEN_COMPARISONS = 1500, BETWEEN_REMOUNTS = 400 };

static struct side sides[SIDES];

void show(struct side *side, const char *format, ...) {
  size_t length = strlen(side->shown);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(side->shown + length, SHOWN - length, format, arguments);
  va_end(arguments);
}

const char *path_in(const struct side *side, const char *path) {
  static char whole[2 * NAME_ROOM];
  snprintf(whole, sizeof whole, "%s/%s", side->root, path);
  return whole;
}

/* Some are mostly those of directories, so that there are deep trees. */
static void draw_of(bool directory, char *into, size_t room) {
  static const char *const few[] = {"a", "b", "c", "d", "e", "a b", "\xc3\xa4", ".hidden", "..."};
  static const char *const directories[] = {"P", "Q", "R"};
  snprintf(into, room, "%s", directory ? directories[below(3)] : few[below(one_in(5) ? 9 : 5)]);
}

void draw_name(char *into, size_t room) {
  if (!one_in(60)) return draw_of(one_in(4), into, room);
  size_t length = one_in(3) ? 256 : 255;
  memset(into, 'x', length);
  into[length] = 0;
}

/* `..` and what follows it never lead out of the tree. */
void draw_path(char *into, size_t room) {
  size_t depth = 1 + below(4), length = 0;
  *into = 0;
  for (size_t i = 0; i < depth && length + 300 < room; i++) {
    char name[300];
    if (i + 1 < depth) draw_of(!one_in(8), name, sizeof name);
    else draw_name(name, sizeof name);
    const char *after = i + 1 < depth && one_in(20) ? "/.." : one_in(40) ? "/." : "";
    length += snprintf(into + length, room - length, "%s%s%s", i ? "/" : "", name, after);
    if (*after && after[2]) break;
  }
  if (one_in(50)) snprintf(into + length, room - length, "/");
}

struct task draw_task(void) {
  struct task task = {
    .slot = below(FILES), .directory = below(DIRECTORIES), .mode = below(4) ? 0600 | below(512) : below(4096),
    .flags = below(2048), .at = below(60000), .size = one_in(3) ? below(60000) : below(5000),
    .seconds = below(1000000000), .nanoseconds = below(1000000000), .seed = below(1000),
  };
  draw_path(task.path, NAME_ROOM);
  draw_path(task.other, NAME_ROOM);
  draw_name(task.name, sizeof task.name);
  return task;
}

const struct operation *draw_operation(void) {
  unsigned sum = 0;
  for (size_t i = 0; i < count_of_operations; i++) sum += operations[i].weight;
  unsigned left = below(sum);
  const struct operation *one = operations;
  for (; left >= one->weight; one++) left -= one->weight;
  return one;
}

static const char *word(long result, int number) {
  return result == -1 ? strerrorname_np(number) : "success";
}

static void do_both(void) {
  const struct operation *one = draw_operation();
  struct task task = draw_task();
  long results[SIDES];
  int numbers[SIDES];
  note("%s '%.40s' '%.40s' '%.40s' slot %u, directory %u, mode %o, flags %u, at %lld, size %lld", one->name, task.path, task.other,
       task.name, task.slot, task.directory, task.mode, task.flags, (long long)task.at, (long long)task.size);
  for (int i = 0; i < SIDES; i++) {
    *sides[i].shown = 0;
    results[i] = one->run(&sides[i], &task);
    numbers[i] = results[i] == -1 ? errno : 0;
  }
  add_note(": %s", word(results[0], numbers[0]));
  if (numbers[0] != numbers[1])
    wrong("%s: %s, not %s", one->name, word(results[1], numbers[1]), word(results[0], numbers[0]));
  must_equal(results[1], results[0], one->name);
  if (strcmp(sides[0].shown, sides[1].shown) != 0)
    wrong("%s: it is\n  %s\nnot\n  %s", one->name, sides[1].shown, sides[0].shown);
}

/* Has the kernel forget all the names that are not in use, if it may be told to. */
static void remount(void) {
  char root[NAME_ROOM];
  snprintf(root, sizeof root, "%s", sides[1].root);
  for (char *end = root + strlen(root); end > root; end = strrchr(root, '/'), *(end ? end : root) = 0) {
    if (mount(NULL, root, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV, NULL) == 0) {
      note("remounted %s", root);
      return;
    }
    if (errno != EINVAL || !strrchr(root, '/')) return;
  }
}

void exercise_names(const char *plain, const char *directory, unsigned long count) {
  sides[0].root = plain;
  sides[1].root = directory;
  for (int i = 0; i < SIDES; i++) {
    memset(sides[i].files, -1, sizeof sides[i].files);
    memset(sides[i].directories, -1, sizeof sides[i].directories);
  }
  for (unsigned long i = 1; i <= count; i++) {
    do_both();
    if (i % BETWEEN_REMOUNTS == 0) remount();
    if (i % BETWEEN_COMPARISONS == 0) compare_trees(plain, directory);
  }
  compare_trees(plain, directory);
}
