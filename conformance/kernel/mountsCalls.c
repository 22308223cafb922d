/* The calls that a sequence of operations on files and mounts asks for, and how their answers are told. */
#define _GNU_SOURCE
#include "mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HANDLES_MAX 256
#define INODES_MAX 1024
#define TREE_MAX 60
#define PATH_SIZE 512
#define TEXT_SIZE 1024

static int handles[HANDLES_MAX], handleCount;
static ino_t inodes[INODES_MAX];
static int inodeCount, treeCount;

/* ---- answers */

static const char *nameOf(int error) {
  static char number[24];
  static const struct {
    int error;
    const char *name;
  } names[] = {{EACCES, "EACCES"}, {EBADF, "EBADF"},   {EBUSY, "EBUSY"},       {EEXIST, "EEXIST"}, {EINVAL, "EINVAL"},
               {EISDIR, "EISDIR"}, {ENOENT, "ENOENT"}, {ENOTDIR, "ENOTDIR"},   {EPERM, "EPERM"},   {EROFS, "EROFS"},
               {EXDEV, "EXDEV"},   {ELOOP, "ELOOP"},   {ENOTEMPTY, "ENOTEMPTY"}};
  for (size_t each = 0; each < sizeof names / sizeof *names; each++)
    if (names[each].error == error) return names[each].name;
  snprintf(number, sizeof number, "errno %d", error);
  return number;
}

void told(bool isOk) { fputs(isOk ? "ok" : nameOf(errno), stdout); }

/* An inode is told by its place in the order in which inodes were told. */
static int seen(ino_t inode) {
  for (int each = 0; each < inodeCount; each++)
    if (inodes[each] == inode) return each + 1;
  if (inodeCount == INODES_MAX) fail("too many inodes in one sequence");
  inodes[inodeCount++] = inode;
  return inodeCount;
}

static void tellIdentity(const struct stat *stat) {
  if (isNumbered) printf("#%d", seen(stat->st_ino));
}

static void tellStat(const struct stat *stat) {
  const bool isDirectory = S_ISDIR(stat->st_mode);
  printf("%s ", isDirectory ? "directory" : "file");
  tellIdentity(stat);
  if (isNumbered || !isDirectory || stat->st_nlink == 0) printf(" links %d", (int)stat->st_nlink);
  if (!isDirectory) printf(" size %d", (int)stat->st_size);
  if (stat->st_uid != 0) printf(" uid %d", (int)stat->st_uid);
}

/* Bytes that nobody has written are told as dots. */
static void tellText(int file) {
  char text[TEXT_SIZE];
  const ssize_t size = pread(file, text, sizeof text, 0);
  if (size < 0) {
    told(false);
    return;
  }
  putchar('"');
  for (ssize_t each = 0; each < size; each++) putchar(text[each] == 0 ? '.' : text[each]);
  putchar('"');
}

static int isEntry(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void tellNames(const char *path) {
  struct dirent **entries;
  const int count = scandir(path, &entries, isEntry, alphasort);
  if (count < 0) {
    told(false);
    return;
  }
  putchar('[');
  for (int each = 0; each < count; each++) {
    printf(each == 0 ? "%s" : " %s", entries[each]->d_name);
    free(entries[each]);
  }
  free(entries);
  putchar(']');
}

/* All that a worker sees below a directory, up to a limit. */
static void tellTree(const char *path, const char *shown) {
  struct dirent **entries;
  const int count = scandir(path, &entries, isEntry, alphasort);
  if (count < 0) {
    told(false);
    return;
  }
  for (int each = 0; each < count; each++) {
    char below[PATH_SIZE], name[PATH_SIZE];
    struct stat stat;
    snprintf(below, sizeof below, "%s/%s", path, entries[each]->d_name);
    snprintf(name, sizeof name, *shown == 0 ? "%s%s" : "%s/%s", shown, entries[each]->d_name);
    free(entries[each]);
    if (treeCount >= TREE_MAX) continue;
    treeCount++;
    if (lstat(below, &stat) != 0) fail(below);
    printf(" %s", name);
    tellIdentity(&stat);
    if (S_ISDIR(stat.st_mode)) tellTree(below, name);
  }
  free(entries);
}

static void tellDirectory(void) {
  char path[PATH_SIZE];
  if (syscall(SYS_getcwd, path, sizeof path) < 0) told(false);
  /* What libc makes of a directory to which no path leads. */
  else fputs(*path == '/' ? path : "ENOENT", stdout);
}

/* ---- the operations */

static int openAs(const char *path, char mode) {
  const int how = mode == 'r' ? O_RDONLY : mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY | O_CREAT | O_APPEND;
  return open(path, how | O_CLOEXEC, 0644);
}

static void openKept(const char *path, char mode) {
  if (handleCount == HANDLES_MAX) fail("too many open files in one sequence");
  const int file = openAs(path, mode);
  told(file >= 0);
  if (file >= 0) handles[handleCount++] = file;
}

static void put(const char *path, char mode, const char *text) {
  const int file = openAs(path, mode);
  told(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
  if (file >= 0) close(file);
}

static void show(const char *path) {
  const int file = openAs(path, 'r');
  if (file < 0) {
    told(false);
    return;
  }
  tellText(file);
  close(file);
}

static bool bindAt(const char *source, const char *target, bool isReadOnly) {
  if (mount(source, target, NULL, MS_BIND, NULL) != 0) return false;
  return !isReadOnly || mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}

static void tellStatOf(const char *path, int file) {
  struct stat stat;
  if ((path != NULL ? lstat(path, &stat) : fstat(file, &stat)) == 0) tellStat(&stat);
  else told(false);
}

void carryOut(void) {
  const char *verb = words[0], *path = words[2], *other = words[3];
  const int number = path == NULL ? 0 : atoi(path);
  const int file = number > 0 && number <= handleCount ? handles[number - 1] : -1;
  if (strcmp(verb, "mkdir") == 0) told(mkdir(path, atoi(other) ? 01777 : 0755) == 0);
  else if (strcmp(verb, "rmdir") == 0) told(rmdir(path) == 0);
  else if (strcmp(verb, "unlink") == 0) told(unlink(path) == 0);
  else if (strcmp(verb, "rename") == 0) told(rename(path, other) == 0);
  else if (strcmp(verb, "put") == 0) put(path, *other, words[4]);
  else if (strcmp(verb, "read") == 0) show(path);
  else if (strcmp(verb, "readdir") == 0) tellNames(path);
  else if (strcmp(verb, "stat") == 0) tellStatOf(path, -1);
  else if (strcmp(verb, "open") == 0) openKept(path, *other);
  else if (strcmp(verb, "fwrite") == 0) told(write(file, other, strlen(other)) >= 0);
  else if (strcmp(verb, "fread") == 0) tellText(file);
  else if (strcmp(verb, "fstat") == 0) tellStatOf(NULL, file);
  else if (strcmp(verb, "close") == 0) {
    told(close(file) == 0);
    if (file >= 0) handles[number - 1] = -1;
  } else if (strcmp(verb, "chdir") == 0) told(chdir(path) == 0);
  else if (strcmp(verb, "getcwd") == 0) tellDirectory();
  else if (strcmp(verb, "bind") == 0) told(bindAt(path, other, atoi(words[4])));
  else if (strcmp(verb, "umount") == 0) told(umount2(path, 0) == 0);
  else if (strcmp(verb, "detach") == 0) told(umount2(path, MNT_DETACH) == 0);
  else if (strcmp(verb, "unshare") == 0) told(unshare(CLONE_NEWNS) == 0);
  else if (strcmp(verb, "tree") == 0) {
    treeCount = 0;
    putchar('.');
    tellTree(path, "");
  } else fail(verb);
}

void forgetAll(void) {
  for (int each = 0; each < handleCount; each++)
    if (handles[each] >= 0) close(handles[each]);
  handleCount = inodeCount = 0;
}
