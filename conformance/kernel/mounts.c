/*
 * Carries sequences of operations on files and mounts out on the real kernel and says what came of each.
 *
 * It is told one sequence at a time on standard input, one operation a line, and answers with one line for each when the
 * line "end" has come. Each sequence has a world of its own (see mounts.h). A worker stands for a process: it is a thread
 * with a root, a current directory, a mount namespace and a user of its own. One of them acts at a time. Files are the
 * same in all of them, and are meant by the order of opening.
 *
 * Its first line says what it can do here, "ready …", or why it can do nothing, "skipped …".
 */
#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORKERS 4
#define USER_WORKER 3 /* is nobody's root, where the helper is root of the machine */
#define USER 1000

char *words[WORDS_MAX];
bool isNumbered;

static struct worker {
  sem_t asked;
  pid_t thread;
} workers[WORKERS];
static sem_t answered;
static bool isRoot, isBegun, isLeaving;
static int procFd, homeNamespace;
static char world[64];

void fail(const char *what) {
  fprintf(stderr, "helper: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void skip(const char *why) {
  printf("skipped %s: %s\n", why, strerror(errno));
  exit(0);
}

/* ---- workers and their worlds */

static void become(uid_t uid) {
  if (syscall(SYS_setresuid, -1, uid, -1) != 0) fail("setresuid");
}

static void enter(int worker, int namespace) {
  if (isRoot) become(0);
  if (setns(namespace, CLONE_NEWNS) != 0) fail("setns");
  if (namespace == homeNamespace) return;
  if (chroot("/w") != 0 || chdir("/") != 0) fail("chroot");
  if (isRoot && worker == USER_WORKER) become(USER);
}

static void enterThatOf(int worker, int other) {
  char path[64];
  snprintf(path, sizeof path, "self/task/%d/ns/mnt", workers[other].thread);
  const int namespace = openat(procFd, path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0) fail(path);
  enter(worker, namespace);
  close(namespace);
}

static void begin(int worker) {
  if (worker > 0) {
    enterThatOf(worker, 0);
    return;
  }
  if (unshare(CLONE_NEWNS) != 0) fail("unshare");
  if (isNumbered) {
    if (mount("world", "/w", "tmpfs", 0, "mode=755,size=4m") != 0) fail("tmpfs");
  } else {
    strcpy(world, "/d/strandline-world-XXXXXX");
    if (mkdtemp(world) == NULL || chmod(world, 0755) != 0) fail("a directory for a sequence");
    if (mount(world, "/w", NULL, MS_BIND, NULL) != 0) fail("bind");
  }
  if (chroot("/w") != 0 || chdir("/") != 0) fail("chroot");
}

static void *work(void *argument) {
  const int worker = (struct worker *)argument - workers;
  workers[worker].thread = syscall(SYS_gettid);
  if (unshare(CLONE_FS) != 0) fail("unshare");
  umask(0);
  for (;;) {
    sem_post(&answered);
    while (sem_wait(&workers[worker].asked) != 0) continue;
    if (isLeaving) enter(worker, homeNamespace);
    else if (!isBegun) begin(worker);
    else if (strcmp(words[0], "move") == 0) {
      enterThatOf(worker, atoi(words[2]));
      told(true);
    } else carryOut();
  }
  return NULL;
}

static void ask(int worker) {
  sem_post(&workers[worker].asked);
  while (sem_wait(&answered) != 0) continue;
}

static void askAll(void) {
  for (int each = 0; each < WORKERS; each++) ask(each);
}

static int removeOne(const char *path, const struct stat *stat, int kind, struct FTW *where) {
  (void)stat, (void)kind, (void)where;
  return remove(path);
}

static void endSequence(void) {
  forgetAll();
  isLeaving = true;
  askAll();
  isLeaving = isBegun = false;
  if (!isNumbered && nftw(world, removeOne, 16, FTW_DEPTH | FTW_PHYS) != 0) fail(world);
}

/* ---- what can be had here: root of the machine may be several users, root of a user namespace is one */

static bool writeText(const char *path, const char *text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  const bool isWritten = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0) close(file);
  return isWritten;
}

static void becomeRootOfUserNamespace(uid_t uid, gid_t gid) {
  char map[32];
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) skip("neither root nor a user namespace can be had");
  snprintf(map, sizeof map, "0 %u 1", uid);
  if (!writeText("/proc/self/uid_map", map)) skip("the users of a user namespace cannot be set");
  snprintf(map, sizeof map, "0 %u 1", gid);
  if (!writeText("/proc/self/setgroups", "deny") || !writeText("/proc/self/gid_map", map))
    skip("the groups of a user namespace cannot be set");
}

/* A namespace of few mounts, none of them of the machine: those are soon copied, and nothing here can reach others. */
static void leaveMachine(const char *directory) {
  if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0) becomeRootOfUserNamespace(geteuid(), getegid());
  isRoot = syscall(SYS_setresuid, -1, USER, -1) == 0;
  if (isRoot) become(0);
  const int directoryFd = directory == NULL ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory != NULL && directoryFd < 0) skip(directory);
  procFd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) skip("mounts cannot be made private");
  if (mount("home", "/tmp", "tmpfs", 0, "mode=755") != 0) skip("tmpfs cannot be mounted");
  if (directory != NULL && (mkdir("/tmp/d", 0755) != 0 || fchdir(directoryFd) != 0)) skip(directory);
  if (directory != NULL && mount(".", "/tmp/d", NULL, MS_BIND, NULL) != 0) skip(directory);
  if (chdir("/tmp") != 0 || mkdir("w", 0755) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
    skip("the root cannot be changed");
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) skip("the mounts of the machine cannot be left");
  homeNamespace = openat(procFd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (procFd < 0 || homeNamespace < 0) skip("the own namespace cannot be named");
}

/* One worker acts at a time, and waking the next is much cheaper on the same processor. */
static void stayOnThisProcessor(void) {
  cpu_set_t processor;
  CPU_ZERO(&processor);
  CPU_SET(sched_getcpu(), &processor);
  sched_setaffinity(0, sizeof processor, &processor);
}

static void prepare(const char *directory) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  stayOnThisProcessor();
  leaveMachine(directory);
  sem_init(&answered, 0, 0);
  for (int each = 0; each < WORKERS; each++) {
    pthread_t thread;
    sem_init(&workers[each].asked, 0, 0);
    if (pthread_create(&thread, NULL, work, &workers[each]) != 0) fail("pthread_create");
    while (sem_wait(&answered) != 0) continue;
  }
  printf("ready %s\n", isRoot ? "root" : "user");
  fflush(stdout);
}

static void readWords(char *line) {
  int count = 0;
  char *rest = NULL;
  memset(words, 0, sizeof words);
  for (char *word = strtok_r(line, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest)) {
    if (count == WORDS_MAX) fail("too many words");
    words[count++] = word;
  }
  if (count < 2 || (unsigned)atoi(words[1]) >= WORKERS) fail("which worker is to act?");
}

int main(int count, char **arguments) {
  char *line = NULL;
  size_t size = 0;
  isNumbered = count < 2;
  prepare(isNumbered ? NULL : arguments[1]);
  while (getline(&line, &size, stdin) > 0) {
    if (strcmp(line, "end\n") != 0) {
      if (!isBegun) askAll();
      isBegun = true;
      readWords(line);
      ask(atoi(words[1]));
      putchar('\n');
      continue;
    }
    if (isBegun) endSequence();
    puts("end");
    fflush(stdout);
  }
  return 0;
}
